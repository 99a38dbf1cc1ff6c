//! What callers hand to the writer, and what they get back.

use jiff::Timestamp;
use labtower_model::{
    Commit, MergeRequest, PipelineId, PipelineWithJobs, Project, ProjectStatistics,
};

use crate::{Delivery, Failures, SyncUpdate};

/// Facts and sync state that belong together: all of it is stored, or nothing.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// GitLab's clock when the facts were asked for; the store's own clock when absent.
    /// Between two reads of a pipeline with the same `updated_at` the later one wins.
    pub read_at: Option<Timestamp>,
    /// Projects as GitLab describes them now.
    pub projects: Vec<Project>,
    /// Pipelines, each with all of its jobs: a stored job that is not listed is deleted.
    pub pipelines: Vec<PipelineWithJobs>,
    /// Pipelines GitLab no longer has: deleted with their jobs.
    pub gone: Vec<PipelineId>,
    /// Merge requests as GitLab shows them now.
    pub merge_requests: Vec<MergeRequest>,
    /// Commits of default branches.
    pub commits: Vec<Commit>,
    /// Statistics of projects as GitLab shows them now.
    pub statistics: Vec<ProjectStatistics>,
    /// Environments, deployments, schedules, runners, test reports, written in order.
    pub delivery: Vec<Delivery>,
    /// Why jobs failed, and the issues they belong to.
    pub failures: Failures,
    /// Sync state that becomes true with these facts, applied in order.
    pub sync: Vec<SyncUpdate>,
}

/// What a batch changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Written {
    /// Projects that are new or differ.
    pub changed_projects: u64,
    /// Pipelines that are new, differ themselves or are gone.
    pub changed_pipelines: u64,
    /// Jobs that are new, differ or are gone.
    pub changed_jobs: u64,
    /// Merge requests that are new or differ.
    pub changed_merge_requests: u64,
    /// Commits that are new.
    pub new_commits: u64,
    /// Rows of environments, deployments, schedules, runners and test reports that are new, differ or are gone.
    pub changed_delivery: u64,
    /// Reasons, issues and links of failures that are new, differ or are gone.
    pub changed_failures: u64,
    /// Projects, pipelines (with their jobs), merge requests and commits that were stored already, exactly so.
    pub unchanged: u64,
    /// Pipelines and merge requests not written, because a newer state is stored.
    pub stale: u64,
    /// Number of the last change in the feed, once this batch was committed.
    pub last_seq: u64,
}
