//! Counting anew what an older version counted otherwise.

use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

use crate::StoreError;

/// Calls `rebuild` unless the file says at `key` of `meta` that `version` counted; it says so in the same transaction.
pub(crate) fn settle(
    conn: &mut Connection,
    key: &str,
    version: i64,
    rebuild: impl FnOnce(&Connection) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let counted: Option<i64> = conn
        .query_row("SELECT value FROM meta WHERE key = ?1", [key], |row| {
            row.get(0)
        })
        .optional()?;
    if counted == Some(version) {
        return Ok(());
    }
    let has_rows: bool = conn.query_row("SELECT EXISTS (SELECT 1 FROM pipelines)", [], |row| {
        row.get(0)
    })?;
    if has_rows {
        tracing::info!(
            what = key,
            "counting the stored pipelines anew, once after an upgrade or an import"
        );
    }
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    rebuild(&tx)?;
    tx.execute(
        "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        (key, version),
    )?;
    tx.commit()?;
    Ok(())
}
