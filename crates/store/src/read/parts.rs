//! How far environments, deployments, schedules, runners and test reports were read.

use std::collections::BTreeSet;

use jiff::Timestamp;
use labtower_model::ProjectId;

use super::column;
use crate::{Part, PartState, PartUpdate, Reader, StoreError};

impl Reader<'_> {
    /// State of one part for every project whose history is complete, by project; what was never read is there too.
    pub fn part_states(&self, part: Part) -> Result<Vec<PartState>, StoreError> {
        self.states(
            part,
            "SELECT s.project_id, p.watermark, p.generation, coalesce(m.generation, 0), m.moved_at, \
             p.tried_at, p.refused, p.last_error, coalesce(p.failures, 0) \
             FROM sync_projects s \
             LEFT JOIN sync_parts p ON p.project_id = s.project_id AND p.part = ?1 \
             LEFT JOIN moves m ON m.project_id = s.project_id \
             WHERE s.state = 'live' ORDER BY s.project_id",
        )
    }

    /// How many parts of projects, or of the whole instance, could not be read when last tried; refused ones not counted.
    pub fn failing_parts(&self) -> Result<usize, StoreError> {
        let count: i64 = self
            .conn
            .prepare_cached("SELECT count(*) FROM sync_parts WHERE failures > 0")?
            .query_row([], |row| row.get(0))?;
        Ok(count as usize)
    }

    /// State of a part that belongs to the whole instance; absent before it was first asked for.
    pub fn instance_part(&self, part: Part) -> Result<Option<PartState>, StoreError> {
        let states = self.states(
            part,
            "SELECT project_id, watermark, generation, 0, NULL, tried_at, refused, last_error, failures \
             FROM sync_parts WHERE part = ?1 AND project_id = 0",
        )?;
        Ok(states
            .into_iter()
            .find(|state| state.project_id == PartUpdate::INSTANCE))
    }

    /// Those of the projects that have a pipeline of this source created since; for each its own moment.
    pub fn ran_since(
        &self,
        source: &str,
        projects: &[(ProjectId, Timestamp)],
    ) -> Result<BTreeSet<ProjectId>, StoreError> {
        let Some(source) = self.word_ids(&[source.to_owned()])?.first().copied() else {
            return Ok(BTreeSet::new());
        };
        let mut statement = self.conn.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM pipelines INDEXED BY pipelines_by_project \
             WHERE project_id = ?1 AND created_at >= ?2 AND source = ?3)",
        )?;
        let mut ran = BTreeSet::new();
        for (project, since) in projects {
            if statement.query_row((project.get(), since.as_second(), source), |row| row.get(0))? {
                ran.insert(*project);
            }
        }
        Ok(ran)
    }

    fn states(&self, part: Part, sql: &str) -> Result<Vec<PartState>, StoreError> {
        let mut statement = self.conn.prepare_cached(sql)?;
        let rows = statement.query_map([part.as_str()], |row| {
            Ok(PartState {
                project_id: ProjectId(row.get(0)?),
                part,
                watermark: column::time_or_none(row, 1)?,
                generation: row.get(2)?,
                moved: row.get(3)?,
                moved_at: column::time_or_none(row, 4)?,
                tried_at: column::time_or_none(row, 5)?,
                refused: row.get(6)?,
                last_error: row.get(7)?,
                failures: column::count(row, 8)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
