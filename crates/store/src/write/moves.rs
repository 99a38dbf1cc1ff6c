//! Rows of `moves`: when anything about a project's pipelines last changed here.

use std::collections::BTreeMap;

use rusqlite::Connection;

use crate::StoreError;

/// Projects whose pipelines or jobs this transaction changed, and GitLab's clock when that was read.
#[derive(Debug, Default)]
pub(super) struct Moves {
    projects: BTreeMap<i64, i64>,
}

impl Moves {
    /// Something of the project was written.
    pub(super) fn add(&mut self, project_id: i64, read_at: i64) {
        let moved_at = self.projects.entry(project_id).or_insert(read_at);
        *moved_at = read_at.max(*moved_at);
    }

    /// Writes them as of the generation this transaction makes.
    pub(super) fn save(&self, conn: &Connection, generation: i64) -> Result<(), StoreError> {
        let mut put = conn.prepare_cached(
            "INSERT INTO moves (project_id, generation, moved_at) VALUES (?1, ?2, ?3)
             ON CONFLICT (project_id) DO UPDATE SET
               generation = excluded.generation, moved_at = max(moved_at, excluded.moved_at)",
        )?;
        for (project_id, moved_at) in &self.projects {
            put.execute([project_id, &generation, moved_at])?;
        }
        Ok(())
    }
}
