//! Rows of `sync_parts`.

use rusqlite::{Connection, params};

use crate::{PartOutcome, PartUpdate, StoreError};

/// Applies one step; returns how many rows it changed.
pub(super) fn apply(conn: &Connection, update: &PartUpdate) -> Result<usize, StoreError> {
    let (project, part) = (update.project_id.get(), update.part.as_str());
    let at = update.at.as_second();
    let rows = match &update.outcome {
        PartOutcome::Page(watermark) => conn
            .prepare_cached(
                "INSERT INTO sync_parts (project_id, part, tried_at, watermark) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (project_id, part) DO UPDATE SET
                   tried_at = excluded.tried_at,
                   watermark = max(coalesce(watermark, excluded.watermark), excluded.watermark)",
            )?
            .execute(params![project, part, at, watermark.as_second()])?,
        PartOutcome::Read {
            watermark,
            generation,
        } => conn
            .prepare_cached(
                "INSERT INTO sync_parts (project_id, part, tried_at, watermark, generation)
                 VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (project_id, part) DO UPDATE SET
                   tried_at = excluded.tried_at,
                   watermark = max(coalesce(watermark, excluded.watermark), excluded.watermark),
                   generation = max(coalesce(generation, excluded.generation), excluded.generation),
                   refused = NULL, last_error = NULL, failures = 0",
            )?
            .execute(params![
                project,
                part,
                at,
                watermark.as_second(),
                generation
            ])?,
        PartOutcome::Refused(reason) => conn
            .prepare_cached(
                "INSERT INTO sync_parts (project_id, part, tried_at, refused) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (project_id, part) DO UPDATE SET
                   tried_at = excluded.tried_at, refused = excluded.refused, last_error = NULL, failures = 0",
            )?
            .execute(params![project, part, at, reason])?,
        PartOutcome::Failed(error) => conn
            .prepare_cached(
                "INSERT INTO sync_parts (project_id, part, tried_at, last_error, failures) VALUES (?1, ?2, ?3, ?4, 1)
                 ON CONFLICT (project_id, part) DO UPDATE SET
                   tried_at = excluded.tried_at, last_error = excluded.last_error, failures = failures + 1",
            )?
            .execute(params![project, part, at, error])?,
    };
    Ok(rows)
}
