//! Rows of `commits` and `project_statistics`.

use labtower_model::{Commit, ProjectStatistics};
use rusqlite::params;

use super::apply::Apply;
use super::pipelines::Sha;
use crate::StoreError;
use crate::feed::ChangeKind;
use crate::prepare::Entity;

impl Apply<'_> {
    /// Writes a commit that is not stored yet; one that is never differs.
    pub(super) fn commit(&mut self, commit: &Entity<Commit>) -> Result<(), StoreError> {
        let value = &commit.value;
        let author_name = self
            .memory
            .words
            .optional(self.conn, value.author_name.as_deref())?;
        let inserted = self
            .conn
            .prepare_cached(
                "INSERT INTO commits (project_id, sha, committed_at, authored_at, author_name, title)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
            )?
            .execute(params![
                value.project_id.get(),
                Sha::of(&value.sha),
                value.committed_at.as_second(),
                value.authored_at.map(jiff::Timestamp::as_second),
                author_name,
                value.title,
            ])?;
        if inserted == 0 {
            self.written.unchanged += 1;
            return Ok(());
        }
        self.written.new_commits += 1;
        // A commit has no number; its body tells which one it is.
        self.record(
            ChangeKind::Commit,
            0,
            value.project_id.get(),
            commit.json.clone(),
        )
    }

    /// Writes a project's statistics when they differ from those stored.
    pub(super) fn statistics(
        &mut self,
        value: &ProjectStatistics,
        read_at: i64,
    ) -> Result<(), StoreError> {
        let changed = self
            .conn
            .prepare_cached(
                "INSERT INTO project_statistics (project_id, commit_count, storage_size, repository_size,
                   lfs_objects_size, job_artifacts_size, pipeline_artifacts_size, packages_size,
                   container_registry_size, wiki_size, snippets_size, uploads_size, read_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
                 ON CONFLICT (project_id) DO UPDATE SET
                   commit_count = excluded.commit_count, storage_size = excluded.storage_size,
                   repository_size = excluded.repository_size, lfs_objects_size = excluded.lfs_objects_size,
                   job_artifacts_size = excluded.job_artifacts_size,
                   pipeline_artifacts_size = excluded.pipeline_artifacts_size,
                   packages_size = excluded.packages_size,
                   container_registry_size = excluded.container_registry_size, wiki_size = excluded.wiki_size,
                   snippets_size = excluded.snippets_size, uploads_size = excluded.uploads_size,
                   read_at = excluded.read_at
                 WHERE read_at <= excluded.read_at AND
                   (commit_count, storage_size, repository_size, lfs_objects_size, job_artifacts_size,
                    pipeline_artifacts_size, packages_size, container_registry_size, wiki_size, snippets_size,
                    uploads_size)
                   IS NOT
                   (excluded.commit_count, excluded.storage_size, excluded.repository_size,
                    excluded.lfs_objects_size, excluded.job_artifacts_size, excluded.pipeline_artifacts_size,
                    excluded.packages_size, excluded.container_registry_size, excluded.wiki_size,
                    excluded.snippets_size, excluded.uploads_size)",
            )?
            .execute(params![
                value.project_id.get(),
                value.commit_count,
                value.storage_size,
                value.repository_size,
                value.lfs_objects_size,
                value.job_artifacts_size,
                value.pipeline_artifacts_size,
                value.packages_size,
                value.container_registry_size,
                value.wiki_size,
                value.snippets_size,
                value.uploads_size,
                read_at,
            ])?;
        // A number without a row: readers that cache by the data's generation must see the change.
        *self.seq += changed as i64;
        Ok(())
    }
}
