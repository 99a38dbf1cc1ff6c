//! Work on a batch that needs no database: done by the caller, so that callers share it and the writer does not wait.

use std::ops::Range;
use std::sync::Arc;

use labtower_model::{
    Commit, Job, MergeRequest, Pipeline, PipelineId, PipelineWithJobs, Project, ProjectStatistics,
};
use serde::Serialize;
use xxhash_rust::xxh3::xxh3_64;

use crate::{Batch, Delivery, Failures, SyncUpdate};

/// A batch ready for the writer.
pub(crate) struct Prepared {
    /// Unix seconds; the writer's clock when absent.
    pub(crate) read_at: Option<i64>,
    pub(crate) projects: Vec<Entity<Project>>,
    pub(crate) units: Vec<Unit>,
    pub(crate) gone: Vec<PipelineId>,
    pub(crate) merge_requests: Vec<Entity<MergeRequest>>,
    pub(crate) commits: Vec<Entity<Commit>>,
    pub(crate) statistics: Vec<ProjectStatistics>,
    pub(crate) delivery: Vec<Delivery>,
    pub(crate) failures: Failures,
    pub(crate) sync: Vec<SyncUpdate>,
    /// The JSON of everything, which the entities name pieces of: one allocation, shared with the feed's thread.
    pub(crate) json: Arc<Vec<u8>>,
}

/// A pipeline and its jobs: written or refused as one.
pub(crate) struct Unit {
    pub(crate) pipeline: Entity<Pipeline>,
    /// By id, each id once.
    pub(crate) jobs: Vec<Entity<Job>>,
    /// Hash of the jobs' ids and hashes.
    pub(crate) jobs_hash: i64,
}

/// A value with its canonical JSON and the hash of that.
pub(crate) struct Entity<T> {
    pub(crate) value: T,
    /// Where [`Prepared::json`] has it.
    pub(crate) json: Range<usize>,
    pub(crate) hash: i64,
}

impl<T: Serialize> Entity<T> {
    /// Renders and hashes a value. The hash is [`labtower_model::content_hash`], except that 0 is kept
    /// free to mark rows that any read replaces.
    pub(crate) fn new(value: T, json: &mut Vec<u8>) -> Self {
        let start = json.len();
        if serde_json::to_writer(&mut *json, &value).is_err() {
            // Writing to memory does not fail, and no type of the model refuses to be rendered.
            json.truncate(start);
        }
        let hash = match xxh3_64(&json[start..]) as i64 {
            0 => 1,
            hash => hash,
        };
        Self {
            value,
            json: start..json.len(),
            hash,
        }
    }
}

impl Prepared {
    /// Renders and hashes everything in a batch.
    pub(crate) fn new(batch: Batch) -> Self {
        let mut json = Vec::with_capacity(batch_bytes(&batch));
        Self {
            read_at: batch.read_at.map(jiff::Timestamp::as_second),
            projects: batch
                .projects
                .into_iter()
                .map(|project| Entity::new(project, &mut json))
                .collect(),
            units: batch
                .pipelines
                .into_iter()
                .map(|unit| Unit::new(unit, &mut json))
                .collect(),
            gone: batch.gone,
            merge_requests: batch
                .merge_requests
                .into_iter()
                .map(|request| Entity::new(request, &mut json))
                .collect(),
            commits: batch
                .commits
                .into_iter()
                .map(|commit| Entity::new(commit, &mut json))
                .collect(),
            statistics: batch.statistics,
            delivery: batch.delivery,
            failures: batch.failures,
            sync: batch.sync,
            json: Arc::new(json),
        }
    }

    /// Entities in the batch, as a measure of the work.
    pub(crate) fn rows(&self) -> usize {
        let jobs: usize = self.units.iter().map(|unit| unit.jobs.len()).sum();
        let pipelines = self.units.len() + jobs + self.gone.len();
        let activity = self.merge_requests.len() + self.commits.len() + self.statistics.len();
        let delivery: usize = self.delivery.iter().map(Delivery::rows).sum();
        let failures = self.failures.rows();
        self.projects.len() + pipelines + activity + delivery + failures + self.sync.len()
    }
}

/// Roughly the size of a batch's JSON, at half a KiB an entity.
fn batch_bytes(batch: &Batch) -> usize {
    let jobs: usize = batch.pipelines.iter().map(|unit| unit.jobs.len()).sum();
    let activity = batch.merge_requests.len() + batch.commits.len();
    (batch.projects.len() + batch.pipelines.len() + jobs + activity) * 512
}

impl Unit {
    /// Renders and hashes a pipeline with its jobs; of jobs listed twice the later one counts.
    pub(crate) fn new(unit: PipelineWithJobs, json: &mut Vec<u8>) -> Self {
        let mut jobs: Vec<_> = unit
            .jobs
            .into_iter()
            .map(|job| Entity::new(job, json))
            .collect();
        jobs.reverse();
        jobs.sort_by_key(|job| job.value.id);
        jobs.dedup_by_key(|job| job.value.id);
        let jobs_hash = jobs_hash(jobs.iter().map(|job| (job.value.id.get(), job.hash)));
        Self {
            pipeline: Entity::new(unit.pipeline, json),
            jobs,
            jobs_hash,
        }
    }
}

fn jobs_hash(jobs: impl Iterator<Item = (i64, i64)>) -> i64 {
    let bytes: Vec<u8> = jobs
        .flat_map(|(id, hash)| [id.to_le_bytes(), hash.to_le_bytes()])
        .flatten()
        .collect();
    xxh3_64(&bytes) as i64
}

#[cfg(test)]
mod tests {
    use labtower_model::{JobId, content_hash, samples};

    use super::*;

    #[test]
    fn hash_is_the_models() {
        let job = samples::job();
        assert_eq!(
            Entity::new(job.clone(), &mut Vec::new()).hash,
            content_hash(&job)
        );
    }

    #[test]
    fn order_of_jobs_does_not_matter() {
        let first = samples::job();
        let mut second = first.clone();
        second.id = JobId(50_002);
        let unit = |jobs| {
            let pipeline = samples::pipeline();
            Unit::new(PipelineWithJobs { pipeline, jobs }, &mut Vec::new())
        };
        let forward = unit(vec![first.clone(), second.clone()]);
        let backward = unit(vec![second, first]);
        assert_eq!(forward.jobs_hash, backward.jobs_hash);
    }

    #[test]
    fn job_listed_twice_counts_once_and_the_later_wins() {
        let first = samples::job();
        let mut later = first.clone();
        later.retried = true;
        let both = PipelineWithJobs {
            pipeline: samples::pipeline(),
            jobs: vec![first, later],
        };
        let unit = Unit::new(both, &mut Vec::new());
        assert_eq!(unit.jobs.len(), 1);
        assert!(unit.jobs[0].value.retried);
    }
}
