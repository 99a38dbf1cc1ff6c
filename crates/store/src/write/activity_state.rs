//! Rows of `sync_activity`.

use rusqlite::{Connection, params};

use crate::{ActivityUpdate, StoreError};

/// Applies one step; returns how many rows it changed.
pub(super) fn apply(conn: &Connection, update: &ActivityUpdate) -> Result<usize, StoreError> {
    let rows = match update {
        ActivityUpdate::Started {
            project_id,
            watermark,
            cursor,
            at,
        } => conn
            .prepare_cached(
                "INSERT INTO sync_activity (project_id, watermark, backfill_cursor, complete_at)
                 VALUES (?1, ?2, ?3, iif(?3 IS NULL, ?4, NULL))
                 ON CONFLICT (project_id) DO UPDATE SET
                   watermark = max(coalesce(watermark, excluded.watermark), excluded.watermark),
                   backfill_cursor = excluded.backfill_cursor, complete_at = excluded.complete_at",
            )?
            .execute(params![
                project_id.get(),
                watermark.as_second(),
                cursor,
                at.as_second()
            ])?,
        ActivityUpdate::Page {
            project_id,
            cursor,
            at,
        } => conn
            .prepare_cached(
                "UPDATE sync_activity SET backfill_cursor = ?2, complete_at = iif(?2 IS NULL, ?3, NULL)
                 WHERE project_id = ?1",
            )?
            .execute(params![project_id.get(), cursor, at.as_second()])?,
        ActivityUpdate::Polled {
            project_id,
            watermark,
        } => conn
            .prepare_cached("UPDATE sync_activity SET watermark = ?2 WHERE project_id = ?1 AND watermark < ?2")?
            .execute([project_id.get(), watermark.as_second()])?,
        ActivityUpdate::CommitsRead {
            project_id,
            from,
            counted,
            covered,
            last_activity_at,
            read_at,
        } => conn
            .prepare_cached(
                "UPDATE sync_activity SET commits_from = ?2, commits_counted = ?3, commits_covered = ?4,
                   last_activity_at = ?5, commits_read_at = ?6
                 WHERE project_id = ?1",
            )?
            .execute(params![
                project_id.get(),
                from.as_second(),
                counted,
                covered,
                last_activity_at.map(jiff::Timestamp::as_second),
                read_at.as_second(),
            ])?,
    };
    Ok(rows)
}
