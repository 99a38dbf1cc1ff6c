//! A server over a small store, spoken to without a socket.

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use labtower_model::{FakeClock, samples};
use labtower_serve::{ServeOptions, WebhookOptions, router};
use labtower_store::{Batch, Store, StoreOptions, SyncUpdate};
use tokio::runtime::Runtime;
use tower::ServiceExt as _;

/// The secret of webhooks.
pub(crate) const WEBHOOK_TOKEN: &str = "a secret of webhooks";
/// The token of programs.
pub(crate) const TOKEN: &str = "planted-token-of-programs";

/// The server, and what it runs on.
pub(crate) struct Server {
    router: Router,
    runtime: Runtime,
    _store: Store,
    _directory: tempfile::TempDir,
}

static SHARED: LazyLock<Server> = LazyLock::new(Server::start);

impl Server {
    /// The one of this process.
    pub(crate) fn shared() -> &'static Self {
        &SHARED
    }

    #[expect(
        clippy::expect_used,
        reason = "without a server there is nothing to fuzz"
    )]
    fn start() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let clock = Arc::new(FakeClock::at(samples::at(19 * 3600)));
        let path = directory.path().join("pipelines.db");
        let store = Store::open(&path, &StoreOptions::default(), clock.clone()).expect("a store");
        let mut options = ServeOptions {
            webhooks: WebhookOptions {
                token: Some(WEBHOOK_TOKEN.into()),
                signing_token: None,
            },
            ..ServeOptions::default()
        };
        options.auth.token = Some(TOKEN.into());
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(store.write(data())).expect("data");
        Self {
            router: router(store.clone(), options, clock),
            runtime,
            _store: store,
            _directory: directory,
        }
    }

    /// Sends a request, and reads the answer to its end.
    #[expect(clippy::expect_used, reason = "a body that breaks off is a finding")]
    pub(crate) fn answer(&self, request: Request<Body>) -> (StatusCode, HeaderMap, Bytes) {
        self.runtime.block_on(async {
            let response = match self.router.clone().oneshot(request).await {
                Ok(response) => response,
                Err(never) => match never {},
            };
            let (parts, body) = response.into_parts();
            let body = to_bytes(body, usize::MAX).await.expect("a whole body");
            (parts.status, parts.headers, body)
        })
    }
}

/// A project with a failed pipeline, and the history complete.
fn data() -> Batch {
    let (at, project) = (samples::at(19 * 3600), samples::project());
    let project_id = project.id;
    Batch {
        read_at: Some(at),
        projects: vec![project],
        pipelines: vec![samples::pipeline_with_jobs()],
        sync: vec![
            SyncUpdate::Discovered { project_id, at },
            SyncUpdate::BackfillStarted {
                project_id,
                from: samples::at(-86_400),
                total: 1,
                watermark: at,
            },
            SyncUpdate::BackfillDone { project_id, at },
            SyncUpdate::HistoryComplete { at },
        ],
        ..Batch::default()
    }
}
