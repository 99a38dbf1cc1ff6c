//! Jobs of a project that do not always pass, with all their runs.

use jiff::Timestamp;
use labtower_model::ProjectId;
use rusqlite::OptionalExtension;

use super::selection::ON_DEFAULT;
use crate::{HistoryFilter, Reader, Run, StoreError};

/// A job may run anew in a pipeline so much older than itself, and be counted: seconds.
const RETRIED_WITHIN: i64 = 7 * 86_400;

impl Reader<'_> {
    /// Runs of the default branch since `from`, newest first, of those jobs that failed there: the others are healthy,
    /// and most.
    pub fn unsteady_runs(
        &self,
        project: ProjectId,
        from: Timestamp,
        limit: usize,
    ) -> Result<Vec<Run>, StoreError> {
        let names: Vec<String> = self.column(
            "SELECT DISTINCT w.text FROM failed_jobs f INDEXED BY failed_jobs_by_project
             JOIN words w ON w.id = f.name
             WHERE f.project_id = ?1 AND f.night_at >= ?2 AND f.flags & ?3 AND f.job_id > 0",
            (project.get(), from.as_second() - RETRIED_WITHIN, ON_DEFAULT),
        )?;
        let stored: Option<(String, Option<String>)> = self
            .conn
            .prepare_cached(
                "SELECT path_with_namespace, default_branch FROM projects WHERE id = ?1",
            )?
            .query_row([project.get()], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        match stored {
            Some((project, Some(branch))) if !names.is_empty() => {
                self.job_history(&HistoryFilter {
                    project,
                    names,
                    from,
                    refs: vec![branch],
                    sources: Vec::new(),
                    limit,
                })
            }
            _ => Ok(Vec::new()),
        }
    }
}
