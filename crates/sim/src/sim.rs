//! A running simulator.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::app::{App, Simulation};
use crate::config::{Faults, Limits, SimConfig};
use crate::resources::run_webhooks;
use crate::server;
use crate::truth::Truth;

/// A simulated GitLab that listens on a port until it is stopped or its last handle is dropped.
#[derive(Clone)]
pub struct Sim(Arc<Running>);

struct Running {
    app: App,
    stop: CancellationToken,
    task: std::sync::Mutex<Option<JoinHandle<()>>>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Sim {
    /// Makes the world and serves it on `addr`; port 0 takes any free one.
    ///
    /// # Errors
    /// The address cannot be bound.
    pub async fn start(config: SimConfig, addr: SocketAddr) -> std::io::Result<Self> {
        let listener = TcpListener::bind(addr).await?;
        let bound = listener.local_addr()?;
        let host = if bound.ip().is_unspecified() {
            format!("127.0.0.1:{}", bound.port())
        } else {
            bound.to_string()
        };
        let url = format!("http://{host}{}", config.base_path);
        // A big world takes seconds to make.
        let app = tokio::task::spawn_blocking(move || Arc::new(Simulation::new(config, url)))
            .await
            .map_err(std::io::Error::other)?;
        let stop = CancellationToken::new();
        let router = server::router(&app);
        let stopped = stop.clone();
        let task = tokio::spawn(async move {
            if let Err(error) = server::serve(listener, router, stopped).await {
                tracing::error!(%error, "simulator stopped");
            }
        });
        tokio::spawn(run_webhooks(Arc::clone(&app), stop.clone()));
        Ok(Self(Arc::new(Running {
            app,
            stop,
            task: std::sync::Mutex::new(Some(task)),
        })))
    }

    /// Address, with the relative root if there is one: `http://127.0.0.1:4000/gitlab`.
    pub fn url(&self) -> String {
        self.0.app.url.clone()
    }

    /// The token it accepts.
    pub fn token(&self) -> &str {
        &self.0.app.config.token
    }

    /// GitLab's clock.
    pub fn now(&self) -> Timestamp {
        self.0.app.now().timestamp()
    }

    /// Moves the clock on; the world lives, event by event, up to the new time.
    pub fn advance(&self, by: Duration) {
        self.0.app.advance(by);
    }

    /// Stops the world, not the clock: nothing changes any more, so that a reader can settle.
    pub fn freeze(&self) {
        self.0.app.freeze();
    }

    /// Renames or moves the project with this id, to a full path in a group there is; its old path answers 301.
    /// False when that cannot be.
    pub fn move_project(&self, id: u64, to: &str) -> bool {
        self.0.app.move_project(id, to)
    }

    /// Changes what goes wrong.
    pub fn set_faults(&self, faults: Faults) {
        self.0.app.set_faults(faults);
    }

    /// Changes the rate limits; their windows start anew.
    pub fn set_limits(&self, limits: Limits) {
        self.0.app.limiter.set(limits);
    }

    /// Requests so far, by route: `GET /groups/:id/projects`, `POST /api/graphql`.
    pub fn requests(&self) -> BTreeMap<String, u64> {
        self.0.app.counter.all()
    }

    /// GraphQL queries so far, by the names they have: `Changed`.
    pub fn operations(&self) -> BTreeMap<String, u64> {
        self.0.app.operations.all()
    }

    /// Counts requests and queries from nothing again.
    pub fn reset_requests(&self) {
        self.0.app.reset_requests();
    }

    /// Everything a reader can know.
    pub fn truth(&self) -> Truth {
        self.0.app.truth()
    }

    /// The same for environments, deployments, schedules, runners and test reports.
    pub fn delivery(&self) -> crate::TrueDelivery {
        self.0.app.delivery()
    }

    /// The same for failed jobs: why each failed.
    pub fn failures(&self) -> Vec<crate::TrueFailure> {
        self.0.app.failures()
    }

    /// What became of webhooks so far.
    pub fn webhooks(&self) -> crate::WebhookCounts {
        self.0.app.webhooks.counts()
    }

    /// Requests refused with 429.
    pub fn throttled(&self) -> u64 {
        self.0.app.limiter.throttled()
    }

    /// Stops listening, and waits until it has.
    pub async fn stop(self) {
        self.0.stop.cancel();
        let task = self
            .0
            .task
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .take();
        if let Some(task) = task {
            // Whether the task panicked does not matter once it is gone.
            drop(task.await);
        }
    }
}
