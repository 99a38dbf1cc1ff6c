//! Schedules of one project.

use labtower_model::{PipelineId, PipelineSchedule, ProjectId, ScheduleId};

use crate::read::column;
use crate::{Reader, StoreError};

impl Reader<'_> {
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
