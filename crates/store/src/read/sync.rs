//! How far reading of GitLab has come.

use std::collections::{BTreeSet, HashSet};

use jiff::Timestamp;
use labtower_model::ProjectId;
use rusqlite::{OptionalExtension, Row};
use serde::Serialize;

use super::column;
use crate::{BackfillStage, ProjectSync, Reader, RunStatus, StoreError, SyncState};

/// Something an operator should know of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// What it concerns, for example `group platform` or `project 12`.
    pub scope: String,
    /// What happened last.
    pub message: String,
    /// When it was first seen.
    pub since: Timestamp,
    /// When it was last seen.
    pub last_at: Timestamp,
    /// How often.
    pub count: u64,
}

impl Reader<'_> {
    /// Sync state of every watched project, by id.
    pub fn sync_projects(&self) -> Result<Vec<ProjectSync>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT s.project_id, coalesce(r.path_with_namespace, ''), s.state, s.watermark, s.backfill_from, \
             s.backfill_stage, s.backfill_cursor, s.backfill_total, s.rows, s.requests, s.last_success_at, \
             s.last_error, s.failures \
             FROM sync_projects s LEFT JOIN projects r ON r.id = s.project_id ORDER BY s.project_id",
        )?;
        let mut rows = statement.query([])?;
        let mut projects = Vec::new();
        while let Some(row) = rows.next()? {
            projects.push(project_sync(row)?);
        }
        Ok(projects)
    }

    /// Those of the projects that are watched.
    pub fn watched(&self, ids: &BTreeSet<ProjectId>) -> Result<HashSet<ProjectId>, StoreError> {
        let mut statement = self
            .conn
            .prepare_cached("SELECT 1 FROM sync_projects WHERE project_id = ?1")?;
        let mut watched = HashSet::new();
        for id in ids {
            if statement.exists([id.get()])? {
                watched.insert(*id);
            }
        }
        Ok(watched)
    }

    /// Progress of the process that reads GitLab, as last written; absent when none ever ran.
    pub fn run_status(&self) -> Result<Option<RunStatus>, StoreError> {
        let mut statement = self
            .conn
            .prepare_cached("SELECT json FROM sync_run WHERE id = 1")?;
        let json: Option<String> = statement.query_row([], |row| row.get(0)).optional()?;
        json.map(|json| {
            serde_json::from_str(&json).map_err(|error| StoreError::Corrupt {
                what: "the status of the run".to_owned(),
                detail: error.to_string(),
            })
        })
        .transpose()
    }

    /// Problems that are not solved, the latest first.
    pub fn problems(&self) -> Result<Vec<Problem>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT scope, message, since, last_at, count FROM problems ORDER BY last_at DESC, scope",
        )?;
        let rows = statement.query_map([], |row| {
            Ok(Problem {
                scope: row.get(0)?,
                message: row.get(1)?,
                since: column::time(row, 2)?,
                last_at: column::time(row, 3)?,
                count: column::count(row, 4)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// When the first backfill of all projects was complete; absent while data would be half a history.
    pub fn history_complete_at(&self) -> Result<Option<Timestamp>, StoreError> {
        let mut statement = self
            .conn
            .prepare_cached("SELECT value FROM meta WHERE key = 'history_complete_at'")?;
        Ok(statement
            .query_row([], |row| column::time(row, 0))
            .optional()?)
    }
}

fn project_sync(row: &Row<'_>) -> Result<ProjectSync, StoreError> {
    let id: i64 = row.get(0)?;
    let state: String = row.get(2)?;
    let stage: Option<String> = row.get(5)?;
    let unknown = |what: &str, text: &str| StoreError::Corrupt {
        what: format!("the {what} of project {id}"),
        detail: format!("`{text}` is unknown"),
    };
    Ok(ProjectSync {
        project_id: ProjectId(id),
        path_with_namespace: row.get(1)?,
        state: SyncState::parse(&state).ok_or_else(|| unknown("sync state", &state))?,
        watermark: column::time_or_none(row, 3)?,
        backfill_from: column::time_or_none(row, 4)?,
        backfill_stage: stage
            .map(|text| BackfillStage::parse(&text).ok_or_else(|| unknown("backfill stage", &text)))
            .transpose()?,
        backfill_cursor: row.get(6)?,
        backfill_total: column::count_or_none(row, 7)?,
        rows: column::count(row, 8)?,
        requests: column::count(row, 9)?,
        last_success_at: column::time_or_none(row, 10)?,
        last_error: row.get(11)?,
        failures: column::count(row, 12)?,
    })
}
