//! How far reading of GitLab has come, per project; written together with the rows it speaks of.

use jiff::Timestamp;
use labtower_model::ProjectId;
use serde::{Deserialize, Serialize};

use crate::{ActivityUpdate, CompletenessUpdate, InboxUpdate, PartUpdate, RunStatus, SinkUpdate};

/// One step of sync state.
#[derive(Debug, Clone, PartialEq)]
pub enum SyncUpdate {
    /// The project is part of what we watch: a new one becomes pending,
    /// a missing one goes back to where it was.
    Discovered {
        /// The project.
        project_id: ProjectId,
        /// When it was seen.
        at: Timestamp,
    },
    /// Everything up to the watermark was read. Clears the last error and the row of failures.
    Polled {
        /// The project.
        project_id: ProjectId,
        /// GitLab's clock; an older one than stored is ignored.
        watermark: Timestamp,
        /// When the poll succeeded.
        at: Timestamp,
    },
    /// The backfill begins anew: stage own, no cursor, counters at zero.
    BackfillStarted {
        /// The project.
        project_id: ProjectId,
        /// How far back it reads (`updated_at`).
        from: Timestamp,
        /// Pipelines to expect.
        total: u64,
        /// GitLab's clock before the first page: polling goes on from here.
        watermark: Timestamp,
    },
    /// One page was stored; reading resumes at the cursor.
    BackfillPage {
        /// The project.
        project_id: ProjectId,
        /// The list being read.
        stage: BackfillStage,
        /// Where the next page starts; absent at the start of the stage.
        cursor: Option<String>,
        /// Pipelines on this page.
        rows: u64,
        /// Requests it took.
        requests: u32,
    },
    /// The history is complete: the project is live.
    BackfillDone {
        /// The project.
        project_id: ProjectId,
        /// When it was done.
        at: Timestamp,
    },
    /// Reading failed; tried again later.
    Failed {
        /// The project.
        project_id: ProjectId,
        /// What happened, without secrets.
        error: String,
        /// When.
        at: Timestamp,
    },
    /// GitLab does not show the project any more. Its rows stay.
    Missing {
        /// The project.
        project_id: ProjectId,
        /// When it was noticed.
        at: Timestamp,
    },
    /// A step of reading merge requests and commits.
    Activity(ActivityUpdate),
    /// A step of reading environments, deployments, schedules, runners or test reports.
    Part(PartUpdate),
    /// A step of sending the data somewhere else.
    Sink(SinkUpdate),
    /// A step of a webhook's way.
    Inbox(InboxUpdate),
    /// What a comparison with GitLab found.
    Completeness(CompletenessUpdate),
    /// Replaces the one row on the process's progress.
    Run(RunStatus),
    /// Something an operator should know of; repeated ones are counted.
    Problem {
        /// What it concerns, for example `group platform` or `project 12`.
        scope: String,
        /// What happened, without secrets.
        message: String,
        /// When.
        at: Timestamp,
    },
    /// The problem with this scope is over.
    Solved {
        /// Scope of the problem.
        scope: String,
    },
    /// The first backfill of all projects is complete. The first report stays.
    HistoryComplete {
        /// When.
        at: Timestamp,
    },
}

/// Where a project stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SyncState {
    /// Known, nothing read yet.
    Pending,
    /// Its history is being read.
    Backfilling,
    /// History complete, changes are polled.
    Live,
    /// GitLab does not show it any more.
    Missing,
}

impl SyncState {
    /// `pending`, `backfilling`, `live` or `missing`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Backfilling => "backfilling",
            Self::Live => "live",
            Self::Missing => "missing",
        }
    }

    /// Reads what [`SyncState::as_str`] gave.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Pending, Self::Backfilling, Self::Live, Self::Missing]
            .into_iter()
            .find(|state| state.as_str() == text)
    }
}

/// Which of a project's two lists of pipelines the backfill reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BackfillStage {
    /// Pipelines of the project itself.
    Own,
    /// Child pipelines, which GitLab lists apart.
    Children,
}

impl BackfillStage {
    /// `own` or `children`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Children => "children",
        }
    }

    /// Reads what [`BackfillStage::as_str`] gave.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Own, Self::Children]
            .into_iter()
            .find(|stage| stage.as_str() == text)
    }
}

/// Sync state of one project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectSync {
    /// The project.
    pub project_id: ProjectId,
    /// Its path; empty when the project itself is not stored.
    pub path_with_namespace: String,
    /// Where it stands.
    pub state: SyncState,
    /// GitLab's clock: everything up to here was read.
    pub watermark: Option<Timestamp>,
    /// How far back its backfill reads.
    pub backfill_from: Option<Timestamp>,
    /// The list its backfill reads now; absent when none is under way.
    pub backfill_stage: Option<BackfillStage>,
    /// Where that list is resumed.
    pub backfill_cursor: Option<String>,
    /// Pipelines its backfill expects.
    pub backfill_total: Option<u64>,
    /// Pipelines its backfill wrote.
    pub rows: u64,
    /// Requests its backfill took.
    pub requests: u64,
    /// When it was last read without error.
    pub last_success_at: Option<Timestamp>,
    /// What went wrong since.
    pub last_error: Option<String>,
    /// Failures in a row.
    pub failures: u64,
}
