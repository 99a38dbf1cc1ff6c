//! Pipelines as the world stores them: small rows; jobs are derived from the row's seed.

use super::status::Status;
use super::time::Time;

/// Marks an absent index.
pub(crate) const NONE: u32 = u32::MAX;

/// First pipeline id; the pipeline at index `n` has this id plus `n`.
pub(crate) const FIRST_PIPELINE: u64 = 1_000_001;
/// First job id.
pub(crate) const FIRST_JOB: u64 = 8_000_001;

/// A pipeline.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) seed: u64,
    pub(crate) created: Time,
    /// From then on nothing changes any more.
    pub(crate) settled: Time,
    /// Index into the world's projects.
    pub(crate) project: u32,
    pub(crate) iid: u32,
    /// Index into the project's commits.
    pub(crate) commit: u32,
    /// Index into the world's users, or [`NONE`].
    pub(crate) user: u32,
    pub(crate) target: Target,
    pub(crate) source: Source,
    /// How it stands once settled.
    pub(crate) last: State,
    /// First of its blocks of jobs, or [`NONE`].
    pub(crate) first_block: u32,
    /// Parent pipeline, or [`NONE`].
    pub(crate) parent: u32,
    /// Row of the bridge in the parent's plan.
    pub(crate) parent_job: u16,
    /// First child pipeline, or [`NONE`].
    pub(crate) first_child: u32,
    /// Next child of the same parent, or [`NONE`].
    pub(crate) next_sibling: u32,
}

/// What a pipeline runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// The default branch.
    Default,
    /// The source branch of the merge request with this iid.
    Branch(u32),
    /// The project's tag at this index.
    Tag(u32),
    /// The merge request with this iid (`refs/merge-requests/N/head`).
    MergeRequest(u32),
}

/// What started a pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    Push,
    Web,
    Trigger,
    Schedule,
    Api,
    MergeRequestEvent,
    ParentPipeline,
}

impl Source {
    /// As the API spells it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Push => "push",
            Self::Web => "web",
            Self::Trigger => "trigger",
            Self::Schedule => "schedule",
            Self::Api => "api",
            Self::MergeRequestEvent => "merge_request_event",
            Self::ParentPipeline => "parent_pipeline",
        }
    }
}

/// A pipeline's own columns at one moment; jobs may change without them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) status: Status,
    pub(crate) updated: Time,
    pub(crate) started: Option<Time>,
    pub(crate) finished: Option<Time>,
    /// Whole seconds.
    pub(crate) duration: Option<u32>,
}

/// A run of job ids given out at one moment to one pipeline.
#[derive(Debug, Clone)]
pub(crate) struct Block {
    pub(crate) first_id: u64,
    pub(crate) pipeline: u32,
    /// First row of the plan in this block.
    pub(crate) first_row: u16,
    pub(crate) rows: u16,
    /// The pipeline's next block, or [`NONE`].
    pub(crate) next: u32,
}

/// A nightly pipeline schedule.
#[derive(Debug, Clone)]
pub(crate) struct Schedule {
    pub(crate) id: u64,
    /// Index into the world's projects.
    pub(crate) project: u32,
    pub(crate) description: &'static str,
    pub(crate) hour: u8,
    pub(crate) minute: u8,
    pub(crate) active: bool,
    /// Index into the world's users.
    pub(crate) owner: u32,
    pub(crate) created: Time,
}
