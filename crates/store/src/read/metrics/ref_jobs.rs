//! The newest jobs of a ref.

use jiff::Timestamp;
use labtower_model::{JobId, PipelineId, ProjectId, RefKind, RunnerId};

use super::super::column;
use super::refs::kind_id;
use crate::{Reader, StoreError};

/// Child pipelines of child pipelines: GitLab allows two levels.
const LEVELS: usize = 3;

/// The newest run of a job, or how often it ran. Texts by their id, 0 for none.
#[derive(Debug, Clone, PartialEq)]
pub struct RefJob {
    /// The job.
    pub id: JobId,
    /// Its name.
    pub name: i64,
    /// Its stage.
    pub stage: i64,
    /// Runner tags, joined by comma.
    pub tags: i64,
    /// Where it stands.
    pub status: i64,
    /// Why it failed.
    pub failure_reason: i64,
    /// Whether a failure leaves the pipeline green.
    pub allow_failure: bool,
    /// When it was created.
    pub created_at: Timestamp,
    /// Running time: seconds.
    pub duration: Option<i64>,
    /// Time it waited for a runner: seconds.
    pub queued_duration: Option<f64>,
    /// Size of its artifacts: bytes; absent when it has none, or its pipeline has not finished.
    pub artifact_size: Option<u64>,
    /// Runner that took it.
    pub runner_id: Option<RunnerId>,
}

/// How often a job ran on a ref. Texts by their id, 0 for none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefJobRuns {
    /// What started its pipelines.
    pub source: i64,
    /// Its stage.
    pub stage: i64,
    /// Its name.
    pub name: i64,
    /// Runner tags, joined by comma.
    pub tags: i64,
    /// Why these runs failed.
    pub failure_reason: i64,
    /// Runs that ended.
    pub count: u64,
}

impl Reader<'_> {
    /// Calls `visit` with each job of a pipeline and of its child pipelines; bridges and retried runs are left out.
    pub fn ref_jobs(
        &self,
        project: ProjectId,
        pipeline: PipelineId,
        mut visit: impl FnMut(&RefJob),
    ) -> Result<(), StoreError> {
        let mut jobs = self.conn.prepare_cached(
            "SELECT id, kind, name, coalesce(stage, 0), coalesce(tags, 0), status, coalesce(failure_reason, 0), \
             allow_failure, created_at, duration, queued_duration, runner_id, downstream_pipeline_id, \
             (SELECT size FROM job_artifacts a WHERE a.pipeline_id = jobs.pipeline_id AND a.job_id = jobs.id) \
             FROM jobs WHERE pipeline_id = ?1 AND retried = 0 ORDER BY id",
        )?;
        let mut is_child = self.conn.prepare_cached(
            "SELECT 1 FROM pipelines p JOIN words w ON w.id = p.source \
             WHERE p.id = ?1 AND p.project_id = ?2 AND w.text = 'parent_pipeline'",
        )?;
        let mut level = vec![pipeline.get()];
        for _ in 0..LEVELS {
            let mut next = Vec::new();
            for id in level {
                let mut rows = jobs.query([id])?;
                while let Some(row) = rows.next()? {
                    if row.get::<_, i64>(1)? == 0 {
                        visit(&job(row)?);
                    } else if let Some(downstream) = row.get::<_, Option<i64>>(12)? {
                        next.push(downstream);
                    }
                }
            }
            level = Vec::new();
            for id in next {
                if is_child.exists((id, project.get()))? {
                    level.push(id);
                }
            }
        }
        Ok(())
    }

    /// How often jobs ran on a ref: calls `visit` with each job, source and failure reason.
    pub fn ref_job_runs(
        &self,
        project: ProjectId,
        ref_id: i64,
        kind: RefKind,
        mut visit: impl FnMut(&RefJobRuns),
    ) -> Result<(), StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT source, stage, name, tags, failure_reason, count + gone FROM totals \
             WHERE measure = 5 AND project_id = ?1 AND ref = ?2 AND ref_kind = ?3",
        )?;
        let mut rows = statement.query((project.get(), ref_id, kind_id(kind)))?;
        while let Some(row) = rows.next()? {
            visit(&RefJobRuns {
                source: row.get(0)?,
                stage: row.get(1)?,
                name: row.get(2)?,
                tags: row.get(3)?,
                failure_reason: row.get(4)?,
                count: column::count(row, 5)?,
            });
        }
        Ok(())
    }
}

fn job(row: &rusqlite::Row<'_>) -> rusqlite::Result<RefJob> {
    Ok(RefJob {
        id: JobId(row.get(0)?),
        name: row.get(2)?,
        stage: row.get(3)?,
        tags: row.get(4)?,
        status: row.get(5)?,
        failure_reason: row.get(6)?,
        allow_failure: row.get(7)?,
        created_at: column::time(row, 8)?,
        duration: row.get(9)?,
        queued_duration: row.get(10)?,
        runner_id: row.get::<_, Option<i64>>(11)?.map(RunnerId),
        artifact_size: column::count_or_none(row, 13)?,
    })
}
