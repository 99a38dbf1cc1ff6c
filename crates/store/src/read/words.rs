//! Texts and project paths to ids and back.

use rusqlite::OptionalExtension;

use crate::{Reader, StoreError};

impl Reader<'_> {
    /// Ids of those texts that are stored at all, sorted.
    pub(super) fn word_ids(&self, texts: &[String]) -> Result<Vec<i64>, StoreError> {
        let mut statement = self
            .conn
            .prepare_cached("SELECT id FROM words WHERE text = ?1")?;
        let mut ids = Vec::with_capacity(texts.len());
        for text in texts {
            ids.extend(
                statement
                    .query_row([text], |row| row.get::<_, i64>(0))
                    .optional()?,
            );
        }
        ids.sort_unstable();
        ids.dedup();
        Ok(ids)
    }

    /// The text of a word.
    pub(super) fn word(&self, id: i64) -> Result<String, StoreError> {
        let mut statement = self
            .conn
            .prepare_cached("SELECT text FROM words WHERE id = ?1")?;
        Ok(statement.query_row([id], |row| row.get(0))?)
    }

    /// Ids of the projects with these full paths, sorted. A path may name two projects for a moment
    /// (one was renamed, another took its place): both are meant.
    pub(super) fn project_ids(&self, paths: &[String]) -> Result<Vec<i64>, StoreError> {
        let mut statement = self
            .conn
            .prepare_cached("SELECT id FROM projects WHERE path_with_namespace = ?1")?;
        let mut ids = Vec::with_capacity(paths.len());
        for path in paths {
            for id in statement.query_map([path], |row| row.get::<_, i64>(0))? {
                ids.push(id?);
            }
        }
        ids.sort_unstable();
        ids.dedup();
        Ok(ids)
    }
}

/// Ids that the schema gives to the statuses queries name.
pub(super) mod status_id {
    /// `running`.
    pub(in crate::read) const RUNNING: i64 = 6;
    /// `success`.
    pub(in crate::read) const SUCCESS: i64 = 7;
    /// `failed`.
    pub(in crate::read) const FAILED: i64 = 8;
    /// `canceling`.
    pub(in crate::read) const CANCELING: i64 = 9;
    /// `success`, `failed`, `canceled`, `skipped`.
    pub(in crate::read) const FINISHED: [i64; 4] = [7, 8, 10, 11];
}
