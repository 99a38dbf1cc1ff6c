//! Counters and histograms over everything stored, and over what was stored once.

use labtower_model::{ProjectId, RefKind};

use super::super::column;
use super::refs::kind_of;
use crate::{Reader, StoreError};

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SumKind {
    /// Pipelines created, by project, ref kind and source.
    Pipelines,
    /// Pipelines that ended, by project, ref kind, source, status and bucket of their duration.
    PipelinesEnded,
    /// Pipelines that ended, by project, ref kind, source and bucket of the time they waited.
    PipelinesWaited,
    /// Pipelines that failed themselves, by project and failure reason.
    PipelinesFailed,
    /// Job runs that ended, by project, ref kind, stage, tags, status, failure reason and bucket of their duration.
    JobsEnded,
    /// Job runs that ended, by project, tags and bucket of the time they waited.
    JobsWaited,
    /// Job runs that were retried, by project, stage and name.
    JobsRetried,
    /// Job runs that failed and passed when run again, by project, stage and name.
    JobsFlaky,
}

/// One sum. Texts by their id; 0 for none and for what is not told apart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sum {
    /// The project.
    pub project_id: ProjectId,
    /// What kind of thing the ref is.
    pub ref_kind: RefKind,
    /// What started the pipelines.
    pub source: i64,
    /// Stage of the jobs.
    pub stage: i64,
    /// Name of the jobs.
    pub name: i64,
    /// Runner tags of the jobs, joined by comma.
    pub tags: i64,
    /// How they ended.
    pub status: i64,
    /// Why they failed.
    pub failure_reason: i64,
    /// 1 for a time up to the first bound, and so on; 0 when there was nothing to measure.
    pub bucket: usize,
    /// How many.
    pub count: u64,
    /// Their times together: seconds.
    pub seconds: f64,
}

impl Reader<'_> {
    /// Calls `visit` with every sum of a kind, by project and then by the other properties' ids.
    pub fn sums(&self, kind: SumKind, mut visit: impl FnMut(&Sum)) -> Result<(), StoreError> {
        let measure = match kind {
            SumKind::Pipelines => {
                // Stored by ref, which would be too fine.
                let sql = "SELECT project_id, ref_kind, source, 0, 0, 0, 0, 0, 0, sum(count + gone), 0 FROM totals \
                     WHERE measure = 1 GROUP BY project_id, ref_kind, source";
                return self.visit_sums(sql, &[], &mut visit);
            }
            SumKind::PipelinesEnded => 2,
            SumKind::PipelinesWaited => 3,
            SumKind::PipelinesFailed => 4,
            SumKind::JobsEnded => 6,
            SumKind::JobsWaited => 7,
            SumKind::JobsRetried => 8,
            SumKind::JobsFlaky => 9,
        };
        let sql = "SELECT project_id, ref_kind, source, stage, name, tags, status, failure_reason, bucket, \
             count + gone, sum + gone_sum FROM totals WHERE measure = ?1";
        self.visit_sums(sql, &[measure], &mut visit)
    }

    fn visit_sums(
        &self,
        sql: &str,
        measure: &[i64],
        visit: &mut impl FnMut(&Sum),
    ) -> Result<(), StoreError> {
        let mut statement = self.conn.prepare_cached(sql)?;
        let mut rows = statement.query(rusqlite::params_from_iter(measure))?;
        while let Some(row) = rows.next()? {
            visit(&Sum {
                project_id: ProjectId(row.get(0)?),
                ref_kind: kind_of(row.get(1)?),
                source: row.get(2)?,
                stage: row.get(3)?,
                name: row.get(4)?,
                tags: row.get(5)?,
                status: row.get(6)?,
                failure_reason: row.get(7)?,
                bucket: row.get::<_, i64>(8)? as usize,
                count: column::count(row, 9)?,
                seconds: row.get::<_, i64>(10)? as f64 / 1000.0,
            });
        }
        Ok(())
    }
}
