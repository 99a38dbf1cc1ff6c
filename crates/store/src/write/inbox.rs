//! Rows of `inbox` and `inbox_counts`.

use rusqlite::{Connection, OptionalExtension, params};

use crate::{InboxUpdate, StoreError};

/// Applies one step.
pub(super) fn apply(conn: &Connection, update: &InboxUpdate) -> Result<(), StoreError> {
    match update {
        InboxUpdate::Received(hook) => {
            let new = conn
                .prepare_cached(
                    "INSERT INTO inbox (key, kind, received_at, state, body) VALUES (?1, ?2, ?3, 0, ?4)
                     ON CONFLICT (key) DO NOTHING",
                )?
                .execute(params![hook.key, hook.kind, hook.at.as_second(), hook.body])?;
            let outcome = if new == 0 { "repeated" } else { "received" };
            count(conn, &hook.kind, outcome, hook.at.as_second())
        }
        InboxUpdate::Settled { id, outcome, error } => {
            let settled: Option<(String, i64)> = conn
                .prepare_cached(
                    "UPDATE inbox SET state = ?2, error = ?3, body = CASE WHEN ?3 IS NULL THEN NULL ELSE body END
                     WHERE id = ?1 AND state = 0 RETURNING kind, received_at",
                )?
                .query_row(params![id, outcome.state(), error], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })
                .optional()?;
            settled.map_or(Ok(()), |(kind, at)| {
                count(conn, &kind, outcome.as_str(), at)
            })
        }
        InboxUpdate::Forget { before } => {
            conn.prepare_cached("DELETE FROM inbox WHERE state > 0 AND received_at < ?1")?
                .execute([before.as_second()])?;
            Ok(())
        }
    }
}

fn count(conn: &Connection, kind: &str, outcome: &str, at: i64) -> Result<(), StoreError> {
    conn.prepare_cached(
        "INSERT INTO inbox_counts (kind, outcome, count, last_at) VALUES (?1, ?2, 1, ?3)
         ON CONFLICT (kind, outcome) DO UPDATE SET
           count = count + 1, last_at = max(last_at, excluded.last_at)",
    )?
    .execute(params![kind, outcome, at])?;
    Ok(())
}
