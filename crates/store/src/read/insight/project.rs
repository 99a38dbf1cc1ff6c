//! One project by its path, and its schedules.

use labtower_model::{PipelineId, PipelineSchedule, Project, ProjectId, ScheduleId};

use crate::read::column;
use crate::{Reader, StoreError};

impl Reader<'_> {
    /// The project with this full path; the one seen last where a path names two for a moment.
    pub fn project_at(&self, path: &str) -> Result<Option<Project>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, path_with_namespace, name, default_branch, visibility, archived, topics, web_url, created_at
             FROM projects WHERE path_with_namespace = ?1 ORDER BY id DESC LIMIT 1",
        )?;
        let mut rows = statement.query([path])?;
        let Some(row) = rows.next()? else {
            return Ok(None);
        };
        let id: i64 = row.get(0)?;
        let topics: String = row.get(6)?;
        Ok(Some(Project {
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
        }))
    }

    /// Schedules of a project, by id; without their owners.
    pub fn schedules_of(&self, project: ProjectId) -> Result<Vec<PipelineSchedule>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, description, ref, cron, cron_timezone, active, next_run_at, last_pipeline_id, created_at,
               updated_at
             FROM pipeline_schedules INDEXED BY pipeline_schedules_by_project WHERE project_id = ?1 ORDER BY id",
        )?;
        let rows = statement.query_map([project.get()], |row| {
            Ok(PipelineSchedule {
                id: ScheduleId(row.get(0)?),
                project_id: project,
                description: row.get(1)?,
                ref_name: row.get(2)?,
                cron: row.get(3)?,
                cron_timezone: row.get(4)?,
                active: row.get(5)?,
                next_run_at: column::time_or_none(row, 6)?,
                last_pipeline_id: row.get::<_, Option<i64>>(7)?.map(PipelineId),
                owner: None,
                created_at: column::time_or_none(row, 8)?,
                updated_at: column::time_or_none(row, 9)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
