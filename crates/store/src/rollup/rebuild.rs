//! Counting everything anew, in bulk.

use std::collections::BTreeMap;

use labtower_model::Histogram;
use rusqlite::Connection;
use rusqlite::functions::{Aggregate, Context, FunctionFlags};

use super::apply::put_chunk;
use super::cells::SPAN_DAYS;
use super::packed::{ProjectSum, chunk};
use crate::{StoreError, settle};

/// Day of `created_at`: days since 1970, UTC, rounded down.
const DAY: &str = "(created_at - ((created_at % 86400) + 86400) % 86400) / 86400";

/// Version of the stored form; a file with another one is counted anew when it is opened.
const VERSION: i64 = 2;

/// Counts everything anew if the file was written by a version that kept it otherwise.
pub(crate) fn settle(conn: &mut Connection) -> Result<(), StoreError> {
    settle::settle(conn, "rollups_version", VERSION, rebuild)
}

/// Replaces all rollups by a count of the rows. SQLite sorts in temporary files, so memory stays small.
pub(crate) fn rebuild(conn: &Connection) -> Result<(), StoreError> {
    let sums = "count(*), count(duration), coalesce(sum(duration), 0)";
    conn.execute_batch("DELETE FROM rollups; DELETE FROM spans;")?;
    for (project, reference, filter) in [
        ("project_id", "0", ""),
        ("0", "0", ""),
        ("0", "ref", "WHERE ref IS NOT NULL"),
    ] {
        conn.execute(
            &format!(
                "INSERT INTO rollups (project_id, ref, day, status, ref_kind, source,
                                      count, duration_count, duration_sum, histogram)
                 SELECT {project} AS a, {reference} AS b, {DAY} AS c, status, ref_kind, coalesce(source, 0) AS d,
                        {sums}, histogram(duration)
                 FROM pipelines {filter} GROUP BY a, b, c, status, ref_kind, d"
            ),
            [],
        )?;
    }
    for (reference, status, filter) in [
        ("0", "0", ""),
        ("0", "status", ""),
        ("ref", "0", "WHERE ref IS NOT NULL"),
    ] {
        let mut select = conn.prepare(&format!(
            "SELECT {reference} AS a, {status} AS b, {DAY} AS c, project_id AS d, {sums}
             FROM pipelines {filter} GROUP BY a, b, c, d ORDER BY a, b, c, d"
        ))?;
        let mut open = SPAN_DAYS.map(Open::new);
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            let (reference, status, day) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let sum = ProjectSum {
                project_id: row.get(3)?,
                count: row.get(4)?,
                duration_count: row.get(5)?,
                duration_sum: row.get(6)?,
            };
            for span in &mut open {
                span.add(conn, reference, status, day, sum)?;
            }
        }
        for span in &mut open {
            span.write(conn)?;
        }
    }
    Ok(())
}

/// A span that is being counted: days come in order, so that one of each length is enough.
struct Open {
    days: i64,
    /// Ref, status, first day.
    key: Option<[i64; 3]>,
    /// By chunk and id.
    projects: BTreeMap<(i64, i64), ProjectSum>,
}

impl Open {
    fn new(days: i64) -> Self {
        Self {
            days,
            key: None,
            projects: BTreeMap::new(),
        }
    }

    fn add(
        &mut self,
        conn: &Connection,
        reference: i64,
        status: i64,
        day: i64,
        sum: ProjectSum,
    ) -> Result<(), StoreError> {
        let key = [reference, status, day - day.rem_euclid(self.days)];
        if self.key != Some(key) {
            self.write(conn)?;
            self.key = Some(key);
        }
        let place = (chunk(sum.project_id), sum.project_id);
        let total = self.projects.entry(place).or_default();
        total.project_id = sum.project_id;
        total.count += sum.count;
        total.duration_count += sum.duration_count;
        total.duration_sum += sum.duration_sum;
        Ok(())
    }

    fn write(&mut self, conn: &Connection) -> Result<(), StoreError> {
        let Some([reference, status, start]) = self.key.take() else {
            return Ok(());
        };
        let sums: Vec<ProjectSum> = std::mem::take(&mut self.projects).into_values().collect();
        for sums in sums.chunk_by(|a, b| chunk(a.project_id) == chunk(b.project_id)) {
            let key = [
                reference,
                status,
                self.days,
                start,
                chunk(sums[0].project_id),
            ];
            put_chunk(conn, key, sums)?;
        }
        Ok(())
    }
}

/// Gives a connection the aggregate `histogram(seconds)`: bytes, or NULL when nothing but NULL went in.
pub(crate) fn add_histogram_function(conn: &Connection) -> rusqlite::Result<()> {
    conn.create_aggregate_function(
        "histogram",
        1,
        FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC,
        Durations,
    )
}

struct Durations;

impl Aggregate<Histogram, Option<Vec<u8>>> for Durations {
    fn init(&self, _: &mut Context<'_>) -> rusqlite::Result<Histogram> {
        Ok(Histogram::default())
    }

    fn step(&self, context: &mut Context<'_>, histogram: &mut Histogram) -> rusqlite::Result<()> {
        if let Some(seconds) = context.get::<Option<i64>>(0)? {
            histogram.add(seconds as f64);
        }
        Ok(())
    }

    fn finalize(
        &self,
        _: &mut Context<'_>,
        histogram: Option<Histogram>,
    ) -> rusqlite::Result<Option<Vec<u8>>> {
        let bytes = histogram.unwrap_or_default().to_bytes();
        Ok((!bytes.is_empty()).then_some(bytes))
    }
}
