//! Why jobs fail: what sync learns of it, and what people do about it.
//!
//! Facts travel in [`Failures`], as part of a [`Batch`](crate::Batch); what people do is an [`Action`], one transaction
//! with its row of the audit trail.

mod action;
mod body;
mod issue;
mod reason;

pub use action::{Acted, Action, AuditRow, IssueMade, Subject};
pub use body::{
    CandidateLine, ChangeOrigin, DependencyChange, DependencyChanges, FailedTestRow, LogLine,
    Package, ReasonBody,
};
pub use issue::{BlockLinks, Issue, IssueBlock, IssueKey, LinkOrigin, Tracker, TrackerUpdate};
pub use reason::{
    DecidedBy, GreenRow, GroupId, Reason, Resigned, SignatureKey, TraceState, TraceTry,
};

use labtower_model::JobId;

/// What sync learnt of failures, to be written together.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Failures {
    /// Reasons of failed jobs; each replaces the one stored. Those of jobs that are not stored as failed are dropped.
    pub reasons: Vec<Reason>,
    /// Reasons that other rules give for failures explained before; groups that people decided on keep their failures.
    pub revised: Vec<Reason>,
    /// New signatures for reasons that stay as they are.
    pub resigned: Vec<Resigned>,
    /// Logs that could not be read.
    pub tries: Vec<TraceTry>,
    /// What green runs printed.
    pub green: Vec<GreenRow>,
    /// Dependencies that differ from the last green run.
    pub changes: Vec<(JobId, DependencyChanges)>,
    /// Issues as GitLab shows them now; an older state than stored is ignored.
    pub issues: Vec<Issue>,
    /// How far issues of projects were read.
    pub trackers: Vec<TrackerUpdate>,
    /// Links that known-issue blocks make.
    pub blocks: Vec<BlockLinks>,
    /// Version of the explainer that works now.
    pub version: Option<String>,
    /// Version of the explainer that all reasons were looked at with.
    pub revised_version: Option<String>,
}

impl Failures {
    /// Rows, as a measure of the work.
    pub(crate) fn rows(&self) -> usize {
        let links: usize = self.blocks.iter().map(|links| links.jobs.len()).sum();
        self.reasons.len()
            + self.revised.len()
            + self.resigned.len()
            + self.tries.len()
            + self.green.len()
            + self.changes.len()
            + self.issues.len()
            + self.trackers.len()
            + links
    }
}
