//! Projects, their paths, and the refs pipelines ran on.

use std::collections::HashSet;

use jiff::Timestamp;
use labtower_model::{PipelineId, Project, ProjectId};
use rusqlite::Row;

use super::column;
use super::words::status_id::{CANCELING, RUNNING};
use crate::{Reader, StoreError};

/// What [`project`] reads.
const COLUMNS: &str = "id, path_with_namespace, name, default_branch, visibility, archived, topics, web_url, created_at";

impl Reader<'_> {
    /// Every stored project, by id.
    pub fn projects(&self) -> Result<Vec<Project>, StoreError> {
        let mut statement = self
            .conn
            .prepare_cached(&format!("SELECT {COLUMNS} FROM projects ORDER BY id"))?;
        let mut rows = statement.query([])?;
        let mut projects = Vec::new();
        while let Some(row) = rows.next()? {
            projects.push(project(row)?);
        }
        Ok(projects)
    }

    /// The project with this full path; the one seen last where a path names two for a moment.
    pub fn project_at(&self, path: &str) -> Result<Option<Project>, StoreError> {
        let mut statement = self.conn.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM projects WHERE path_with_namespace = ?1 ORDER BY id DESC LIMIT 1"
        ))?;
        let mut rows = statement.query([path])?;
        rows.next()?.map(project).transpose()
    }

    /// Full paths of the projects that have a stored pipeline, sorted; with `search`, those that contain it
    /// in any case.
    pub fn project_paths(&self, search: Option<&str>) -> Result<Vec<String>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT DISTINCT path_with_namespace FROM projects \
             WHERE latest_pipeline_id IS NOT NULL ORDER BY path_with_namespace",
        )?;
        let paths = statement.query_map([], |row| row.get(0))?;
        let mut paths = paths.collect::<Result<Vec<String>, _>>()?;
        if let Some(search) = search {
            let search = search.to_lowercase();
            paths.retain(|path| path.to_lowercase().contains(&search));
        }
        Ok(paths)
    }

    /// Refs that stored pipelines ran on, sorted; with `projects` (full paths), only theirs.
    pub fn refs(&self, projects: &[String]) -> Result<Vec<String>, StoreError> {
        let mut ids: HashSet<i64> = HashSet::new();
        if projects.is_empty() {
            let mut statement = self.conn.prepare_cached(
                "SELECT DISTINCT ref FROM pipelines INDEXED BY pipelines_by_ref WHERE ref IS NOT NULL",
            )?;
            for id in statement.query_map([], |row| row.get(0))? {
                ids.insert(id?);
            }
        } else {
            let mut statement = self.conn.prepare_cached(
                "SELECT ref FROM pipelines INDEXED BY pipelines_by_project \
                 WHERE project_id = ?1 AND ref IS NOT NULL",
            )?;
            for project in self.project_ids(projects)? {
                for id in statement.query_map([project], |row| row.get(0))? {
                    ids.insert(id?);
                }
            }
        }
        let mut refs = Vec::with_capacity(ids.len());
        for id in ids {
            refs.push(self.word(id)?);
        }
        refs.sort_unstable();
        Ok(refs)
    }

    /// Stored pipelines that have neither ended nor wait for a person, and were updated before then, of projects that
    /// are still watched; those updated last come first.
    pub fn unfinished_pipelines(
        &self,
        before: Timestamp,
    ) -> Result<Vec<(ProjectId, PipelineId)>, StoreError> {
        // In `Status::KNOWN` order: created to running, and canceling.
        let mut statement = self.conn.prepare_cached(
            "SELECT p.project_id, p.id FROM pipelines p INDEXED BY pipelines_by_status \
             JOIN sync_projects s ON s.project_id = p.project_id \
             WHERE p.status IN (1, 2, 3, 4, 5, ?1, ?2) AND p.updated_at < ?3 AND s.state = 'live' \
             ORDER BY p.updated_at DESC, p.id DESC",
        )?;
        let ids = statement.query_map((RUNNING, CANCELING, before.as_second()), |row| {
            Ok((ProjectId(row.get(0)?), PipelineId(row.get(1)?)))
        })?;
        Ok(ids.collect::<Result<_, _>>()?)
    }

    /// Stored pipelines whose jobs may change without their `updated_at` moving, by project and id.
    pub fn running_pipelines(&self) -> Result<Vec<(ProjectId, PipelineId)>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT project_id, id FROM pipelines INDEXED BY pipelines_by_status \
             WHERE status IN (?1, ?2) ORDER BY project_id, id",
        )?;
        let ids = statement.query_map([RUNNING, CANCELING], |row| {
            Ok((ProjectId(row.get(0)?), PipelineId(row.get(1)?)))
        })?;
        Ok(ids.collect::<Result<_, _>>()?)
    }
}

fn project(row: &Row<'_>) -> Result<Project, StoreError> {
    let id: i64 = row.get(0)?;
    let topics: String = row.get(6)?;
    Ok(Project {
        id: ProjectId(id),
        path_with_namespace: row.get(1)?,
        name: row.get(2)?,
        default_branch: row.get(3)?,
        visibility: row.get(4)?,
        archived: row.get(5)?,
        topics: serde_json::from_str(&topics).map_err(|error| StoreError::Corrupt {
            what: format!("the topics of project {id}"),
            detail: error.to_string(),
        })?,
        web_url: row.get(7)?,
        created_at: column::time_or_none(row, 8)?,
    })
}
