//! Work on a batch that needs no database: done by the caller, so that callers share it and the writer does not wait.

use labtower_model::{Job, Pipeline, PipelineWithJobs, Project};
use serde::Serialize;
use xxhash_rust::xxh3::xxh3_64;

use crate::{Batch, SyncUpdate};

/// A batch ready for the writer.
pub(crate) struct Prepared {
    /// Unix seconds; the writer's clock when absent.
    pub(crate) read_at: Option<i64>,
    pub(crate) projects: Vec<Entity<Project>>,
    pub(crate) units: Vec<Unit>,
    pub(crate) sync: Vec<SyncUpdate>,
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
    pub(crate) json: Vec<u8>,
    pub(crate) hash: i64,
}

impl<T: Serialize> Entity<T> {
    /// Renders and hashes a value. The hash is [`labtower_model::content_hash`], except that 0 is kept
    /// free to mark rows that any read replaces.
    pub(crate) fn new(value: T) -> Self {
        let json = serde_json::to_vec(&value).unwrap_or_default();
        let hash = match xxh3_64(&json) as i64 {
            0 => 1,
            hash => hash,
        };
        Self { value, json, hash }
    }
}

impl Prepared {
    /// Renders and hashes everything in a batch.
    pub(crate) fn new(batch: Batch) -> Self {
        Self {
            read_at: batch.read_at.map(jiff::Timestamp::as_second),
            projects: batch.projects.into_iter().map(Entity::new).collect(),
            units: batch.pipelines.into_iter().map(Unit::new).collect(),
            sync: batch.sync,
        }
    }

    /// Entities in the batch, as a measure of the work.
    pub(crate) fn rows(&self) -> usize {
        let jobs: usize = self.units.iter().map(|unit| unit.jobs.len()).sum();
        self.projects.len() + self.units.len() + jobs + self.sync.len()
    }
}

impl Unit {
    /// Renders and hashes a pipeline with its jobs; of jobs listed twice the later one counts.
    pub(crate) fn new(unit: PipelineWithJobs) -> Self {
        let mut jobs: Vec<_> = unit.jobs.into_iter().map(Entity::new).collect();
        jobs.reverse();
        jobs.sort_by_key(|job| job.value.id);
        jobs.dedup_by_key(|job| job.value.id);
        let jobs_hash = jobs_hash(jobs.iter().map(|job| (job.value.id.get(), job.hash)));
        Self {
            pipeline: Entity::new(unit.pipeline),
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
        assert_eq!(Entity::new(job.clone()).hash, content_hash(&job));
    }

    #[test]
    fn order_of_jobs_does_not_matter() {
        let first = samples::job();
        let mut second = first.clone();
        second.id = JobId(50_002);
        let unit = |jobs| {
            Unit::new(PipelineWithJobs {
                pipeline: samples::pipeline(),
                jobs,
            })
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
        let unit = Unit::new(PipelineWithJobs {
            pipeline: samples::pipeline(),
            jobs: vec![first, later],
        });
        assert_eq!(unit.jobs.len(), 1);
        assert!(unit.jobs[0].value.retried);
    }
}
