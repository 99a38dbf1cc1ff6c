//! Rows of `issues` and `issue_trackers`.

use rusqlite::{Connection, params};
use serde::Serialize;

use crate::{Issue, StoreError, TrackerUpdate};

/// Writes an issue unless it is stored like that already, or newer.
pub(super) fn put(conn: &Connection, issue: &Issue) -> Result<usize, StoreError> {
    Ok(conn
        .prepare_cached(
            "INSERT INTO issues (project_path, iid, id, title, state, labels, assignees, author, web_url, created_at,
               updated_at, closed_at, blocks)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
             ON CONFLICT (project_path, iid) DO UPDATE SET
               id = excluded.id, title = excluded.title, state = excluded.state, labels = excluded.labels,
               assignees = excluded.assignees, author = excluded.author, web_url = excluded.web_url,
               created_at = excluded.created_at, updated_at = excluded.updated_at, closed_at = excluded.closed_at,
               blocks = excluded.blocks
             WHERE excluded.updated_at >= updated_at
               AND (id, title, state, labels, assignees, author, web_url, created_at, updated_at, closed_at, blocks)
               IS NOT (excluded.id, excluded.title, excluded.state, excluded.labels, excluded.assignees,
                       excluded.author, excluded.web_url, excluded.created_at, excluded.updated_at,
                       excluded.closed_at, excluded.blocks)",
        )?
        .execute(params![
            issue.key.project_path,
            issue.key.iid,
            issue.id,
            issue.title,
            issue.state,
            json(&issue.labels),
            json(&issue.assignees),
            issue.author,
            issue.web_url,
            issue.created_at.as_second(),
            issue.updated_at.as_second(),
            issue.closed_at.map(jiff::Timestamp::as_second),
            json(&issue.blocks),
        ])?)
}

/// Applies one step of reading a project's issues.
pub(super) fn put_tracker(conn: &Connection, update: &TrackerUpdate) -> Result<usize, StoreError> {
    Ok(conn
        .prepare_cached(
            "INSERT INTO issue_trackers (project_path, watermark, tried_at, refused, last_error, failures)
             VALUES (?1, ?2, ?3, ?4, ?5, ?5 IS NOT NULL)
             ON CONFLICT (project_path) DO UPDATE SET
               watermark = max(coalesce(watermark, excluded.watermark), coalesce(excluded.watermark, watermark)),
               tried_at = excluded.tried_at, refused = excluded.refused, last_error = excluded.last_error,
               failures = CASE WHEN excluded.last_error IS NULL THEN 0 ELSE failures + 1 END",
        )?
        .execute(params![
            update.project_path,
            update.watermark.map(jiff::Timestamp::as_second),
            update.at.as_second(),
            update.refused,
            update.error,
        ])?)
}

/// Lists of text and blocks cannot fail to be rendered.
fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "[]".to_owned())
}
