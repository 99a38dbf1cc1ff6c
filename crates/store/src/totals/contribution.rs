//! What counts where.

use super::bounds::{DURATION_BOUNDS, QUEUE_BOUNDS, bucket_of};
use super::job_fact::JobFact;
use crate::rollup::Fact;

/// Ids in `words` of the statuses that end a pipeline.
const FINISHED: [i64; 4] = [7, 8, 10, 11];
/// Id in `words` of `failed`.
const FAILED: i64 = 8;

/// What a row of `totals` counts; the numbers are those of the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Measure {
    PipelinesByRef = 1,
    PipelinesEnded = 2,
    PipelinesWaited = 3,
    PipelinesFailed = 4,
    JobsByRef = 5,
    JobsEnded = 6,
    JobsWaited = 7,
    JobsRetried = 8,
    JobsFlaky = 9,
}

/// Key of a row of `totals`, in the order of its primary key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) measure: Measure,
    pub(super) project_id: i64,
    pub(super) ref_id: i64,
    pub(super) ref_kind: i64,
    pub(super) source: i64,
    pub(super) stage: i64,
    pub(super) name: i64,
    pub(super) tags: i64,
    pub(super) status: i64,
    pub(super) failure_reason: i64,
    pub(super) bucket: i64,
}

impl Key {
    fn of(measure: Measure, project_id: i64) -> Self {
        Self {
            measure,
            project_id,
            ref_id: 0,
            ref_kind: 0,
            source: 0,
            stage: 0,
            name: 0,
            tags: 0,
            status: 0,
            failure_reason: 0,
            bucket: 0,
        }
    }
}

/// Calls `put` with each row a pipeline counts in, and the milliseconds it adds there.
pub(super) fn of_pipeline(fact: &Fact, mut put: impl FnMut(Key, i64)) {
    let key = |measure| Key {
        ref_kind: fact.ref_kind,
        source: fact.source.unwrap_or(0),
        ..Key::of(measure, fact.project_id)
    };
    let by_ref = Key {
        ref_id: fact.ref_id.unwrap_or(0),
        ..key(Measure::PipelinesByRef)
    };
    put(by_ref, 0);
    if !FINISHED.contains(&fact.status) {
        return;
    }
    let duration = fact.duration.map(|seconds| seconds * 1000);
    let ended = Key {
        status: fact.status,
        bucket: bucket(&DURATION_BOUNDS, duration),
        ..key(Measure::PipelinesEnded)
    };
    put(ended, duration.unwrap_or(0));
    if let Some(queued) = fact.queued {
        let waited = Key {
            bucket: bucket_of(&QUEUE_BOUNDS, queued),
            ..key(Measure::PipelinesWaited)
        };
        put(waited, queued);
    }
    if let (FAILED, Some(failure_reason)) = (fact.status, fact.failure_reason) {
        let failed = Key {
            failure_reason,
            ..Key::of(Measure::PipelinesFailed, fact.project_id)
        };
        put(failed, 0);
    }
}

/// Calls `put` with each row a job counts in, and the milliseconds it adds there.
pub(super) fn of_job(fact: &JobFact, mut put: impl FnMut(Key, i64)) {
    if !fact.ended() {
        return;
    }
    let by_ref = Key {
        ref_id: fact.ref_id,
        ref_kind: fact.ref_kind,
        source: fact.source,
        stage: fact.stage,
        name: fact.name,
        tags: fact.tags,
        failure_reason: fact.failure_reason,
        ..Key::of(Measure::JobsByRef, fact.project_id)
    };
    put(by_ref, 0);
    let ended = Key {
        ref_kind: fact.ref_kind,
        stage: fact.stage,
        tags: fact.tags,
        status: fact.status,
        failure_reason: fact.failure_reason,
        bucket: bucket(&DURATION_BOUNDS, fact.duration),
        ..Key::of(Measure::JobsEnded, fact.project_id)
    };
    put(ended, fact.duration.unwrap_or(0));
    if let Some(queued) = fact.queued {
        let waited = Key {
            tags: fact.tags,
            bucket: bucket_of(&QUEUE_BOUNDS, queued),
            ..Key::of(Measure::JobsWaited, fact.project_id)
        };
        put(waited, queued);
    }
    let named = |measure| Key {
        stage: fact.stage,
        name: fact.name,
        ..Key::of(measure, fact.project_id)
    };
    if fact.retried {
        put(named(Measure::JobsRetried), 0);
    }
    if fact.flaky {
        put(named(Measure::JobsFlaky), 0);
    }
}

fn bucket(bounds: &[i64], millis: Option<i64>) -> i64 {
    millis.map_or(0, |millis| bucket_of(bounds, millis))
}
