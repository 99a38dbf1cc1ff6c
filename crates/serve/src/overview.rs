//! Where the synchronisation stands, in one read.

use jiff::Timestamp;
use labtower_store::{
    Completeness, Gap, InboxBacklog, InboxCount, Phase, Problem, ProjectSync, Reader, RunStatus,
    Sink, SyncState, Totals,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::AnswerError;

/// Everything the store knows about the synchronisation, of one instant.
#[derive(Debug)]
pub(crate) struct Overview {
    /// The process's own progress; absent until a synchronisation ran on this store.
    pub(crate) run: Option<RunStatus>,
    /// Each project's state.
    pub(crate) projects: Vec<ProjectSync>,
    /// What does not work, oldest first.
    pub(crate) problems: Vec<Problem>,
    /// When the first backfill was complete.
    pub(crate) history_complete_at: Option<Timestamp>,
    /// Rows and bytes stored.
    pub(crate) totals: Totals,
    /// Where the data goes from here.
    pub(crate) sinks: Vec<Sink>,
    /// Webhooks by kind and what became of them.
    pub(crate) webhooks: Vec<InboxCount>,
    /// Webhooks that wait to be applied.
    pub(crate) backlog: InboxBacklog,
    /// What comparing the store with GitLab found.
    pub(crate) completeness: Completeness,
    /// The open and the latest of what it lacked.
    pub(crate) gaps: Vec<Gap>,
}

/// Gaps shown.
const GAPS: usize = 20;

/// How many projects are in which state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct ProjectCounts {
    /// All known projects.
    pub(crate) total: u64,
    /// Known, nothing fetched yet.
    pub(crate) pending: u64,
    /// History being fetched.
    pub(crate) backfilling: u64,
    /// History complete, changes followed.
    pub(crate) live: u64,
    /// Deleted, moved out of sight or forbidden.
    pub(crate) missing: u64,
    /// Whose last attempt failed, whatever their state.
    pub(crate) failing: u64,
}

/// How far the first backfill is.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct Progress {
    /// `starting`, `discovering`, `backfilling`, `live`, `stopped`; `unknown` before the first start.
    pub(crate) phase: String,
    /// Pipelines fetched so far.
    pub(crate) pipelines: u64,
    /// Pipelines expected; 0 until they are counted.
    pub(crate) pipelines_total: u64,
    /// Share of the pipelines fetched: 0 to 100.
    pub(crate) percent: f64,
    /// Seconds until it is complete, as estimated.
    pub(crate) eta_seconds: Option<u64>,
    /// Projects by state.
    pub(crate) projects: ProjectCounts,
}

impl Overview {
    /// Reads it from the store.
    ///
    /// # Errors
    /// The store failed.
    pub(crate) fn read(reader: &Reader<'_>) -> Result<Self, AnswerError> {
        Ok(Self {
            run: reader.run_status()?,
            projects: reader.sync_projects()?,
            problems: reader.problems()?,
            history_complete_at: reader.history_complete_at()?,
            totals: reader.totals()?,
            sinks: reader.sinks()?,
            webhooks: reader.inbox_counts()?,
            backlog: reader.inbox_backlog()?,
            completeness: reader.completeness()?,
            gaps: reader.gaps(GAPS)?,
        })
    }

    /// The same for a page that shows no more of it than the phase: of many projects, reading them all takes longer
    /// than the page itself.
    ///
    /// # Errors
    /// The store failed.
    pub(crate) fn brief(reader: &Reader<'_>) -> Result<Self, AnswerError> {
        Ok(Self {
            run: reader.run_status()?,
            projects: Vec::new(),
            problems: Vec::new(),
            history_complete_at: reader.history_complete_at()?,
            totals: Totals::default(),
            sinks: Vec::new(),
            webhooks: Vec::new(),
            backlog: InboxBacklog::default(),
            completeness: Completeness::default(),
            gaps: Vec::new(),
        })
    }

    /// Projects by state.
    pub(crate) fn counts(&self) -> ProjectCounts {
        let mut counts = ProjectCounts {
            total: self.projects.len() as u64,
            ..ProjectCounts::default()
        };
        for project in &self.projects {
            match project.state {
                SyncState::Pending => counts.pending += 1,
                SyncState::Backfilling => counts.backfilling += 1,
                SyncState::Live => counts.live += 1,
                SyncState::Missing => counts.missing += 1,
            }
            counts.failing += u64::from(project.last_error.is_some());
        }
        counts
    }

    /// How far the first backfill is.
    pub(crate) fn progress(&self) -> Progress {
        let (pipelines, pipelines_total) = self
            .run
            .as_ref()
            .map_or((0, 0), |run| (run.backfill_pipelines, run.backfill_total));
        Progress {
            phase: self.phase().to_owned(),
            pipelines,
            pipelines_total,
            percent: self.percent(),
            eta_seconds: self.run.as_ref().and_then(|run| run.eta_seconds),
            projects: self.counts(),
        }
    }

    /// Word for what the process does.
    pub(crate) fn phase(&self) -> &'static str {
        self.run
            .as_ref()
            .map_or("unknown", |run| phase_word(run.phase))
    }

    /// Share of the first backfill that is done: 0 to 100, one decimal.
    pub(crate) fn percent(&self) -> f64 {
        if self.history_complete_at.is_some() {
            return 100.0;
        }
        match &self.run {
            Some(run) if run.backfill_total > 0 => {
                let share = run.backfill_pipelines as f64 / run.backfill_total as f64;
                (share * 1000.0).floor().min(1000.0) / 10.0
            }
            _ => 0.0,
        }
    }

    /// Last success of the live project that was read longest ago.
    pub(crate) fn oldest_success(&self) -> Option<Timestamp> {
        self.projects
            .iter()
            .filter(|project| project.state == SyncState::Live)
            .filter_map(|project| project.last_success_at)
            .min()
    }

    /// Seconds the data lies behind GitLab: since the oldest success of a live project.
    pub(crate) fn lag_seconds(&self, now: Timestamp) -> Option<i64> {
        self.oldest_success()
            .map(|at| now.duration_since(at).as_secs().max(0))
    }
}

fn phase_word(phase: Phase) -> &'static str {
    match phase {
        Phase::Starting => "starting",
        Phase::Discovering => "discovering",
        Phase::Backfilling => "backfilling",
        Phase::Live => "live",
        Phase::Stopped => "stopped",
    }
}
