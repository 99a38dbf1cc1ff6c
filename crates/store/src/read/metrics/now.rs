//! What runs and waits now.

use jiff::Timestamp;
use labtower_model::{ProjectId, RunnerId};

use super::super::column;
use crate::{Reader, StoreError};

/// Pipelines of a project that are under way in one status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActivePipelines {
    /// The project.
    pub project_id: ProjectId,
    /// Where they stand: id of its text.
    pub status: i64,
    /// How many.
    pub count: u64,
}

/// Jobs that are pending or running with the same tags in one project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActiveJobs {
    /// The project.
    pub project_id: ProjectId,
    /// Runner tags, joined by comma: id of their text, 0 for none.
    pub tags: i64,
    /// Pending or running: id of its text.
    pub status: i64,
    /// How many.
    pub count: u64,
    /// Since when the first of them runs, or waits: since its creation, or since the stages before it ended.
    pub oldest: Timestamp,
}

impl Reader<'_> {
    /// Pipelines under way: neither finished nor waiting for a person or a time.
    pub fn active_pipelines(&self) -> Result<Vec<ActivePipelines>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT project_id, status, count(*) FROM pipelines INDEXED BY pipelines_by_status \
             WHERE status IN (1, 2, 3, 4, 5, 6, 9) GROUP BY project_id, status ORDER BY project_id, status",
        )?;
        let rows = statement.query_map([], |row| {
            Ok(ActivePipelines {
                project_id: ProjectId(row.get(0)?),
                status: row.get(1)?,
                count: column::count(row, 2)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Builds that are pending or running.
    ///
    /// GitLab tells when a job was created and when it started, not when it became pending; the end of what ran
    /// before it in other stages of its pipeline is the next best.
    pub fn active_jobs(&self) -> Result<Vec<ActiveJobs>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT project_id, tags, status, count(*), min(since) FROM ( \
               SELECT j.project_id, coalesce(j.tags, 0) AS tags, j.status, coalesce(j.started_at, max(j.created_at, coalesce( \
                 (SELECT max(b.finished_at) FROM jobs b WHERE b.pipeline_id = j.pipeline_id AND b.stage IS NOT j.stage), \
                 j.created_at))) AS since \
               FROM jobs j INDEXED BY jobs_active WHERE j.status BETWEEN 5 AND 6 AND j.kind = 0) \
             GROUP BY project_id, tags, status ORDER BY project_id, tags, status",
        )?;
        let rows = statement.query_map([], |row| {
            Ok(ActiveJobs {
                project_id: ProjectId(row.get(0)?),
                tags: row.get(1)?,
                status: row.get(2)?,
                count: column::count(row, 3)?,
                oldest: column::time(row, 4)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How many jobs each runner runs now.
    pub fn running_by_runner(&self) -> Result<Vec<(RunnerId, u64)>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT runner_id, count(*) FROM jobs INDEXED BY jobs_active \
             WHERE status BETWEEN 5 AND 6 AND status = 6 AND runner_id IS NOT NULL GROUP BY runner_id ORDER BY runner_id",
        )?;
        let rows = statement.query_map([], |row| {
            Ok((RunnerId(row.get(0)?), column::count(row, 1)?))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
