//! Questions to the store, one file each; every method sees the snapshot its [`Reader`] was given for.
//!
//! Statistics (`summary`, `trend`, `project_stats`) are sums over [`cells`]: rollups for whole UTC days, raw rows
//! for the rest, so that any range of seconds has its exact answer in a few milliseconds. Lists (`pipelines`, `jobs`)
//! are walks along indexes, see [`newest`]. To add a question: a file with its answer struct and an `impl Reader`.

mod activity;
mod cells;
mod changes;
mod column;
mod completeness;
mod cover;
mod delivery;
mod described;
mod failed_pipelines;
mod failures;
mod filter;
mod inbox;
mod insight;
mod jobs;
mod metrics;
mod newest;
mod parts;
mod pipelines;
mod project_stats;
mod projects;
mod raw;
mod recount;
mod scope;
mod sinks;
mod summary;
mod sync;
mod test_reports;
mod totals;
mod traces;
mod trend;
mod whole;
mod words;

use rusqlite::Connection;

pub use activity::{MergeRequestCount, MergedRequest};
pub use changes::{Change, ChangeKey};
pub(crate) use described::Descriptions;

pub use delivery::{DeploymentCount, RunnerRow};
pub use failed_pipelines::FailedPipeline;
pub use failures::{
    Cell, CellJob, Explained, FailureFilter, FailureHealth, FailureRow, GreenCandidate,
    GreenHashes, Grid, GridPlan, GridRow, GridSection, GridTotals, GroupFilter, GroupRow,
    GroupSignature, GroupSort, GroupSpread, History, HistoryFilter, IssueFilter, IssueMatch,
    IssuesBySubject, JobToExplain, Judgement, KnownSignature, LinkedIssue, Mark, NightFilter,
    NightGrouping, NightSort, ReasonLines, ReasonRow, ReasonText, RefChoice, Run, Share,
    StaleReason, StaleSignature, WrongReasons,
};
pub use filter::{Filter, JobFilter, Page};
pub use insight::{
    Cause, ChildPipeline, FailureTally, GroupDay, GroupIssue, JobUsage, Mended, NamedJob, TagUsage,
};
pub use jobs::JobRow;
pub use metrics::{
    ActiveJobs, ActivePipelines, NewerCommits, RefHead, RefJob, RefJobRuns, Sum, SumKind, Texts,
};
pub use pipelines::PipelineRow;
pub use project_stats::ProjectStats;
pub use recount::RollupRow;
pub use summary::Summary;
pub use sync::Problem;
pub use test_reports::UnreadTests;
pub use totals::Totals;
pub use trend::TrendCell;

/// One consistent view of the store, as lent out by [`Store::read`](crate::Store::read).
pub struct Reader<'c> {
    conn: &'c Connection,
    descriptions: &'c Descriptions,
}

impl<'c> Reader<'c> {
    /// A view through `conn`, which is inside a read transaction, with what views of one store share.
    pub(crate) fn new(conn: &'c Connection, descriptions: &'c Descriptions) -> Self {
        Self { conn, descriptions }
    }
}
