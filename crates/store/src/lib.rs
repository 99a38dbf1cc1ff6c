//! The only crate that speaks SQL: one writer, many readers, one SQLite file.
//!
//! Callers hand a [`Batch`] (facts and the sync state that goes with them) to [`Store::write`], which answers once
//! it is committed; they ask questions through [`Store::read`]. The schema is in `migrations/`.

mod activity_state;
mod backup;
mod batch;
mod completeness;
mod connect;
mod delivery;
mod error;
mod failures;
mod feed;
mod files;
mod import;
mod inbox;
mod lock;
mod migrate;
mod open;
mod pool;
mod prepare;
mod read;
mod rollup;
mod run_status;
mod settle;
mod sinks;
mod sync_state;
mod totals;
mod write;

pub use activity_state::{ActivitySync, ActivityUpdate};
pub use backup::{Copied, backup, restore};
pub use batch::{Batch, Written};
pub use completeness::{CheckedDay, Completeness, CompletenessUpdate, Gap, GapKind, Held};
pub use delivery::{Delivery, Part, PartOutcome, PartState, PartUpdate};
pub use error::StoreError;
pub use failures::{
    Acted, Action, AuditRow, BlockLinks, CandidateLine, ChangeOrigin, DecidedBy, DependencyChange,
    DependencyChanges, FailedTestRow, Failures, GreenRow, GroupId, Issue, IssueBlock, IssueKey,
    IssueMade, LinkOrigin, LogLine, Package, Reason, ReasonBody, Resigned, SignatureKey, Subject,
    TraceState, TraceTry, Tracker, TrackerUpdate,
};
pub use feed::ChangeKind;
pub use inbox::{HookOutcome, InboxBacklog, InboxCount, InboxUpdate, Received, Waiting};
pub use open::{Store, StoreOptions};
pub use read::{
    ActiveJobs, ActivePipelines, Cause, Cell, CellJob, Change, ChangeKey, ChildPipeline,
    DeploymentCount, Explained, FailedPipeline, FailureFilter, FailureHealth, FailureRow,
    FailureTally, Filter, GreenCandidate, GreenHashes, Grid, GridPlan, GridRow, GridSection,
    GridTotals, GroupDay, GroupFilter, GroupIssue, GroupRow, GroupSignature, GroupSort,
    GroupSpread, History, HistoryFilter, IssueFilter, IssueMatch, IssuesBySubject, JobFilter,
    JobRow, JobToExplain, JobUsage, Judgement, KnownSignature, LinkedIssue, Mark, Mended,
    MergeRequestCount, MergedRequest, NamedJob, NewerCommits, NightFilter, NightGrouping,
    NightSort, Page, PipelineRow, Problem, ProjectStats, Reader, ReasonLines, ReasonRow,
    ReasonText, RefChoice, RefHead, RefJob, RefJobRuns, RollupRow, Run, RunnerRow, Share,
    StaleReason, StaleSignature, Sum, SumKind, Summary, TagUsage, Texts, Totals, TrendCell,
    UnreadTests, WrongReasons,
};
pub use rollup::RollupMode;
pub use run_status::{Phase, RunStatus};
pub use sinks::{Sink, SinkUpdate, Trace};
pub use sync_state::{BackfillStage, ProjectSync, SyncState, SyncUpdate};
pub use totals::{DURATION_BOUNDS, QUEUE_BOUNDS};
