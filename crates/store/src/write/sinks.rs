//! Rows of `sinks` and `traces`.

use rusqlite::{Connection, params};

use crate::{SinkUpdate, StoreError};

/// Applies one step; returns how many rows it changed.
pub(super) fn apply(conn: &Connection, update: &SinkUpdate) -> Result<usize, StoreError> {
    let rows = match update {
        SinkUpdate::Begun { name, seq, since } => conn
            .prepare_cached(
                "INSERT INTO sinks (name, seq, since) VALUES (?1, ?2, ?3)
                 ON CONFLICT (name) DO UPDATE SET seq = excluded.seq, since = excluded.since",
            )?
            .execute(params![
                name,
                *seq as i64,
                since.map(jiff::Timestamp::as_second)
            ])?,
        SinkUpdate::Taken { name, seq } => conn
            .prepare_cached("UPDATE sinks SET seq = ?2 WHERE name = ?1 AND seq < ?2")?
            .execute(params![name, *seq as i64])?,
        SinkUpdate::Sent {
            name,
            rows,
            refused,
            error,
            at,
        } => conn
            .prepare_cached(
                "UPDATE sinks SET rows = rows + ?2, refused = refused + ?3, error = ?4, sent_at = ?5, failures = 0
                 WHERE name = ?1",
            )?
            .execute(params![
                name,
                *rows as i64,
                *refused as i64,
                error,
                at.as_second()
            ])?,
        // One that is not reached from the very first has to be seen too.
        SinkUpdate::Failed { name, error } => conn
            .prepare_cached(
                "INSERT INTO sinks (name, seq, error, failures) VALUES (?1, 0, ?2, 1)
                 ON CONFLICT (name) DO UPDATE SET error = excluded.error, failures = failures + 1",
            )?
            .execute(params![name, error])?,
        SinkUpdate::Traced(trace) => conn
            .prepare_cached(
                "INSERT INTO traces (pipeline_id, ended_at, root_id, waiting_since) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (pipeline_id) DO UPDATE SET ended_at = excluded.ended_at, root_id = excluded.root_id,
                   waiting_since = excluded.waiting_since",
            )?
            .execute(params![
                trace.pipeline_id.get(),
                trace.ended_at.as_second(),
                trace.root_id.map(labtower_model::PipelineId::get),
                trace.waiting_since.map(jiff::Timestamp::as_second),
            ])?,
    };
    Ok(rows)
}
