//! What goes with pipelines past retention.

use rusqlite::Connection;

use crate::StoreError;

/// Deletes the test report of a pipeline, and what is known of its artifacts.
pub(super) fn test_report(conn: &Connection, pipeline: i64) -> Result<(), StoreError> {
    for table in ["test_reports", "test_suites", "test_cases", "job_artifacts"] {
        conn.prepare_cached(&format!("DELETE FROM {table} WHERE pipeline_id = ?1"))?
            .execute([pipeline])?;
    }
    Ok(())
}

/// Deletes what is known of a pipeline's trace: it cannot be sent again.
pub(super) fn trace(conn: &Connection, pipeline: i64) -> Result<(), StoreError> {
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
