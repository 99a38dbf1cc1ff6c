//! Rollups as stored, and as a count of the raw rows gives them: for tests and for people who doubt.

use std::collections::BTreeMap;

use labtower_model::Histogram;
use rusqlite::Row;

use super::cover::day_of;
use crate::rollup::unpack;
use crate::{Reader, StoreError};

/// One row of a rollup table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RollupRow {
    /// `rollups` or `spans`.
    pub table: &'static str,
    /// Project, ref, day, status, ref kind, source; or ref, status, days, start, project.
    pub key: Vec<i64>,
    /// Pipelines.
    pub count: i64,
    /// Pipelines that have a duration.
    pub duration_count: i64,
    /// Their durations together: seconds.
    pub duration_sum: i64,
    /// Durations in buckets, as stored; `None` without durations, and for `spans`.
    pub histogram: Option<Vec<u8>>,
}

/// Lengths of spans: days.
const SPANS: [i64; 3] = [1, 7, 28];

const ROLLUPS: &str = "rollups";
const SPANS_TABLE: &str = "spans";

impl Reader<'_> {
    /// Every rollup row as stored, in order of table and key.
    pub fn rollups(&self) -> Result<Vec<RollupRow>, StoreError> {
        let mut rows = self.stored(
            ROLLUPS,
            6,
            "SELECT project_id, ref, day, status, ref_kind, source, count, duration_count, duration_sum, histogram \
             FROM rollups ORDER BY project_id, ref, day, status, ref_kind, source",
        )?;
        rows.extend(self.stored_spans()?);
        Ok(rows)
    }

    /// What every rollup row should be, counted from the pipelines; same order as [`Reader::rollups`].
    pub fn recount(&self) -> Result<Vec<RollupRow>, StoreError> {
        let mut cells: BTreeMap<(&'static str, Vec<i64>), Tally> = BTreeMap::new();
        let mut statement = self.conn.prepare_cached(
            "SELECT project_id, ref, status, ref_kind, coalesce(source, 0), created_at, duration FROM pipelines",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let duration = row.get(6)?;
            for cell in cells_of(row)? {
                cells.entry(cell).or_default().count(duration);
            }
        }
        let rows = cells.into_iter().map(|((table, key), sum)| RollupRow {
            table,
            key,
            count: sum.count,
            duration_count: sum.histogram.count() as i64,
            duration_sum: sum.duration_sum,
            histogram: (table == ROLLUPS && sum.histogram.count() > 0)
                .then(|| sum.histogram.to_bytes()),
        });
        Ok(rows.collect())
    }

    fn stored_spans(&self) -> Result<Vec<RollupRow>, StoreError> {
        let mut statement = self
            .conn
            .prepare_cached("SELECT ref, status, days, start, projects FROM spans")?;
        let mut rows = statement.query([])?;
        let mut spans = Vec::new();
        while let Some(row) = rows.next()? {
            let key: [i64; 4] = [row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?];
            let projects: Vec<u8> = row.get(4)?;
            spans.extend(unpack(&projects).map(|sum| RollupRow {
                table: SPANS_TABLE,
                key: key.into_iter().chain([sum.project_id]).collect(),
                count: sum.count,
                duration_count: sum.duration_count,
                duration_sum: sum.duration_sum,
                histogram: None,
            }));
        }
        // A chunk holds any projects, not neighbours.
        spans.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(spans)
    }

    fn stored(
        &self,
        table: &'static str,
        keys: usize,
        sql: &str,
    ) -> Result<Vec<RollupRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(sql)?;
        let rows = statement.query_map([], |row| {
            Ok(RollupRow {
                table,
                key: (0..keys)
                    .map(|index| row.get(index))
                    .collect::<Result<_, _>>()?,
                count: row.get(keys)?,
                duration_count: row.get(keys + 1)?,
                duration_sum: row.get(keys + 2)?,
                histogram: row.get(keys + 3)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

#[derive(Default)]
struct Tally {
    count: i64,
    duration_sum: i64,
    histogram: Histogram,
}

impl Tally {
    fn count(&mut self, duration: Option<i64>) {
        self.count += 1;
        if let Some(seconds) = duration {
            self.duration_sum += seconds;
            self.histogram.add(seconds as f64);
        }
    }
}

/// The cells a pipeline counts in.
fn cells_of(row: &Row<'_>) -> rusqlite::Result<Vec<(&'static str, Vec<i64>)>> {
    let (project, reference): (i64, Option<i64>) = (row.get(0)?, row.get(1)?);
    let (status, kind, source): (i64, i64, i64) = (row.get(2)?, row.get(3)?, row.get(4)?);
    let day = day_of(row.get(5)?);
    let rollup =
        |project, reference| (ROLLUPS, vec![project, reference, day, status, kind, source]);
    let mut cells = vec![rollup(project, 0), rollup(0, 0)];
    cells.extend(reference.map(|reference| rollup(0, reference)));
    for days in SPANS {
        let start = day.div_euclid(days) * days;
        let span = |reference, status| (SPANS_TABLE, vec![reference, status, days, start, project]);
        cells.extend([span(0, 0), span(0, status)]);
        cells.extend(reference.map(|reference| span(reference, 0)));
    }
    Ok(cells)
}
