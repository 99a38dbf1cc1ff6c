//! Pipelines of a scope straight from their covering indexes: for the edges of a range, and for whatever
//! rollups do not know.

use rusqlite::{CachedStatement, Row};

use super::column;
use super::scope::Scope;
use crate::{Reader, StoreError};

/// Up to this many projects or refs are sought one by one; beyond that one sweep by time is cheaper.
const SEEKS: usize = 500;

/// What the statistics need of one pipeline.
pub(super) struct RawRow {
    pub(super) created_at: i64,
    pub(super) project_id: i64,
    /// 0 for none.
    pub(super) reference: i64,
    pub(super) status: i64,
    /// 0 for unknown.
    pub(super) source: i64,
    pub(super) duration: Option<i64>,
}

const BY_TIME: &str = "SELECT created_at, project_id, ref, status, source, duration \
     FROM pipelines INDEXED BY pipelines_by_time WHERE created_at BETWEEN ?1 AND ?2";
const BY_PROJECT: &str = "SELECT created_at, project_id, ref, status, source, duration \
     FROM pipelines INDEXED BY pipelines_by_project WHERE created_at BETWEEN ?1 AND ?2 AND project_id = ?3";
// A hot project has many refs: SQLite drops the other ones before they cost a row here.
const BY_PROJECT_AND_REF: &str = "SELECT created_at, project_id, ref, status, source, duration \
     FROM pipelines INDEXED BY pipelines_by_project WHERE created_at BETWEEN ?1 AND ?2 AND project_id = ?3 AND ref = ?4";
const BY_REF: &str = "SELECT created_at, project_id, ref, status, source, duration \
     FROM pipelines INDEXED BY pipelines_by_ref WHERE created_at BETWEEN ?1 AND ?2 AND ref = ?3";

// Half of what a sweep costs is columns: where only these count, only these are read.
const DURATIONS: &str = "SELECT project_id, duration \
     FROM pipelines INDEXED BY pipelines_by_time WHERE created_at BETWEEN ?1 AND ?2";

impl Reader<'_> {
    /// Visits project and duration of all pipelines created from `lo` to `hi`, both inclusive.
    pub(super) fn durations(
        &self,
        lo: i64,
        hi: i64,
        mut visit: impl FnMut(i64, Option<i64>),
    ) -> Result<(), StoreError> {
        let mut statement = self.conn.prepare_cached(DURATIONS)?;
        let mut rows = statement.query((lo, hi))?;
        while let Some(row) = rows.next()? {
            visit(row.get(0)?, row.get(1)?);
        }
        Ok(())
    }

    /// Visits the scope's pipelines created from `lo` to `hi`, both inclusive, in no promised order.
    /// The scope's own times are not looked at.
    pub(super) fn raw(
        &self,
        scope: &Scope,
        lo: i64,
        hi: i64,
        visit: &mut impl FnMut(&RawRow),
    ) -> Result<(), StoreError> {
        match (&scope.projects, &scope.refs) {
            (Some(projects), Some(refs)) if projects.len() <= SEEKS && refs.len() == 1 => {
                let statement = &mut self.conn.prepare_cached(BY_PROJECT_AND_REF)?;
                for project in projects {
                    sweep(statement, (lo, hi, project, refs[0]), scope, visit)?;
                }
            }
            (Some(projects), _) if projects.len() <= SEEKS => {
                let statement = &mut self.conn.prepare_cached(BY_PROJECT)?;
                for project in projects {
                    sweep(statement, (lo, hi, project), scope, visit)?;
                }
            }
            (_, Some(refs)) if refs.len() <= SEEKS => {
                let statement = &mut self.conn.prepare_cached(BY_REF)?;
                for reference in refs {
                    sweep(statement, (lo, hi, reference), scope, visit)?;
                }
            }
            _ => sweep(
                &mut self.conn.prepare_cached(BY_TIME)?,
                (lo, hi),
                scope,
                visit,
            )?,
        }
        Ok(())
    }
}

fn sweep(
    statement: &mut CachedStatement<'_>,
    bounds: impl rusqlite::Params,
    scope: &Scope,
    visit: &mut impl FnMut(&RawRow),
) -> rusqlite::Result<()> {
    let mut rows = statement.query(bounds)?;
    while let Some(row) = rows.next()? {
        let row = read(row)?;
        if scope.holds(row.project_id, row.reference, row.status, row.source) {
            visit(&row);
        }
    }
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<RawRow> {
    Ok(RawRow {
        created_at: row.get(0)?,
        project_id: row.get(1)?,
        reference: column::id_or_zero(row, 2)?,
        status: row.get(3)?,
        source: column::id_or_zero(row, 4)?,
        duration: row.get(5)?,
    })
}
