//! Rows of `projects`.

use labtower_model::Project;
use rusqlite::{OptionalExtension, params};

use super::apply::Apply;
use crate::StoreError;
use crate::feed::ChangeKind;
use crate::prepare::Entity;

impl Apply<'_> {
    /// Writes a project when it differs from what is stored. GitLab gives projects no version,
    /// so the last write wins; a renamed or moved project keeps its id and gets its new path.
    pub(super) fn project(&mut self, project: &Entity<Project>) -> Result<(), StoreError> {
        let value = &project.value;
        let stored: Option<i64> = self
            .conn
            .prepare_cached("SELECT hash FROM projects WHERE id = ?1")?
            .query_row([value.id.get()], |row| row.get(0))
            .optional()?;
        if stored == Some(project.hash) {
            self.written.unchanged += 1;
            return Ok(());
        }
        self.conn
            .prepare_cached(
                "INSERT INTO projects (id, path_with_namespace, name, default_branch, visibility, archived, topics,
                                       web_url, created_at, hash)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
                 ON CONFLICT (id) DO UPDATE SET
                   path_with_namespace = excluded.path_with_namespace, name = excluded.name,
                   default_branch = excluded.default_branch, visibility = excluded.visibility,
                   archived = excluded.archived, topics = excluded.topics, web_url = excluded.web_url,
                   created_at = excluded.created_at, hash = excluded.hash",
            )?
            .execute(params![
                value.id.get(),
                value.path_with_namespace,
                value.name,
                value.default_branch,
                value.visibility,
                value.archived,
                serde_json::to_string(&value.topics).unwrap_or_default(),
                value.web_url,
                value.created_at.map(jiff::Timestamp::as_second),
                project.hash,
            ])?;
        self.default_branch(value.id.get())?;
        if stored.is_none() {
            // Its pipelines may have come first.
            self.pending.dirty_projects.insert(value.id.get());
        }
        self.written.changed_projects += 1;
        self.record(
            ChangeKind::Project,
            value.id.get(),
            value.id.get(),
            project.json.clone(),
        )
    }
}
