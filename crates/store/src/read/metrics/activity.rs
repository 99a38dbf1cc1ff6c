//! Merge requests, commits and deployments in numbers.

use jiff::Timestamp;
use labtower_model::{EnvironmentId, ProjectId};
use rusqlite::OptionalExtension;

use super::super::column;
use crate::{DeploymentCount, Reader, StoreError};

/// How far a project's default branch is past some time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewerCommits {
    /// Commits made after that time.
    pub count: u64,
    /// The newest commit of all, in hexadecimal.
    pub newest: String,
    /// When it was made.
    pub newest_at: Timestamp,
}

impl Reader<'_> {
    /// Calls `visit` with each merged merge request: its project and the seconds from its creation to its merge.
    /// Only of projects whose merge requests were all read.
    pub fn merge_cycles(&self, mut visit: impl FnMut(ProjectId, i64)) -> Result<(), StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT m.project_id, max(m.merged_at - m.created_at, 0) \
             FROM merge_requests m INDEXED BY merge_requests_merged \
             WHERE m.merged_at IS NOT NULL \
               AND m.project_id IN (SELECT project_id FROM sync_activity WHERE complete_at IS NOT NULL)",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            visit(ProjectId(row.get(0)?), row.get(1)?);
        }
        Ok(())
    }

    /// When the oldest open merge request of each project was created; drafts are not counted.
    pub fn oldest_open_merge_requests(&self) -> Result<Vec<(ProjectId, Timestamp)>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT m.project_id, min(m.created_at) FROM words w \
             CROSS JOIN sync_activity s ON s.complete_at IS NOT NULL \
             CROSS JOIN merge_requests m INDEXED BY merge_requests_by_project \
               ON m.project_id = s.project_id AND m.state = w.id AND m.draft = 0 \
             WHERE w.text = 'opened' GROUP BY m.project_id ORDER BY m.project_id",
        )?;
        let rows = statement.query_map([], |row| {
            Ok((ProjectId(row.get(0)?), column::time(row, 1)?))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How many deployments each environment ever had, by status; those that retention deleted too.
    pub fn deployments_ever(&self) -> Result<Vec<DeploymentCount>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT d.environment_id, w.text, sum(d.count) FROM ( \
               SELECT environment_id, status, count(*) AS count FROM deployments GROUP BY environment_id, status \
               UNION ALL SELECT environment_id, status, count FROM deployments_gone) d \
             JOIN words w ON w.id = d.status GROUP BY d.environment_id, d.status ORDER BY d.environment_id, w.text",
        )?;
        let rows = statement.query_map([], |row| {
            Ok(DeploymentCount {
                environment_id: EnvironmentId(row.get(0)?),
                status: row.get(1)?,
                count: column::count(row, 2)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Commits of a project's default branch made after `time`; absent when those were not all read.
    pub fn newer_commits(
        &self,
        project: ProjectId,
        time: Timestamp,
    ) -> Result<Option<NewerCommits>, StoreError> {
        let mut newest = self.conn.prepare_cached(
            "SELECT c.sha, c.committed_at FROM sync_activity s JOIN commits c ON c.project_id = s.project_id \
             WHERE s.project_id = ?1 AND s.commits_from <= ?2 \
             ORDER BY c.committed_at DESC, c.sha DESC LIMIT 1",
        )?;
        let found = newest
            .query_row((project.get(), time.as_second()), |row| {
                Ok((column::sha(row, 0)?, column::time(row, 1)?))
            })
            .optional()?;
        let Some((Some(newest), newest_at)) = found else {
            return Ok(None);
        };
        let mut count = self.conn.prepare_cached(
            "SELECT count(*) FROM commits WHERE project_id = ?1 AND committed_at > ?2",
        )?;
        let count = count.query_row((project.get(), time.as_second()), |row| {
            column::count(row, 0)
        })?;
        Ok(Some(NewerCommits {
            count,
            newest,
            newest_at,
        }))
    }
}
