//! A scope as the fewest cells that add up to it: rollups for whole days, raw rows for the rest.
//!
//! Every statistic is a sum over these cells, so one question has one answer, whichever way it was reached.

use super::cover::{Cover, DAY, day_of};
use super::scope::Scope;
use crate::{Reader, StoreError};

/// Pipelines that share a day and a status, to be added or taken away.
pub(super) struct Cell<'a> {
    /// 1 to add, -1 to take away; applies to all figures.
    pub(super) sign: i64,
    /// UTC day of `created_at`: days since 1970.
    pub(super) day: i64,
    pub(super) status: i64,
    pub(super) count: i64,
    pub(super) duration_count: i64,
    /// Seconds.
    pub(super) duration_sum: i64,
    pub(super) durations: Durations<'a>,
}

/// The durations of a cell.
pub(super) enum Durations<'a> {
    /// A stored histogram.
    Histogram(&'a [u8]),
    /// One pipeline's: seconds.
    One(i64),
    None,
}

/// Stands for all refs, and for all projects.
const ALL: i64 = 0;

const STORED: &str = "SELECT day, status, source, count, duration_count, duration_sum, histogram \
     FROM rollups WHERE project_id = ?1 AND ref = ?2 AND day BETWEEN ?3 AND ?4";

impl Reader<'_> {
    /// Visits cells whose signed sum is exactly the scope.
    pub(super) fn cells(
        &self,
        scope: &Scope,
        visit: &mut impl FnMut(&Cell<'_>),
    ) -> Result<(), StoreError> {
        // Rollups know a project or a ref, not a ref within a project.
        let rolled_up = scope.projects.is_none() || scope.refs.is_none();
        if !rolled_up || self.rollups_deferred()? {
            return self.raw_cells(scope, scope.lo, scope.hi, 1, visit);
        }
        let cover = Cover::of(scope.lo, scope.hi);
        for edge in &cover.edges {
            self.raw_cells(scope, edge.lo, edge.hi, edge.sign, visit)?;
        }
        let Some(days) = cover.days else {
            return Ok(());
        };
        match (&scope.projects, &scope.refs) {
            (Some(projects), _) => {
                for project in projects {
                    self.stored_cells(scope, (*project, ALL), days, 1, visit)?;
                }
            }
            (None, None) => {
                self.stored_cells(scope, (ALL, ALL), days, 1, visit)?;
                for project in &scope.excluded {
                    self.stored_cells(scope, (*project, ALL), days, -1, visit)?;
                }
            }
            (None, Some(refs)) => {
                for reference in refs {
                    self.stored_cells(scope, (ALL, *reference), days, 1, visit)?;
                }
                if !scope.excluded.is_empty() {
                    let excluded = scope.of_excluded();
                    self.raw_cells(&excluded, days.0 * DAY, days.1 * DAY + DAY - 1, -1, visit)?;
                }
            }
        }
        Ok(())
    }

    fn raw_cells(
        &self,
        scope: &Scope,
        lo: i64,
        hi: i64,
        sign: i64,
        visit: &mut impl FnMut(&Cell<'_>),
    ) -> Result<(), StoreError> {
        self.raw(scope, lo, hi, &mut |row| {
            visit(&Cell {
                sign,
                day: day_of(row.created_at),
                status: row.status,
                count: 1,
                duration_count: i64::from(row.duration.is_some()),
                duration_sum: row.duration.unwrap_or_default(),
                durations: row.duration.map_or(Durations::None, Durations::One),
            });
        })
    }

    fn stored_cells(
        &self,
        scope: &Scope,
        (project, reference): (i64, i64),
        (first, last): (i64, i64),
        sign: i64,
        visit: &mut impl FnMut(&Cell<'_>),
    ) -> Result<(), StoreError> {
        let mut statement = self.conn.prepare_cached(STORED)?;
        let mut rows = statement.query((project, reference, first, last))?;
        while let Some(row) = rows.next()? {
            let status = row.get(1)?;
            if !scope.holds_status(status) || !scope.holds_source(row.get(2)?) {
                continue;
            }
            let histogram = row
                .get_ref(6)?
                .as_blob_or_null()
                .map_err(rusqlite::Error::from)?;
            visit(&Cell {
                sign,
                day: row.get(0)?,
                status,
                count: row.get(3)?,
                duration_count: row.get(4)?,
                duration_sum: row.get(5)?,
                durations: histogram.map_or(Durations::None, Durations::Histogram),
            });
        }
        Ok(())
    }
}
