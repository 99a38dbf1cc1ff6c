//! What the process is doing, kept in memory and written to the store by and by.

use std::sync::Mutex;

use jiff::Timestamp;
use labtower_store::{Phase, RunStatus};
use tokio::sync::watch;

/// The one [`RunStatus`] of this process.
pub(crate) struct Progress {
    status: watch::Sender<RunStatus>,
    /// Since when the running backfill counts, and how many pipelines were there already.
    backfill_start: Mutex<Option<(Timestamp, u64)>>,
}

impl Progress {
    pub(crate) fn new(started_at: Timestamp) -> Self {
        let status = RunStatus {
            phase: Phase::Starting,
            started_at,
            updated_at: started_at,
            requests: 0,
            requests_remaining: None,
            requests_limit: None,
            backfill_pipelines: 0,
            backfill_total: 0,
            eta_seconds: None,
            cycles: 0,
            last_cycle_at: None,
            last_cycle_seconds: None,
            gitlab_version: None,
            hooked_projects: 0,
        };
        Self {
            status: watch::Sender::new(status),
            backfill_start: Mutex::new(None),
        }
    }

    pub(crate) fn subscribe(&self) -> watch::Receiver<RunStatus> {
        self.status.subscribe()
    }

    pub(crate) fn snapshot(&self) -> RunStatus {
        self.status.borrow().clone()
    }

    pub(crate) fn update(&self, change: impl FnOnce(&mut RunStatus)) {
        self.status.send_modify(change);
    }

    /// A backfill begins with so much done of so much.
    pub(crate) fn backfill_begins(&self, done: u64, total: u64, now: Timestamp) {
        if let Ok(mut start) = self.backfill_start.lock() {
            *start = Some((now, done));
        }
        self.update(|status| {
            status.phase = Phase::Backfilling;
            status.backfill_pipelines = done;
            status.backfill_total = total;
            status.eta_seconds = None;
        });
    }

    /// The backfill read so many more pipelines.
    pub(crate) fn backfill_advances(&self, pipelines: u64, now: Timestamp) {
        let start = self.backfill_start.lock().ok().and_then(|start| *start);
        self.update(|status| {
            status.backfill_pipelines += pipelines;
            status.eta_seconds = start.and_then(|(since, before)| {
                let elapsed = now.duration_since(since).unsigned_abs();
                crate::plan::eta_seconds(
                    status.backfill_pipelines.saturating_sub(before),
                    status.backfill_total.saturating_sub(before),
                    elapsed,
                )
            });
        });
    }
}
