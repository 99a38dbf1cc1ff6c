//! What goes with pipelines past retention.

use rusqlite::Connection;

use crate::StoreError;

/// Deletes the test report of a pipeline.
pub(super) fn test_report(conn: &Connection, pipeline: i64) -> Result<(), StoreError> {
    for table in ["test_reports", "test_suites", "test_cases"] {
        conn.prepare_cached(&format!("DELETE FROM {table} WHERE pipeline_id = ?1"))?
            .execute([pipeline])?;
    }
    Ok(())
}

/// Deletes deployments created before (unix seconds), but never the newest of an environment: that is what runs there.
pub(super) fn deployments(conn: &Connection, before: i64) -> Result<(), StoreError> {
    conn.prepare_cached(
        "DELETE FROM deployments AS old WHERE created_at < ?1 AND EXISTS (
           SELECT 1 FROM deployments newer WHERE newer.environment_id = old.environment_id
             AND (newer.created_at, newer.id) > (old.created_at, old.id))",
    )?
    .execute([before])?;
    Ok(())
}
