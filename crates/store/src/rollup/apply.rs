//! Writing the cells a transaction touched.

use labtower_model::Histogram;
use rusqlite::{Connection, OptionalExtension, params};

use super::cells::{self, Delta, RollupKey, SpanKey};
use super::facts::Facts;
use super::packed::{ProjectSum, pack, unpack};
use crate::StoreError;

/// Adds collected contributions to the stored cells; a cell that counts nothing is deleted.
pub(crate) fn apply(conn: &Connection, facts: &Facts) -> Result<(), StoreError> {
    for (key, delta) in cells::rollups(facts) {
        if !delta.is_nothing() {
            apply_rollup(conn, key, &delta)?;
        }
    }
    let mut spans: Vec<(SpanKey, Delta)> = cells::spans(facts).into_iter().collect();
    spans.retain(|(_, delta)| !delta.is_nothing());
    for cells in spans.chunk_by(|(a, _), (b, _)| a.row() == b.row()) {
        apply_chunk(conn, cells)?;
    }
    Ok(())
}

fn apply_rollup(conn: &Connection, key: RollupKey, delta: &Delta) -> Result<(), StoreError> {
    let RollupKey {
        project_id,
        ref_id,
        day,
        status,
        ref_kind,
        source,
    } = key;
    let stored: Option<(i64, Option<Vec<u8>>)> = conn
        .prepare_cached(
            "SELECT count, histogram FROM rollups
             WHERE project_id = ?1 AND ref = ?2 AND day = ?3 AND status = ?4 AND ref_kind = ?5 AND source = ?6",
        )?
        .query_row(
            [project_id, ref_id, day, status, ref_kind, source],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    let (count, bytes) = stored.unwrap_or_default();
    if count + delta.count == 0 {
        conn.prepare_cached(
            "DELETE FROM rollups
             WHERE project_id = ?1 AND ref = ?2 AND day = ?3 AND status = ?4 AND ref_kind = ?5 AND source = ?6",
        )?
        .execute([project_id, ref_id, day, status, ref_kind, source])?;
        return Ok(());
    }
    let histogram = merged(bytes.as_deref(), delta, &key)?;
    conn.prepare_cached(
        "INSERT INTO rollups (project_id, ref, day, status, ref_kind, source,
                              count, duration_count, duration_sum, histogram)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
         ON CONFLICT (project_id, ref, day, status, ref_kind, source) DO UPDATE SET
           count = count + excluded.count, duration_count = duration_count + excluded.duration_count,
           duration_sum = duration_sum + excluded.duration_sum, histogram = excluded.histogram",
    )?
    .execute(params![
        project_id,
        ref_id,
        day,
        status,
        ref_kind,
        source,
        delta.count,
        delta.duration_count,
        delta.duration_sum,
        histogram,
    ])?;
    Ok(())
}

fn merged(
    bytes: Option<&[u8]>,
    delta: &Delta,
    key: &RollupKey,
) -> Result<Option<Vec<u8>>, StoreError> {
    let mut histogram = match bytes {
        None => Histogram::default(),
        Some(bytes) => Histogram::from_bytes(bytes).ok_or_else(|| StoreError::Corrupt {
            what: format!("the histogram of {key:?}"),
            detail: "it is not one".to_owned(),
        })?,
    };
    // A histogram ignores what it cannot take out, so what comes goes in first.
    for (duration, by) in &delta.durations {
        for _ in 0..*by {
            histogram.add(*duration as f64);
        }
    }
    for (duration, by) in &delta.durations {
        for _ in *by..0 {
            histogram.remove(*duration as f64);
        }
    }
    let bytes = histogram.to_bytes();
    Ok((!bytes.is_empty()).then_some(bytes))
}

/// Adds what the projects of one row gained and lost.
fn apply_chunk(conn: &Connection, cells: &[(SpanKey, Delta)]) -> Result<(), StoreError> {
    let Some((first, _)) = cells.first() else {
        return Ok(());
    };
    let key = first.row();
    let stored: Option<Vec<u8>> = conn
        .prepare_cached(
            "SELECT projects FROM spans
             WHERE ref = ?1 AND status = ?2 AND days = ?3 AND start = ?4 AND chunk = ?5",
        )?
        .query_row(key, |row| row.get(0))
        .optional()?;
    let mut sums: Vec<ProjectSum> = unpack(&stored.unwrap_or_default()).collect();
    for (cell, delta) in cells {
        let project_id = cell.project_id;
        let at = sums.binary_search_by_key(&project_id, |sum| sum.project_id);
        let at = at.unwrap_or_else(|at| {
            let none = ProjectSum {
                project_id,
                ..ProjectSum::default()
            };
            sums.insert(at, none);
            at
        });
        let sum = &mut sums[at];
        sum.count += delta.count;
        sum.duration_count += delta.duration_count;
        sum.duration_sum += delta.duration_sum;
    }
    sums.retain(|sum| sum.count != 0);
    put_chunk(conn, key, &sums)
}

/// Replaces a row of `spans`; one without projects is deleted.
pub(super) fn put_chunk(
    conn: &Connection,
    [reference, status, days, start, chunk]: [i64; 5],
    sums: &[ProjectSum],
) -> Result<(), StoreError> {
    if sums.is_empty() {
        conn.prepare_cached(
            "DELETE FROM spans
             WHERE ref = ?1 AND status = ?2 AND days = ?3 AND start = ?4 AND chunk = ?5",
        )?
        .execute([reference, status, days, start, chunk])?;
    } else {
        conn.prepare_cached(
            "INSERT INTO spans (ref, status, days, start, chunk, projects) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (ref, status, days, start, chunk) DO UPDATE SET projects = excluded.projects",
        )?
        .execute(params![reference, status, days, start, chunk, pack(sums)])?;
    }
    Ok(())
}
