//! Rows of `failed_jobs`: they follow the jobs, in the same transaction.

use std::collections::HashSet;

use labtower_model::Status;
use rusqlite::{Connection, params};

use super::super::apply::Apply;
use crate::StoreError;
use crate::prepare::Unit;
use crate::rollup::Fact;

/// Id in `words` of `failed`.
const FAILED: i64 = 8;

/// Job or pipeline is allowed to fail.
const ALLOWED: i64 = 1;
/// A newer run replaced it.
const RETRIED: i64 = 2;
/// Its pipeline ran on the project's default branch.
const ON_DEFAULT: i64 = 4;

/// A row that changes nothing stays, for what was found out about it to stay.
const PUT: &str =
    "INSERT INTO failed_jobs (job_id, pipeline_id, project_id, source, ref, night_at, created_at, name, flags)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
     ON CONFLICT (job_id) DO UPDATE SET
       pipeline_id = excluded.pipeline_id, project_id = excluded.project_id, source = excluded.source,
       ref = excluded.ref, night_at = excluded.night_at, created_at = excluded.created_at, name = excluded.name,
       flags = excluded.flags
     WHERE (pipeline_id, project_id, source, ref, night_at, created_at, name, flags)
       IS NOT (excluded.pipeline_id, excluded.project_id, excluded.source, excluded.ref, excluded.night_at,
               excluded.created_at, excluded.name, excluded.flags)";

impl Apply<'_> {
    /// Makes the rows of a pipeline's failed jobs say what was just written. `stored`: the pipeline was there before.
    pub(in crate::write) fn failed_jobs(
        &mut self,
        unit: &Unit,
        pipeline: &Fact,
        stored: bool,
    ) -> Result<(), StoreError> {
        let failed: Vec<_> = unit
            .jobs
            .iter()
            .map(|job| &job.value)
            .filter(|job| job.status == Status::Failed)
            .collect();
        if failed.is_empty() && pipeline.status != FAILED && !stored {
            return Ok(());
        }
        let mut gone: HashSet<i64> = if stored {
            self.stored_failed_jobs(pipeline.id)?
        } else {
            HashSet::new()
        };
        let on_default = if failed.is_empty() && pipeline.status != FAILED {
            0
        } else {
            self.on_default(pipeline)?
        };
        let mut put = self.conn.prepare_cached(PUT)?;
        let alone = pipeline.status == FAILED && failed.iter().all(|job| job.retried);
        if alone {
            gone.remove(&-pipeline.id);
            put.execute(params![
                -pipeline.id,
                pipeline.id,
                pipeline.project_id,
                pipeline.source.unwrap_or(0),
                pipeline.ref_id.unwrap_or(0),
                pipeline.created_at,
                pipeline.created_at,
                0,
                on_default
            ])?;
        }
        for job in failed {
            gone.remove(&job.id.get());
            let name = self.memory.words.id(self.conn, &job.name)?;
            let flags = ALLOWED * i64::from(job.allow_failure)
                + RETRIED * i64::from(job.retried)
                + on_default;
            put.execute(params![
                job.id.get(),
                pipeline.id,
                pipeline.project_id,
                pipeline.source.unwrap_or(0),
                pipeline.ref_id.unwrap_or(0),
                pipeline.created_at,
                job.created_at.as_second(),
                name,
                flags
            ])?;
        }
        for job in gone {
            forget_job(self.conn, job)?;
        }
        Ok(())
    }

    /// The project's default branch may have changed.
    pub(in crate::write) fn default_branch(&self, project: i64) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "UPDATE failed_jobs SET flags = (flags & 3) + ?2 * EXISTS (
                   SELECT 1 FROM projects r JOIN words w ON w.text = r.default_branch
                   JOIN pipelines p ON p.id = failed_jobs.pipeline_id
                   WHERE r.id = ?1 AND w.id = failed_jobs.ref AND p.ref_kind = 0)
                 WHERE project_id = ?1",
            )?
            .execute([project, ON_DEFAULT])?;
        Ok(())
    }

    fn stored_failed_jobs(&self, pipeline: i64) -> Result<HashSet<i64>, StoreError> {
        let mut select = self
            .conn
            .prepare_cached("SELECT job_id FROM failed_jobs WHERE pipeline_id = ?1")?;
        let ids = select.query_map([pipeline], |row| row.get(0))?;
        Ok(ids.collect::<Result<_, _>>()?)
    }

    fn on_default(&self, pipeline: &Fact) -> Result<i64, StoreError> {
        if pipeline.ref_kind != 0 {
            return Ok(0);
        }
        let on_default: bool = self
            .conn
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM projects r JOIN words w ON w.text = r.default_branch
                 WHERE r.id = ?1 AND w.id = ?2)",
            )?
            .query_row((pipeline.project_id, pipeline.ref_id), |row| row.get(0))?;
        Ok(ON_DEFAULT * i64::from(on_default))
    }
}

/// Deletes what is known of the failures of a pipeline that goes. What people said stays.
pub(in crate::write) fn forget(conn: &Connection, pipeline: i64) -> Result<(), StoreError> {
    let mut select =
        conn.prepare_cached("SELECT job_id FROM failed_jobs WHERE pipeline_id = ?1")?;
    let jobs: Vec<i64> = select
        .query_map([pipeline], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    jobs.into_iter().try_for_each(|job| forget_job(conn, job))
}

/// Deletes what green runs printed that was read before (unix seconds).
pub(in crate::write) fn forget_green(conn: &Connection, before: i64) -> Result<(), StoreError> {
    conn.prepare_cached("DELETE FROM green_lines WHERE read_at < ?1")?
        .execute([before])?;
    Ok(())
}

fn forget_job(conn: &Connection, job: i64) -> Result<(), StoreError> {
    for table in [
        "failed_jobs",
        "reasons",
        "trace_tries",
        "dependency_changes",
    ] {
        conn.prepare_cached(&format!("DELETE FROM {table} WHERE job_id = ?1"))?
            .execute([job])?;
    }
    Ok(())
}
