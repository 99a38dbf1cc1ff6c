//! What the API says about a pipeline or job at one moment.
//!
//! REST, GraphQL and the ground truth all render these, so that they cannot disagree.

use std::sync::Arc;

use super::pipeline::{Source, Target};
use super::status::Status;
use super::time::Time;

/// A pipeline at one moment.
#[derive(Debug, Clone)]
pub(crate) struct PipelineFacts {
    /// Index into the world's pipelines.
    pub(crate) index: u32,
    pub(crate) id: u64,
    pub(crate) iid: u32,
    /// Index into the world's projects.
    pub(crate) project: u32,
    pub(crate) project_id: u64,
    pub(crate) name: Option<&'static str>,
    /// Raw ref: a branch, a tag, or `refs/merge-requests/N/head`.
    pub(crate) ref_name: String,
    /// `refs/heads/…` (the source branch for merge requests) or `refs/tags/…`.
    pub(crate) ref_path: String,
    pub(crate) target: Target,
    pub(crate) sha: String,
    pub(crate) before_sha: String,
    pub(crate) source: Source,
    pub(crate) status: Status,
    pub(crate) created: Time,
    pub(crate) updated: Time,
    pub(crate) started: Option<Time>,
    pub(crate) finished: Option<Time>,
    pub(crate) committed: Option<Time>,
    /// Whole seconds.
    pub(crate) duration: Option<u32>,
    /// Whole seconds; GitLab gives nothing instead of 0.
    pub(crate) queued_duration: Option<i64>,
    /// Percent.
    pub(crate) coverage: Option<f64>,
    pub(crate) failure_reason: Option<&'static str>,
    pub(crate) yaml_errors: Option<&'static str>,
    /// Index into the world's users.
    pub(crate) user: Option<u32>,
    /// Index of the pipeline whose bridge started it.
    pub(crate) parent: Option<u32>,
    /// Whether a finished job with `allow_failure` failed.
    pub(crate) warnings: bool,
}

/// What kind of job it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JobKind {
    Build,
    Bridge,
    External,
}

/// A job at one moment.
#[derive(Debug, Clone)]
pub(crate) struct JobFacts {
    pub(crate) id: u64,
    /// Index into the world's pipelines.
    pub(crate) pipeline: u32,
    /// Index into the world's projects.
    pub(crate) project: u32,
    pub(crate) kind: JobKind,
    /// Its pipeline's raw ref.
    pub(crate) ref_name: Arc<str>,
    pub(crate) name: Arc<str>,
    pub(crate) stage: &'static str,
    /// Place of the stage in the pipeline, from 0.
    pub(crate) stage_index: u8,
    pub(crate) status: Status,
    pub(crate) created: Time,
    pub(crate) queued: Option<Time>,
    pub(crate) started: Option<Time>,
    pub(crate) finished: Option<Time>,
    /// Milliseconds; grows while the job runs, as GitLab's does.
    pub(crate) duration_ms: Option<i64>,
    /// Milliseconds; grows until the job starts, as GitLab's does.
    pub(crate) queued_ms: Option<i64>,
    /// Percent.
    pub(crate) coverage: Option<f64>,
    pub(crate) allow_failure: bool,
    pub(crate) manual: bool,
    pub(crate) retried: bool,
    /// REST's word; set only while the status is failed.
    pub(crate) failure_reason: Option<&'static str>,
    pub(crate) exit_code: Option<i64>,
    /// Sorted.
    pub(crate) tags: &'static [&'static str],
    /// Index into the world's runners.
    pub(crate) runner: Option<u32>,
    pub(crate) runner_id: Option<u64>,
    /// Index of the child pipeline a bridge started.
    pub(crate) downstream: Option<u32>,
    /// Index into the world's users.
    pub(crate) user: Option<u32>,
    /// Whether it uploads an archive when it finishes.
    pub(crate) artifacts: bool,
    /// Whether it uploads a JUnit report.
    pub(crate) tests: bool,
    /// Environment it deploys to.
    pub(crate) environment: Option<&'static str>,
    /// Decides details that are not kept (log text, artifact sizes, test cases).
    pub(crate) salt: u64,
}
