//! What goes with pipelines, past retention or gone from GitLab.

use rusqlite::{Connection, OptionalExtension};

use super::{failures, pipelines::fact_of};
use crate::rollup::{Fact, Facts};
use crate::{StoreError, totals};

/// Deletes a pipeline with everything that belongs to it, and takes out of `facts` what it counted for.
/// Returns what it was and the ids of its jobs; none when it is not stored.
pub(super) fn pipeline(
    conn: &Connection,
    id: i64,
    facts: &mut Facts,
) -> Result<Option<(Fact, Vec<i64>)>, StoreError> {
    let fact = conn
        .prepare_cached(
            "DELETE FROM pipelines WHERE id = ?1
             RETURNING id, project_id, ref, created_at, status, ref_kind, source, duration,
               queued_duration, failure_reason",
        )?
        .query_row([id], |row| fact_of(row, 0))
        .optional()?;
    let Some(fact) = fact else {
        return Ok(None);
    };
    let mut jobs = Vec::new();
    for (job, _, counted) in totals::jobs_of(conn, id, &fact)? {
        facts.remove_job(counted);
        jobs.push(job);
    }
    conn.prepare_cached("DELETE FROM jobs WHERE pipeline_id = ?1")?
        .execute([id])?;
    test_report(conn, id)?;
    failures::forget(conn, id)?;
    trace(conn, id)?;
    facts.remove(fact);
    Ok(Some((fact, jobs)))
}

/// Deletes the test report of a pipeline, and what is known of its artifacts.
fn test_report(conn: &Connection, pipeline: i64) -> Result<(), StoreError> {
    for table in ["test_reports", "test_suites", "test_cases", "job_artifacts"] {
        conn.prepare_cached(&format!("DELETE FROM {table} WHERE pipeline_id = ?1"))?
            .execute([pipeline])?;
    }
    Ok(())
}

/// Deletes what is known of a pipeline's trace: it cannot be sent again.
fn trace(conn: &Connection, pipeline: i64) -> Result<(), StoreError> {
    conn.prepare_cached("DELETE FROM traces WHERE pipeline_id = ?1")?
        .execute([pipeline])?;
    Ok(())
}

/// Old deployments, but never the newest of an environment: that is what runs there.
const OLD: &str = "created_at < ?1 AND EXISTS (
    SELECT 1 FROM deployments newer WHERE newer.environment_id = old.environment_id
      AND (newer.created_at, newer.id) > (old.created_at, old.id))";

/// Deletes deployments created before (unix seconds); counters go on counting them.
pub(super) fn deployments(conn: &Connection, before: i64) -> Result<(), StoreError> {
    conn.prepare_cached(&format!(
        "INSERT INTO deployments_gone (environment_id, status, count)
         SELECT environment_id, status, count(*) FROM deployments AS old WHERE {OLD} GROUP BY environment_id, status
         ON CONFLICT DO UPDATE SET count = count + excluded.count"
    ))?
    .execute([before])?;
    conn.prepare_cached(&format!("DELETE FROM deployments AS old WHERE {OLD}"))?
        .execute([before])?;
    Ok(())
}
