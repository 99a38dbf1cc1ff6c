//! What schedules started.

use jiff::Timestamp;
use labtower_model::{PipelineId, ProjectId};
use rusqlite::OptionalExtension;

use super::super::column;
use crate::{Reader, StoreError};

impl Reader<'_> {
    /// When the newest scheduled pipeline on a ref was created; with `passed`, the newest successful one.
    pub fn scheduled_run(
        &self,
        project: ProjectId,
        ref_name: &str,
        passed: bool,
    ) -> Result<Option<Timestamp>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT created_at FROM pipelines INDEXED BY pipelines_by_project \
             WHERE project_id = ?1 AND ref = (SELECT id FROM words WHERE text = ?2) \
               AND source = (SELECT id FROM words WHERE text = 'schedule') AND (status = 7 OR NOT ?3) \
             ORDER BY created_at DESC LIMIT 1",
        )?;
        Ok(statement
            .query_row((project.get(), ref_name, passed), |row| {
                column::time(row, 0)
            })
            .optional()?)
    }

    /// When a pipeline was created, and whether it succeeded.
    pub fn run_of(&self, pipeline: PipelineId) -> Result<Option<(Timestamp, bool)>, StoreError> {
        let mut statement = self
            .conn
            .prepare_cached("SELECT created_at, status = 7 FROM pipelines WHERE id = ?1")?;
        Ok(statement
            .query_row([pipeline.get()], |row| {
                Ok((column::time(row, 0)?, row.get(1)?))
            })
            .optional()?)
    }

    /// The newest pipeline of a ref that has a test report, among the newest ten, and its source (id of its text).
    pub fn reported_pipeline(
        &self,
        project: ProjectId,
        ref_id: i64,
    ) -> Result<Option<(PipelineId, i64)>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT p.id, p.source FROM ( \
               SELECT id, coalesce(source, 0) AS source, created_at FROM pipelines INDEXED BY pipelines_by_project \
               WHERE project_id = ?1 AND ref = ?2 ORDER BY created_at DESC, id DESC LIMIT 10) p \
             JOIN test_reports t ON t.pipeline_id = p.id WHERE t.total_count > 0 \
             ORDER BY p.created_at DESC, p.id DESC LIMIT 1",
        )?;
        Ok(statement
            .query_row((project.get(), ref_id), |row| {
                Ok((PipelineId(row.get(0)?), row.get(1)?))
            })
            .optional()?)
    }
}
