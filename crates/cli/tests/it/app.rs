//! The whole service in this process, on a simulated GitLab: what most tests start with.
//!
//! ```ignore
//! let app = App::start(App::small_world()).await;
//! app.ready().await;
//! let pipelines = app.json("/api/pipelines").await;
//! app.stop().await;
//! ```

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use labtower_cli::{Reloads, Service, ServiceOptions};
use labtower_export::ExportOptions;
use labtower_gitlab::ClientConfig;
use labtower_model::{Clock, Timestamp};
use labtower_serve::{AuthOptions, FailureOptions, MetricsOptions, WebhookOptions};
use labtower_sim::{Sim, SimClock, SimConfig};
use labtower_store::{Store, StoreOptions};
use labtower_sync::SyncOptions;
use serde_json::Value;
use tempfile::TempDir;

/// Longest wait for anything that must happen; reached only by a test that fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// When the worlds of most tests begin: a Wednesday morning, on which people work.
const START: &str = "2026-03-04T09:00:00Z";

/// The simulated world's clock: it runs like the machine's, but from the same moment in every run of a test.
pub(crate) fn running(speed: f64) -> SimClock {
    let start = START.parse().unwrap();
    SimClock::Running { start, speed }
}

/// A running service and the GitLab it reads.
pub(crate) struct App {
    pub(crate) sim: Sim,
    pub(crate) service: Service,
    pub(crate) directory: TempDir,
    http: reqwest::Client,
}

/// An HTTP answer, read to its end.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }
}

/// The simulated world's own time.
pub(crate) struct WorldClock(pub(crate) Sim);

impl Clock for WorldClock {
    fn now(&self) -> Timestamp {
        self.0.now()
    }
}

impl App {
    /// Few projects and days; made in a moment.
    pub(crate) fn small_world() -> SimConfig {
        SimConfig {
            projects: 6,
            days: 3,
            clock: running(1.0),
            ..SimConfig::default()
        }
    }

    /// Starts the simulator and the service with what suits most tests.
    pub(crate) async fn start(world: SimConfig) -> Self {
        Self::start_with(world, |_| {}).await
    }

    /// The same with changed options.
    pub(crate) async fn start_with(
        world: SimConfig,
        change: impl FnOnce(&mut ServiceOptions),
    ) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let days = world.days;
        let sim = Sim::start(world, ([127, 0, 0, 1], 0).into()).await.unwrap();
        let mut options = options(&sim, days, directory.path().join("pipelines.db"));
        change(&mut options);
        let service = start_service(options, &sim).await;
        Self::around(service, sim, directory)
    }

    /// Puts together what was started one by one.
    pub(crate) fn around(service: Service, sim: Sim, directory: TempDir) -> Self {
        Self {
            sim,
            service,
            directory,
            http: reqwest::Client::builder().build().unwrap(),
        }
    }

    pub(crate) fn store(&self) -> &Store {
        self.service.store()
    }

    /// Waits until the first backfill is complete.
    pub(crate) async fn ready(&self) {
        let mut status = self.service.syncer().progress();
        let complete = async {
            loop {
                let store = self.store().clone();
                let read = move || store.read(|reader| reader.history_complete_at());
                let at = tokio::task::spawn_blocking(read).await.unwrap().unwrap();
                if at.is_some() {
                    break;
                }
                status.changed().await.unwrap();
            }
        };
        tokio::time::timeout(PATIENCE, complete)
            .await
            .expect("the backfill is complete in time");
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        get(&self.http, &format!("{}{path}", self.service.url())).await
    }

    /// The JSON of an answer that must be 200.
    pub(crate) async fn json(&self, path: &str) -> Value {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        answer.json()
    }

    /// Ends the service and the simulator in order.
    pub(crate) async fn stop(self) {
        if let Err(failure) = self.service.stop().await {
            panic!("{:?}", failure.text());
        }
        self.sim.stop().await;
    }
}

/// One GET, read to its end.
pub(crate) async fn get(http: &reqwest::Client, url: &str) -> Answer {
    let response = http.get(url).send().await.unwrap();
    Answer {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        text: response.text().await.unwrap(),
    }
}

/// A service for all of the simulated world.
pub(crate) fn options(sim: &Sim, days: u32, store_path: PathBuf) -> ServiceOptions {
    ServiceOptions {
        host: "127.0.0.1".to_owned(),
        port: 0,
        tls: None,
        store_path,
        store: StoreOptions::default(),
        client: ClientConfig::new(sim.url().parse().unwrap(), sim.token().into()),
        issue_client: None,
        sync: SyncOptions {
            groups: vec!["acme".to_owned()],
            archived: true,
            interval: Duration::from_millis(100),
            backfill_days: days + 1,
            ..SyncOptions::default()
        },
        serve_during_backfill: false,
        cache_ttl: Duration::from_secs(600),
        cache_entries: 1000,
        auth: AuthOptions::default(),
        webhooks: WebhookOptions::default(),
        failures: FailureOptions::default(),
        metrics: MetricsOptions::default(),
        export: ExportOptions::default(),
        reloads: Reloads::default(),
    }
}

/// Starts a service on the simulated world's clock.
pub(crate) async fn start_service(options: ServiceOptions, sim: &Sim) -> Service {
    match Service::start(options, Arc::new(WorldClock(sim.clone()))).await {
        Ok(service) => service,
        Err(failure) => panic!("{:?}", failure.text()),
    }
}
