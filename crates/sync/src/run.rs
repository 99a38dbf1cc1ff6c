//! The syncer: one full pass, or passes for ever.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use labtower_gitlab::Client;
use labtower_model::{Clock, ProjectId};
use labtower_store::{
    Batch, Phase, Reader, RollupMode, RunStatus, Store, StoreError, SyncState, SyncUpdate,
};
use tokio::{
    sync::{Notify, watch},
    time::{Instant, sleep, sleep_until},
};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::{
    Cycle, Discovery, Summary, SyncError, SyncOptions,
    failures::{Explaining, Worker},
    hooked::Hooked,
    hooks::{Inbox, Wake, until},
    progress::Progress,
    settle::Asked,
};

/// Time between two looks for work the backfill left over, and the longest wait for a GitLab that does not answer.
const RETRY_INTERVAL: Duration = Duration::from_secs(60);

/// Time between two writes of the progress row.
const REPORT_INTERVAL: Duration = Duration::from_secs(1);

/// Time between two looks for rows past retention.
const RETENTION_INTERVAL: Duration = Duration::from_secs(3600);

/// Reads one GitLab into one store.
pub struct Syncer {
    pub(crate) client: Client,
    pub(crate) store: Store,
    pub(crate) options: SyncOptions,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) progress: Progress,
    pub(crate) asked: Mutex<Asked>,
    pub(crate) explaining: tokio::sync::Mutex<Explaining>,
    pub(crate) worker: Worker,
    pub(crate) inbox: tokio::sync::Mutex<Inbox>,
    pub(crate) hooked: Hooked,
    pub(crate) wake: Wake,
    new_projects: Notify,
}

impl Syncer {
    /// A syncer that has not asked for anything yet.
    pub fn new(client: Client, store: Store, options: SyncOptions, clock: Arc<dyn Clock>) -> Self {
        let progress = Progress::new(clock.now());
        Self {
            client,
            store,
            options,
            clock,
            progress,
            asked: Mutex::default(),
            explaining: tokio::sync::Mutex::default(),
            worker: Worker::start(),
            inbox: tokio::sync::Mutex::default(),
            hooked: Hooked::default(),
            wake: Wake::default(),
            new_projects: Notify::new(),
        }
    }

    /// What the process is doing, changing as it goes.
    pub fn progress(&self) -> watch::Receiver<RunStatus> {
        self.progress.subscribe()
    }

    /// One full pass: discovery, the backfill to its end, one poll.
    ///
    /// # Errors
    /// When GitLab cannot be asked at all or the store fails; a part that failed is in the summary.
    pub async fn once(&self) -> Result<Summary, SyncError> {
        let (discovery, failed) = self.history().await?;
        let poll = self.timed_cycle().await?;
        let activity = self.activity_once().await?;
        self.delivery_cycle().await?;
        let delivery_failed = self.read(|reader| reader.failing_parts()).await?;
        let failures = self.failures_pass().await?;
        self.report().await?;
        Ok(Summary {
            discovery,
            backfilled: self.progress.snapshot().backfill_pipelines,
            backfill_failed: failed.len(),
            poll,
            activity,
            delivery_failed,
            failures,
            requests: self.client.stats().total(),
        })
    }

    /// The first part of a pass: discovery, and the backfill of pipelines; returns the projects it could not read.
    ///
    /// # Errors
    /// As [`Syncer::once`].
    pub async fn history(&self) -> Result<(Discovery, Vec<ProjectId>), SyncError> {
        self.connect().await?;
        self.enter(Phase::Discovering).await?;
        let discovery = self.discover().await?;
        let failed = self.backfill_pass(&discovery).await?;
        Ok((discovery, failed))
    }

    /// Syncs until told to stop. A GitLab that is down, slow or refuses is waited for and never an end.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn run(&self, shutdown: CancellationToken) -> Result<(), SyncError> {
        let ended = tokio::select! {
            () = shutdown.cancelled() => Ok(()),
            ended = self.work() => ended,
        };
        // What was being read is dropped: nothing of it is marked as read, so the next start asks again.
        self.enter(Phase::Stopped).await?;
        ended
    }

    async fn work(&self) -> Result<(), SyncError> {
        // Webhooks wait for no GitLab, but a moment for its time.
        tokio::try_join!(self.report_loop(), self.hooks_loop(), self.sync_loops())?;
        Ok(())
    }

    async fn sync_loops(&self) -> Result<(), SyncError> {
        self.persist("gitlab", || self.connect()).await?;
        self.enter(Phase::Discovering).await?;
        let discovery = self.persist("discovery", || self.discover()).await?;
        tokio::try_join!(
            self.backfill_loop(discovery),
            self.poll_loop(),
            self.activity_loop(),
            self.activity_backfill_loop(),
            self.discovery_loop(),
            self.delivery_loop(),
            self.failures_loop(),
            self.retention_loop(),
            self.completeness_loop(),
        )?;
        Ok(())
    }

    async fn report_loop(&self) -> Result<(), SyncError> {
        let mut status = self.progress.subscribe();
        loop {
            sleep(REPORT_INTERVAL).await;
            if status.has_changed().unwrap_or(false) {
                status.mark_unchanged();
                self.report().await?;
            }
        }
    }

    async fn backfill_loop(&self, mut discovery: Discovery) -> Result<(), SyncError> {
        loop {
            self.persist("backfill", || self.backfill_pass(&discovery))
                .await?;
            tokio::select! {
                () = self.new_projects.notified() => {}
                () = sleep(RETRY_INTERVAL) => {}
            }
            discovery.problems = 0;
        }
    }

    async fn poll_loop(&self) -> Result<(), SyncError> {
        loop {
            let next = Instant::now() + self.options.interval;
            self.persist("poll", || self.timed_cycle()).await?;
            sleep_until(next).await;
        }
    }

    async fn delivery_loop(&self) -> Result<(), SyncError> {
        loop {
            let next = Instant::now() + self.options.interval;
            self.persist("delivery", || self.delivery_cycle()).await?;
            until(next, &self.wake.delivery).await;
        }
    }

    async fn failures_loop(&self) -> Result<(), SyncError> {
        loop {
            let next = Instant::now() + self.options.interval;
            let cycle = self.persist("failures", || self.failures_cycle()).await?;
            if !cycle.more {
                until(next, &self.wake.failures).await;
            }
        }
    }

    async fn activity_loop(&self) -> Result<(), SyncError> {
        loop {
            let next = Instant::now() + self.options.interval;
            self.persist("activity", || self.activity_cycle()).await?;
            until(next, &self.wake.activity).await;
        }
    }

    async fn activity_backfill_loop(&self) -> Result<(), SyncError> {
        loop {
            self.persist("activity backfill", || self.activity_backfill())
                .await?;
            sleep(RETRY_INTERVAL).await;
        }
    }

    async fn discovery_loop(&self) -> Result<(), SyncError> {
        loop {
            let next = Instant::now() + self.options.discovery_interval;
            until(next, &self.wake.discovery).await;
            self.persist("discovery", || self.discover()).await?;
            self.new_projects.notify_one();
        }
    }

    async fn retention_loop(&self) -> Result<(), SyncError> {
        let Some(days) = self.options.retention_days else {
            return std::future::pending().await;
        };
        loop {
            let now = self.clock.now();
            let kept = SignedDuration::from_hours(24 * i64::from(days));
            let removed = self
                .store
                .retain(now.saturating_sub(kept).unwrap_or(now))
                .await?;
            if removed > 0 {
                info!(removed, days, "pipelines past retention removed");
            }
            sleep(RETENTION_INTERVAL).await;
        }
    }

    /// Asks GitLab who it is; fails only where asking at all makes no sense.
    async fn connect(&self) -> Result<(), SyncError> {
        let capabilities = self.client.probe().await?;
        self.progress
            .update(|status| status.gitlab_version = Some(capabilities.version.clone()));
        Ok(())
    }

    /// The backfill, with what belongs around the first one.
    async fn backfill_pass(&self, discovery: &Discovery) -> Result<Vec<ProjectId>, SyncError> {
        let first = self
            .read(|reader| reader.history_complete_at())
            .await?
            .is_none();
        if first && self.options.defer_rollups {
            self.store.set_rollup_mode(RollupMode::Deferred).await?;
        }
        let failed = self.backfill().await?;
        if first {
            self.complete_history(discovery, &failed).await?;
        }
        self.enter(Phase::Live).await?;
        Ok(failed)
    }

    /// Opens the history once every project was read or has failed at least once.
    async fn complete_history(
        &self,
        discovery: &Discovery,
        failed: &[ProjectId],
    ) -> Result<(), SyncError> {
        let rows = self.read(|reader| reader.sync_projects()).await?;
        let read = |state| matches!(state, SyncState::Live | SyncState::Missing);
        let all_tried = rows
            .iter()
            .all(|row| read(row.state) || row.failures > 0 || failed.contains(&row.project_id));
        let nothing_listed = rows.is_empty() && discovery.problems > 0;
        if all_tried && !nothing_listed {
            self.store.set_rollup_mode(RollupMode::Incremental).await?;
            let at = self.clock.now();
            self.note(SyncUpdate::HistoryComplete { at }).await?;
            info!(projects = rows.len(), "history complete");
        }
        Ok(())
    }

    async fn timed_cycle(&self) -> Result<Cycle, SyncError> {
        let started = Instant::now();
        let cycle = self.poll_cycle().await?;
        let now = self.clock.now();
        self.progress.update(|status| {
            status.cycles += 1;
            status.last_cycle_at = Some(now);
            status.last_cycle_seconds = Some(started.elapsed().as_secs_f64());
        });
        Ok(cycle)
    }

    /// Does it again until GitLab lets it be done, waiting longer each time; a store failure is final.
    pub(crate) async fn persist<T, Doing>(
        &self,
        scope: &str,
        doing: impl Fn() -> Doing,
    ) -> Result<T, SyncError>
    where
        Doing: Future<Output = Result<T, SyncError>>,
    {
        let mut wait = Duration::from_secs(1);
        loop {
            match doing().await {
                Ok(value) => {
                    self.solved(scope.to_owned()).await?;
                    return Ok(value);
                }
                Err(SyncError::Gitlab(error)) => {
                    warn!(scope, %error, retry_in = ?wait, "gitlab could not be read");
                    self.problem(scope.to_owned(), error.sentence()).await?;
                    sleep(wait).await;
                    wait = (wait * 2).min(RETRY_INTERVAL);
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn enter(&self, phase: Phase) -> Result<(), SyncError> {
        self.progress.update(|status| status.phase = phase);
        self.report().await
    }

    /// Writes the progress row.
    async fn report(&self) -> Result<(), SyncError> {
        let stats = self.client.stats();
        let mut status = self.progress.snapshot();
        status.updated_at = self.clock.now();
        status.requests = stats.total();
        status.requests_remaining = stats.remaining;
        status.requests_limit = stats.limit;
        status.hooked_projects = self.hooked.trusted();
        self.note(SyncUpdate::Run(status)).await
    }

    pub(crate) async fn note(&self, update: SyncUpdate) -> Result<(), SyncError> {
        let batch = Batch {
            sync: vec![update],
            ..Batch::default()
        };
        self.store.write(batch).await?;
        Ok(())
    }

    pub(crate) async fn failed(
        &self,
        project_id: ProjectId,
        error: String,
    ) -> Result<(), SyncError> {
        warn!(%project_id, error, "project could not be read");
        let at = self.clock.now();
        self.note(SyncUpdate::Failed {
            project_id,
            error,
            at,
        })
        .await
    }

    pub(crate) async fn problem(&self, scope: String, message: String) -> Result<(), SyncError> {
        let at = self.clock.now();
        self.note(SyncUpdate::Problem { scope, message, at }).await
    }

    /// Takes back a problem, where one is stored.
    pub(crate) async fn solved(&self, scope: String) -> Result<(), SyncError> {
        let problems = self.read(|reader| reader.problems()).await?;
        if problems.iter().any(|problem| problem.scope == scope) {
            self.note(SyncUpdate::Solved { scope }).await?;
        }
        Ok(())
    }

    pub(crate) async fn read<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Reader) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, SyncError> {
        let store = self.store.clone();
        Ok(tokio::task::spawn_blocking(move || store.read(question)).await??)
    }

    /// GitLab's clock as last seen, or the machine's before the first answer.
    pub(crate) fn gitlab_now(&self) -> Timestamp {
        self.client.server_now().unwrap_or_else(|| self.clock.now())
    }
}
