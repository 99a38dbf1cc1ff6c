//! What every handler shares.

use std::sync::{Arc, OnceLock};

use jiff::Timestamp;
use labtower_model::Clock;
use labtower_store::{Reader, Store};
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};

use crate::answer::AnswerError;
use crate::api::stats::refresh::Rebuild;
use crate::auth::Auth;
use crate::cache::Cache;
use crate::error::ApiError;
use crate::metrics::MetricsCache;
use crate::options::ServeOptions;
use crate::overview::Overview;
use crate::web::failures::Plans;
use crate::web::live::Streams;
use crate::web::pages::{Days, FlakyJobs};

/// Handle on the store, the settings and the cache; cheap to clone.
#[derive(Clone)]
pub(crate) struct App(Arc<Inner>);

struct Inner {
    store: Store,
    options: ServeOptions,
    clock: Arc<dyn Clock>,
    auth: Auth,
    cache: Cache,
    metrics: MetricsCache,
    reads: Arc<Semaphore>,
    rebuild: Rebuild,
    days: Days,
    flaky: FlakyJobs,
    plans: Plans,
    streams: Streams,
    complete_at: OnceLock<Timestamp>,
}

impl App {
    /// Shares `store` among handlers.
    pub(crate) fn new(store: Store, options: ServeOptions, clock: Arc<dyn Clock>) -> Self {
        Self(Arc::new(Inner {
            auth: Auth::new(options.auth.clone()),
            cache: Cache::new(options.cache_ttl, options.cache_entries),
            metrics: MetricsCache::default(),
            reads: Arc::new(Semaphore::new(options.read_concurrency.max(1))),
            rebuild: Rebuild::default(),
            days: Days::default(),
            flaky: FlakyJobs::default(),
            plans: Plans::default(),
            streams: Streams::default(),
            complete_at: OnceLock::new(),
            store,
            options,
            clock,
        }))
    }

    /// The store.
    pub(crate) fn store(&self) -> &Store {
        &self.0.store
    }

    /// The settings.
    pub(crate) fn options(&self) -> &ServeOptions {
        &self.0.options
    }

    /// Names and their proofs.
    pub(crate) fn auth(&self) -> &Auth {
        &self.0.auth
    }

    /// Answers kept.
    pub(crate) fn cache(&self) -> &Cache {
        &self.0.cache
    }

    /// The snapshot that scrapes share.
    pub(crate) fn metrics_cache(&self) -> &MetricsCache {
        &self.0.metrics
    }

    /// The one rebuild of the statistics that may run.
    pub(crate) fn rebuild(&self) -> &Rebuild {
        &self.0.rebuild
    }

    /// Figures of days that trends share.
    pub(crate) fn days(&self) -> &Days {
        &self.0.days
    }

    /// Flaky jobs by project.
    pub(crate) fn flaky(&self) -> &FlakyJobs {
        &self.0.flaky
    }

    /// Orders of the failures grid that windows share.
    pub(crate) fn plans(&self) -> &Plans {
        &self.0.plans
    }

    /// Pages that are told when something is new.
    pub(crate) fn streams(&self) -> &Streams {
        &self.0.streams
    }

    /// The current time.
    pub(crate) fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// When the history became complete; `None` when it is not and partial data may be served.
    ///
    /// # Errors
    /// The history is incomplete and must not be served (503 with the progress), or the store failed.
    pub(crate) async fn history(&self) -> Result<Option<Timestamp>, ApiError> {
        // Once complete it stays so: later restarts and new projects do not close the data again.
        if let Some(at) = self.0.complete_at.get() {
            return Ok(Some(*at));
        }
        let overview = self.overview().await?;
        if let Some(at) = overview.history_complete_at {
            return Ok(Some(*self.0.complete_at.get_or_init(|| at)));
        }
        if self.0.options.serve_during_backfill {
            return Ok(None);
        }
        Err(ApiError::history_incomplete(overview.progress()))
    }

    /// Where the synchronisation stands.
    ///
    /// # Errors
    /// The store failed, is busy or too slow.
    pub(crate) async fn overview(&self) -> Result<Overview, ApiError> {
        self.read(Overview::read).await
    }

    /// Asks the store, away from the threads that serve connections, and a bounded number at once.
    ///
    /// # Errors
    /// The store failed, is busy or too slow.
    pub(crate) async fn read<T, Q>(&self, question: Q) -> Result<T, ApiError>
    where
        T: Send + 'static,
        Q: FnOnce(&Reader<'_>) -> Result<T, AnswerError> + Send + 'static,
    {
        let limit = self.0.options.read_timeout;
        let deadline = Instant::now() + limit;
        let permit = timeout_at(deadline, Arc::clone(&self.0.reads).acquire_owned())
            .await
            .map_err(|_| ApiError::busy())?
            .map_err(|_| ApiError::internal())?;
        let store = self.0.store.clone();
        let reading = tokio::task::spawn_blocking(move || {
            // Held until the work ends, even when the caller has gone: it bounds work, not waiting.
            let _permit = permit;
            store.read(|reader| Ok(question(reader)))?
        });
        match timeout_at(deadline, reading).await {
            Ok(Ok(outcome)) => Ok(outcome?),
            Ok(Err(error)) => {
                tracing::error!(%error, "a question to the store broke off");
                Err(ApiError::internal())
            }
            Err(_) => Err(ApiError::timeout(limit.as_secs())),
        }
    }
}
