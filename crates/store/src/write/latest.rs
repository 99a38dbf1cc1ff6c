//! `projects.latest_*`: the newest pipeline of each project, so that a table of all projects needs no search.

use std::collections::BTreeSet;

use rusqlite::Connection;

use crate::StoreError;

/// Brings `latest_*` of these projects up to date with the pipelines stored now.
/// Looking it up again, instead of tracking what changed, is one seek in an index and cannot drift.
pub(super) fn refresh(conn: &Connection, projects: &BTreeSet<i64>) -> Result<(), StoreError> {
    let mut update = conn.prepare_cached(
        "UPDATE projects SET (latest_created_at, latest_pipeline_id, latest_status) = (
           SELECT created_at, id, status FROM pipelines WHERE project_id = ?1
           ORDER BY created_at DESC, id DESC LIMIT 1)
         WHERE id = ?1",
    )?;
    for project in projects {
        update.execute([project])?;
    }
    Ok(())
}
