//! The script of one pipeline: every job, every status change, from creation to the end of its life.
//!
//! A plan is a pure function of the pipeline's seed and the project's layout; times are
//! milliseconds since the pipeline's creation. What a pipeline looks like at some moment is read
//! off the plan, so that history, life and any step of time agree by construction.

mod act;
mod outcome;
mod read;

pub(crate) use act::child_seed;
pub(crate) use outcome::{Failure, PipelineFailure, failure_message};

use super::layout::{Layout, Rule};
use super::status::Status;

/// What a plan is made from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Brief<'a> {
    pub(crate) seed: u64,
    pub(crate) layout: &'a Layout,
    /// Layout of child pipelines that bridges start.
    pub(crate) child_layout: &'a Layout,
    /// Which of the layout's jobs are part of it.
    pub(crate) occasion: Occasion,
}

/// What kind of pipeline it is, as far as job rules care.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Occasion {
    /// A branch other than the default one.
    Branch,
    /// The default branch or a tag.
    Release,
    /// A merge request.
    MergeRequest,
    /// A nightly schedule.
    Nightly,
    /// Started by a bridge.
    Child,
}

impl Occasion {
    fn includes(self, rule: Rule) -> bool {
        match rule {
            Rule::Always => true,
            Rule::Release => self == Self::Release,
            Rule::MergeRequest => self == Self::MergeRequest,
            Rule::Nightly => self == Self::Nightly,
        }
    }
}

/// A pipeline's whole life.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// Its jobs in the order of their ids: by creation, then by place in the layout.
    pub(crate) jobs: Vec<Job>,
    /// Changes of the pipeline's own status, in order; the first is its creation.
    pub(crate) moves: Vec<(i64, Status)>,
    /// Why the pipeline itself failed, when no job is to blame.
    pub(crate) failure: Option<PipelineFailure>,
    /// After this nothing changes.
    pub(crate) settled: i64,
}

/// One run of a job.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    /// Index into the layout's jobs.
    pub(crate) template: u16,
    pub(crate) created: i64,
    /// Changes of its status, in order; the first is its creation.
    pub(crate) moves: Vec<(i64, Status)>,
    pub(crate) queued: Option<i64>,
    pub(crate) started: Option<i64>,
    pub(crate) finished: Option<i64>,
    /// When a newer run took its place.
    pub(crate) retried: Option<i64>,
    /// Why it failed, if it did in the end.
    pub(crate) failure: Option<Failure>,
    /// Coverage it reports when it succeeds: percent.
    pub(crate) coverage: Option<f64>,
    /// When a bridge created its child pipeline.
    pub(crate) child: Option<i64>,
    /// Decides what has no time: runner, artifact sizes, and so on.
    pub(crate) salt: u64,
}

impl Plan {
    /// The jobs created together after the first ones (retries): first row, number of rows, when.
    pub(crate) fn late_batches(&self) -> Vec<(u16, u16, i64)> {
        let mut batches: Vec<(u16, u16, i64)> = Vec::new();
        for (row, job) in self.jobs.iter().enumerate() {
            if job.created == 0 {
                continue;
            }
            match batches.last_mut() {
                Some((_, rows, at)) if *at == job.created => *rows += 1,
                _ => batches.push((row as u16, 1, job.created)),
            }
        }
        batches
    }

    /// Number of jobs created with the pipeline.
    pub(crate) fn first_batch(&self) -> u16 {
        self.jobs.iter().take_while(|job| job.created == 0).count() as u16
    }
}
