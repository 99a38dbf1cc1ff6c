//! Counting everything anew, in bulk.

use labtower_model::Histogram;
use rusqlite::Connection;
use rusqlite::functions::{Aggregate, Context, FunctionFlags};

use super::cells::SPAN_DAYS;
use crate::StoreError;

/// Day of `created_at`: days since 1970, UTC, rounded down.
const DAY: &str = "(created_at - ((created_at % 86400) + 86400) % 86400) / 86400";

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
    // The longer spans are sums of the days.
    for (reference, status, filter) in [
        ("0", "0", ""),
        ("0", "status", ""),
        ("ref", "0", "WHERE ref IS NOT NULL"),
    ] {
        conn.execute(
            &format!(
                "INSERT INTO spans (ref, status, days, start, project_id, count, duration_count, duration_sum)
                 SELECT {reference} AS a, {status} AS b, 1, {DAY} AS c, project_id AS d, {sums}
                 FROM pipelines {filter} GROUP BY a, b, c, d"
            ),
            [],
        )?;
    }
    for days in SPAN_DAYS.into_iter().filter(|days| *days > 1) {
        conn.execute(
            "INSERT INTO spans (ref, status, days, start, project_id, count, duration_count, duration_sum)
             SELECT ref, status, ?1, start - ((start % ?1) + ?1) % ?1 AS c, project_id,
                    sum(count), sum(duration_count), sum(duration_sum)
             FROM spans WHERE days = 1 GROUP BY ref, status, c, project_id",
            [days],
        )?;
    }
    Ok(())
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
