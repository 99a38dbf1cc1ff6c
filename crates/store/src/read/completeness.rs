//! What is stored, as far as GitLab's lists show it, and what comparing the two found.

use std::collections::HashMap;

use jiff::Timestamp;
use labtower_model::{PipelineId, ProjectId};
use rusqlite::Row;

use super::column;
use crate::{CheckedDay, Completeness, Gap, GapKind, Held, Reader, StoreError};

impl Reader<'_> {
    /// Those of the pipelines that are stored.
    pub fn held(&self, ids: &[PipelineId]) -> Result<HashMap<PipelineId, Held>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT p.updated_at, w.text,
                    (SELECT count(*) FROM jobs j INDEXED BY jobs_by_pipeline WHERE j.pipeline_id = p.id)
             FROM pipelines p JOIN words w ON w.id = p.status WHERE p.id = ?1",
        )?;
        let mut held = HashMap::with_capacity(ids.len());
        for id in ids {
            let mut rows = statement.query([id.get()])?;
            if let Some(row) = rows.next()? {
                let found = Held {
                    updated_at: column::time(row, 0)?,
                    status: row.get(1)?,
                    jobs: column::count(row, 2)?,
                };
                held.insert(*id, found);
            }
        }
        Ok(held)
    }

    /// Stored pipelines of a project last updated between two moments, the second exclusive.
    pub fn updated_between(
        &self,
        project: ProjectId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<PipelineId>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id FROM pipelines INDEXED BY pipelines_by_project
             WHERE project_id = ?1 AND created_at < ?3 AND updated_at >= ?2 AND updated_at < ?3",
        )?;
        let ids = statement
            .query_map((project.get(), from.as_second(), to.as_second()), |row| {
                row.get(0).map(PipelineId)
            })?;
        Ok(ids.collect::<Result<_, _>>()?)
    }

    /// Days that were compared, the latest first.
    pub fn checked_days(&self) -> Result<Vec<CheckedDay>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT day, until, checked_at, projects, behind, pipelines, jobs, unlisted, found, repaired
             FROM checked_days ORDER BY day DESC",
        )?;
        let days = statement.query_map([], |row| {
            Ok(CheckedDay {
                day: column::time(row, 0)?,
                until: column::time(row, 1)?,
                checked_at: column::time(row, 2)?,
                projects: column::count(row, 3)?,
                behind: column::count(row, 4)?,
                pipelines: column::count(row, 5)?,
                jobs: column::count(row, 6)?,
                unlisted: column::count(row, 7)?,
                found: column::count(row, 8)?,
                repaired: column::count(row, 9)?,
            })
        })?;
        Ok(days.collect::<Result<_, _>>()?)
    }

    /// Gaps: open ones first, then the latest.
    pub fn gaps(&self, limit: usize) -> Result<Vec<Gap>, StoreError> {
        self.some_gaps(
            "SELECT pipeline_id, project_id, day, kind, detail, found_at, repaired_at FROM gaps
             ORDER BY repaired_at IS NOT NULL, found_at DESC, pipeline_id DESC LIMIT ?1",
            limit as i64,
        )
    }

    /// All gaps that are open.
    pub fn open_gaps(&self) -> Result<Vec<Gap>, StoreError> {
        self.some_gaps(
            "SELECT pipeline_id, project_id, day, kind, detail, found_at, repaired_at FROM gaps
             WHERE repaired_at IS NULL ORDER BY found_at, pipeline_id LIMIT ?1",
            i64::MAX,
        )
    }

    /// What all comparisons say.
    pub fn completeness(&self) -> Result<Completeness, StoreError> {
        let open: i64 = self
            .conn
            .prepare_cached("SELECT count(*) FROM gaps WHERE repaired_at IS NULL")?
            .query_row([], |row| row.get(0))?;
        Ok(Completeness::of(self.checked_days()?, open as u64))
    }

    fn some_gaps(&self, sql: &str, limit: i64) -> Result<Vec<Gap>, StoreError> {
        let mut statement = self.conn.prepare_cached(sql)?;
        let mut rows = statement.query([limit])?;
        let mut gaps = Vec::new();
        while let Some(row) = rows.next()? {
            gaps.push(gap(row)?);
        }
        Ok(gaps)
    }
}

fn gap(row: &Row<'_>) -> Result<Gap, StoreError> {
    let id: i64 = row.get(0)?;
    let kind: String = row.get(3)?;
    Ok(Gap {
        pipeline_id: PipelineId(id),
        project_id: ProjectId(row.get(1)?),
        day: column::time(row, 2)?,
        kind: GapKind::parse(&kind).ok_or_else(|| StoreError::Corrupt {
            what: format!("the gap of pipeline {id}"),
            detail: format!("`{kind}` is unknown"),
        })?,
        detail: row.get(4)?,
        found_at: column::time(row, 5)?,
        repaired_at: column::time_or_none(row, 6)?,
    })
}
