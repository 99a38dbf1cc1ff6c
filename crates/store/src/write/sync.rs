//! Rows of `sync_projects`, `sync_run`, `problems`, and the mark of a complete history.

use rusqlite::{Connection, params};

use crate::{StoreError, SyncUpdate};

/// Applies one step; returns how many rows it changed.
pub(super) fn apply(conn: &Connection, update: &SyncUpdate) -> Result<usize, StoreError> {
    let rows = match update {
        SyncUpdate::Discovered { project_id, .. } => conn
            .prepare_cached(
                // A project that comes back goes on where it was when it vanished.
                "INSERT INTO sync_projects (project_id, state) VALUES (?1, 'pending')
                 ON CONFLICT (project_id) DO UPDATE SET
                   state = CASE WHEN backfill_stage IS NOT NULL THEN 'backfilling'
                                WHEN watermark IS NOT NULL THEN 'live'
                                ELSE 'pending' END,
                   last_error = NULL, failures = 0
                 WHERE state = 'missing'",
            )?
            .execute([project_id.get()])?,
        SyncUpdate::Polled {
            project_id,
            watermark,
            at,
        } => conn
            .prepare_cached(
                "INSERT INTO sync_projects (project_id, state, watermark, last_success_at)
                 VALUES (?1, 'pending', ?2, ?3)
                 ON CONFLICT (project_id) DO UPDATE SET
                   watermark = max(coalesce(watermark, excluded.watermark), excluded.watermark),
                   last_success_at = excluded.last_success_at, last_error = NULL, failures = 0",
            )?
            .execute(params![
                project_id.get(),
                watermark.as_second(),
                at.as_second()
            ])?,
        SyncUpdate::BackfillStarted {
            project_id,
            from,
            total,
            watermark,
        } => conn
            .prepare_cached(
                "INSERT INTO sync_projects (project_id, state, watermark, backfill_from, backfill_stage, backfill_total)
                 VALUES (?1, 'backfilling', ?2, ?3, 'own', ?4)
                 ON CONFLICT (project_id) DO UPDATE SET
                   state = 'backfilling',
                   watermark = max(coalesce(watermark, excluded.watermark), excluded.watermark),
                   backfill_from = excluded.backfill_from, backfill_stage = 'own', backfill_cursor = NULL,
                   backfill_total = excluded.backfill_total, rows = 0, requests = 0",
            )?
            .execute(params![
                project_id.get(),
                watermark.as_second(),
                from.as_second(),
                *total as i64
            ])?,
        SyncUpdate::BackfillPage {
            project_id,
            stage,
            cursor,
            rows,
            requests,
        } => conn
            .prepare_cached(
                "UPDATE sync_projects SET backfill_stage = ?2, backfill_cursor = ?3,
                   rows = rows + ?4, requests = requests + ?5, last_error = NULL, failures = 0
                 WHERE project_id = ?1",
            )?
            .execute(params![
                project_id.get(),
                stage.as_str(),
                cursor,
                *rows as i64,
                requests
            ])?,
        SyncUpdate::BackfillDone { project_id, at } => conn
            .prepare_cached(
                "UPDATE sync_projects SET state = 'live', backfill_stage = NULL, backfill_cursor = NULL,
                   last_success_at = ?2, last_error = NULL, failures = 0
                 WHERE project_id = ?1",
            )?
            .execute(params![project_id.get(), at.as_second()])?,
        SyncUpdate::Failed {
            project_id, error, ..
        } => conn
            .prepare_cached(
                "INSERT INTO sync_projects (project_id, state, last_error, failures) VALUES (?1, 'pending', ?2, 1)
                 ON CONFLICT (project_id) DO UPDATE SET
                   last_error = excluded.last_error, failures = failures + 1",
            )?
            .execute(params![project_id.get(), error])?,
        SyncUpdate::Missing { project_id, .. } => conn
            .prepare_cached(
                "INSERT INTO sync_projects (project_id, state) VALUES (?1, 'missing')
                 ON CONFLICT (project_id) DO UPDATE SET state = 'missing' WHERE state <> 'missing'",
            )?
            .execute([project_id.get()])?,
        SyncUpdate::Run(status) => {
            let json = serde_json::to_string(status).map_err(|error| StoreError::Corrupt {
                what: "the progress".to_owned(),
                detail: error.to_string(),
            })?;
            conn.prepare_cached(
                "INSERT INTO sync_run (id, json) VALUES (1, ?1)
                 ON CONFLICT (id) DO UPDATE SET json = excluded.json WHERE json <> excluded.json",
            )?
            .execute([json])?
        }
        SyncUpdate::Problem { scope, message, at } => conn
            .prepare_cached(
                "INSERT INTO problems (scope, message, since, last_at, count) VALUES (?1, ?2, ?3, ?3, 1)
                 ON CONFLICT (scope) DO UPDATE SET
                   message = excluded.message, last_at = excluded.last_at, count = count + 1",
            )?
            .execute(params![scope, message, at.as_second()])?,
        SyncUpdate::Solved { scope } => conn
            .prepare_cached("DELETE FROM problems WHERE scope = ?1")?
            .execute([scope])?,
        SyncUpdate::Activity(update) => super::activity_state::apply(conn, update)?,
        SyncUpdate::Part(update) => super::parts::apply(conn, update)?,
        SyncUpdate::Sink(update) => super::sinks::apply(conn, update)?,
        SyncUpdate::Inbox(update) => {
            super::inbox::apply(conn, update)?;
            0
        }
        SyncUpdate::Completeness(update) => super::completeness::apply(conn, update)?,
        SyncUpdate::HistoryComplete { at } => conn
            .prepare_cached(
                "INSERT INTO meta (key, value) VALUES ('history_complete_at', ?1) ON CONFLICT (key) DO NOTHING",
            )?
            .execute([at.as_second()])?,
    };
    Ok(rows)
}
