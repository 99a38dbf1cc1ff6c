//! What totals know of one job.

use rusqlite::Connection;

use crate::StoreError;
use crate::rollup::Fact;

/// Id in `words` of `success`.
const SUCCESS: i64 = 7;
/// Id in `words` of `failed`.
const FAILED: i64 = 8;
/// Ids in `words` of the statuses that end a job's run; a skipped job never ran.
pub(super) const ENDED: [i64; 3] = [SUCCESS, FAILED, 10];

/// What totals know of one job; texts by their id in `words`, 0 for none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct JobFact {
    pub(crate) project_id: i64,
    pub(crate) ref_id: i64,
    pub(crate) ref_kind: i64,
    pub(crate) source: i64,
    /// 0 build, 1 bridge, 2 external; only builds count.
    pub(crate) kind: i64,
    pub(crate) name: i64,
    pub(crate) stage: i64,
    pub(crate) tags: i64,
    pub(crate) status: i64,
    pub(crate) failure_reason: i64,
    /// Milliseconds.
    pub(crate) duration: Option<i64>,
    /// Milliseconds.
    pub(crate) queued: Option<i64>,
    pub(crate) retried: bool,
    /// Failed, and a newer run of the same job in the same pipeline succeeded.
    pub(crate) flaky: bool,
}

impl JobFact {
    /// Whether its run is over and counts.
    pub(super) fn ended(&self) -> bool {
        self.kind == 0 && ENDED.contains(&self.status)
    }

    /// The same job as part of `pipeline` as it is now.
    pub(crate) fn within(self, pipeline: &Fact) -> Self {
        Self {
            project_id: pipeline.project_id,
            ref_id: pipeline.ref_id.unwrap_or(0),
            ref_kind: pipeline.ref_kind,
            source: pipeline.source.unwrap_or(0),
            ..self
        }
    }
}

/// Finds the flaky ones among all jobs of one pipeline.
pub(crate) fn mark_flaky<'f>(jobs: impl Iterator<Item = &'f mut JobFact>) {
    let mut jobs: Vec<&mut JobFact> = jobs.collect();
    let passed: Vec<i64> = jobs
        .iter()
        .filter(|job| job.status == SUCCESS && job.kind == 0)
        .map(|job| job.name)
        .collect();
    for job in &mut jobs {
        job.flaky =
            job.kind == 0 && job.status == FAILED && job.retried && passed.contains(&job.name);
    }
}

/// The stored jobs of a pipeline: id, content hash, fact.
pub(crate) fn jobs_of(
    conn: &Connection,
    pipeline_id: i64,
    pipeline: &Fact,
) -> Result<Vec<(i64, i64, JobFact)>, StoreError> {
    let mut select = conn.prepare_cached(
        "SELECT id, hash, kind, name, coalesce(stage, 0), coalesce(tags, 0), status, coalesce(failure_reason, 0),
                duration, queued_duration, retried
         FROM jobs WHERE pipeline_id = ?1",
    )?;
    let rows = select.query_map([pipeline_id], |row| {
        let fact = JobFact {
            project_id: 0,
            ref_id: 0,
            ref_kind: 0,
            source: 0,
            kind: row.get(2)?,
            name: row.get(3)?,
            stage: row.get(4)?,
            tags: row.get(5)?,
            status: row.get(6)?,
            failure_reason: row.get(7)?,
            duration: row.get::<_, Option<i64>>(8)?.map(|seconds| seconds * 1000),
            queued: row.get::<_, Option<f64>>(9)?.map(millis),
            retried: row.get(10)?,
            flaky: false,
        };
        Ok((row.get(0)?, row.get(1)?, fact.within(pipeline)))
    })?;
    let mut jobs = rows.collect::<Result<Vec<_>, _>>()?;
    mark_flaky(jobs.iter_mut().map(|(_, _, fact)| fact));
    Ok(jobs)
}

/// Seconds as whole milliseconds, rounded as SQLite's `round` does.
pub(crate) fn millis(seconds: f64) -> i64 {
    (seconds * 1000.0).round() as i64
}
