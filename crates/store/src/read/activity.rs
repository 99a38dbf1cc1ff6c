//! Merge requests, commits and statistics of projects, and how far they were read.

use jiff::Timestamp;
use labtower_model::{
    Commit, MergeRequest, MergeRequestId, MergeRequestIid, ProjectId, ProjectStatistics, User,
    UserId,
};
use rusqlite::Row;
use serde::Serialize;

use super::column;
use crate::{ActivitySync, Reader, StoreError};

/// How many merge requests of a project are in a state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MergeRequestCount {
    /// The project.
    pub project_id: ProjectId,
    /// `opened`, `closed`, `merged` or `locked`.
    pub state: String,
    /// Whether they are marked as not ready.
    pub draft: bool,
    /// How many.
    pub count: u64,
}

/// When a merge request went from idea to the target branch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MergedRequest {
    /// Its id.
    pub id: MergeRequestId,
    /// Its project.
    pub project_id: ProjectId,
    /// Branch it was merged into.
    pub target_branch: Option<String>,
    /// Commit that merged it.
    pub merge_commit_sha: Option<String>,
    /// When its first commit was written.
    pub first_commit_at: Option<Timestamp>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was merged.
    pub merged_at: Timestamp,
}

impl Reader<'_> {
    /// Merge requests by project, state and draft. Only of projects whose merge requests were all read,
    /// because a count of some is a wrong number; such a project without any has no row.
    pub fn merge_request_counts(&self) -> Result<Vec<MergeRequestCount>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT m.project_id, w.text, m.draft, count(*) \
             FROM merge_requests m INDEXED BY merge_requests_by_project \
             JOIN sync_activity s ON s.project_id = m.project_id AND s.complete_at IS NOT NULL \
             JOIN words w ON w.id = m.state \
             GROUP BY m.project_id, m.state, m.draft ORDER BY m.project_id, w.text, m.draft",
        )?;
        let rows = statement.query_map([], |row| {
            Ok(MergeRequestCount {
                project_id: ProjectId(row.get(0)?),
                state: row.get(1)?,
                draft: row.get(2)?,
                count: column::count(row, 3)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Merge requests merged from `from` on, by time of merging.
    pub fn merged_requests(&self, from: Timestamp) -> Result<Vec<MergedRequest>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT m.id, m.project_id, t.text, m.merge_commit_sha, m.first_commit_at, m.created_at, m.merged_at \
             FROM merge_requests m LEFT JOIN words t ON t.id = m.target_branch \
             WHERE m.merged_at >= ?1 ORDER BY m.merged_at, m.id",
        )?;
        let rows = statement.query_map([from.as_second()], |row| {
            Ok(MergedRequest {
                id: MergeRequestId(row.get(0)?),
                project_id: ProjectId(row.get(1)?),
                target_branch: row.get(2)?,
                merge_commit_sha: column::sha(row, 3)?,
                first_commit_at: column::time_or_none(row, 4)?,
                created_at: column::time(row, 5)?,
                merged_at: column::time(row, 6)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// All merge requests of a project, by id.
    pub fn merge_requests_of(&self, project: ProjectId) -> Result<Vec<MergeRequest>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT m.id, m.iid, m.project_id, s.text, m.draft, m.title, f.text, t.text, m.sha, m.merge_commit_sha, \
             m.labels, m.author_id, a.username, a.name, m.merge_user_id, b.username, b.name, m.created_at, \
             m.updated_at, m.merged_at, m.closed_at, m.first_commit_at, m.commit_count, m.user_notes_count \
             FROM merge_requests m JOIN words s ON s.id = m.state \
             LEFT JOIN words f ON f.id = m.source_branch LEFT JOIN words t ON t.id = m.target_branch \
             LEFT JOIN users a ON a.id = m.author_id LEFT JOIN users b ON b.id = m.merge_user_id \
             WHERE m.project_id = ?1 ORDER BY m.id",
        )?;
        let mut rows = statement.query([project.get()])?;
        let mut requests = Vec::new();
        while let Some(row) = rows.next()? {
            requests.push(merge_request(row)?);
        }
        Ok(requests)
    }

    /// Stored commits of a project, by time and name.
    pub fn commits_of(&self, project: ProjectId) -> Result<Vec<Commit>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT c.project_id, c.sha, c.title, w.text, c.authored_at, c.committed_at \
             FROM commits c LEFT JOIN words w ON w.id = c.author_name \
             WHERE c.project_id = ?1 ORDER BY c.committed_at, c.sha",
        )?;
        let rows = statement.query_map([project.get()], |row| {
            Ok(Commit {
                project_id: ProjectId(row.get(0)?),
                sha: column::sha(row, 1)?.unwrap_or_default(),
                title: row.get(2)?,
                author_name: row.get(3)?,
                authored_at: column::time_or_none(row, 4)?,
                committed_at: column::time(row, 5)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Statistics of projects, by project. A project whose commits could not be counted has no `commit_count`.
    pub fn project_statistics(&self) -> Result<Vec<ProjectStatistics>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT project_id, commit_count, storage_size, repository_size, lfs_objects_size, job_artifacts_size, \
             pipeline_artifacts_size, packages_size, container_registry_size, wiki_size, snippets_size, uploads_size \
             FROM project_statistics ORDER BY project_id",
        )?;
        let rows = statement.query_map([], |row| {
            Ok(ProjectStatistics {
                project_id: ProjectId(row.get(0)?),
                commit_count: row.get(1)?,
                storage_size: row.get(2)?,
                repository_size: row.get(3)?,
                lfs_objects_size: row.get(4)?,
                job_artifacts_size: row.get(5)?,
                pipeline_artifacts_size: row.get(6)?,
                packages_size: row.get(7)?,
                container_registry_size: row.get(8)?,
                wiki_size: row.get(9)?,
                snippets_size: row.get(10)?,
                uploads_size: row.get(11)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How far merge requests and commits were read, by project; a project not begun with has no row.
    pub fn sync_activity(&self) -> Result<Vec<ActivitySync>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT project_id, watermark, backfill_cursor, complete_at, commits_from, commits_counted, \
             commits_covered, commits_read_at, last_activity_at FROM sync_activity ORDER BY project_id",
        )?;
        let rows = statement.query_map([], |row| {
            Ok(ActivitySync {
                project_id: ProjectId(row.get(0)?),
                watermark: column::time_or_none(row, 1)?,
                backfill_cursor: row.get(2)?,
                complete_at: column::time_or_none(row, 3)?,
                commits_from: column::time_or_none(row, 4)?,
                commits_counted: row.get(5)?,
                commits_covered: row.get(6)?,
                commits_read_at: column::time_or_none(row, 7)?,
                last_activity_at: column::time_or_none(row, 8)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn merge_request(row: &Row<'_>) -> Result<MergeRequest, StoreError> {
    let id: i64 = row.get(0)?;
    let labels: String = row.get(10)?;
    Ok(MergeRequest {
        id: MergeRequestId(id),
        iid: MergeRequestIid(row.get(1)?),
        project_id: ProjectId(row.get(2)?),
        state: row.get(3)?,
        draft: row.get(4)?,
        title: row.get(5)?,
        source_branch: row.get(6)?,
        target_branch: row.get(7)?,
        sha: column::sha(row, 8)?,
        merge_commit_sha: column::sha(row, 9)?,
        labels: serde_json::from_str(&labels).map_err(|error| StoreError::Corrupt {
            what: format!("the labels of merge request {id}"),
            detail: error.to_string(),
        })?,
        author: user(row, 11)?,
        merge_user: user(row, 14)?,
        created_at: column::time(row, 17)?,
        updated_at: column::time(row, 18)?,
        merged_at: column::time_or_none(row, 19)?,
        closed_at: column::time_or_none(row, 20)?,
        first_commit_at: column::time_or_none(row, 21)?,
        commit_count: row.get(22)?,
        user_notes_count: row.get(23)?,
    })
}

/// A person from columns id, username, name.
fn user(row: &Row<'_>, first: usize) -> rusqlite::Result<Option<User>> {
    let id: Option<i64> = row.get(first)?;
    id.map(|id| {
        Ok(User {
            id: UserId(id),
            username: row.get::<_, Option<String>>(first + 1)?.unwrap_or_default(),
            name: row.get(first + 2)?,
        })
    })
    .transpose()
}
