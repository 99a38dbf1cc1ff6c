//! Rows of `checked_days` and `gaps`.

use rusqlite::{Connection, params};

use crate::{CompletenessUpdate, StoreError};

/// Seconds for which closed gaps are kept.
const KEPT: i64 = 30 * 86_400;

/// Applies one result; returns how many rows it changed.
pub(super) fn apply(conn: &Connection, update: &CompletenessUpdate) -> Result<usize, StoreError> {
    let rows = match update {
        CompletenessUpdate::Found(gap) => {
            let day = gap.day.as_second();
            let new = conn
                .prepare_cached(
                    "INSERT INTO gaps (pipeline_id, project_id, day, kind, detail, found_at, repaired_at)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, NULL)
                     ON CONFLICT (pipeline_id) DO UPDATE SET
                       project_id = excluded.project_id, day = excluded.day, kind = excluded.kind,
                       detail = excluded.detail, found_at = excluded.found_at, repaired_at = NULL
                     WHERE repaired_at IS NOT NULL",
                )?
                .execute(params![
                    gap.pipeline_id.get(),
                    gap.project_id.get(),
                    day,
                    gap.kind.as_str(),
                    gap.detail,
                    gap.found_at.as_second(),
                ])?;
            if new > 0 {
                conn.prepare_cached(
                    "INSERT INTO checked_days
                       (day, until, checked_at, projects, behind, pipelines, jobs, unlisted, found)
                     VALUES (?1, ?1, ?2, 0, 0, 0, 0, 0, 1)
                     ON CONFLICT (day) DO UPDATE SET found = found + 1",
                )?
                .execute((day, gap.found_at.as_second()))?;
            }
            new
        }
        CompletenessUpdate::Repaired { pipeline_id, at } => {
            let day: Vec<i64> = conn
                .prepare_cached(
                    "UPDATE gaps SET repaired_at = ?2 WHERE pipeline_id = ?1 AND repaired_at IS NULL RETURNING day",
                )?
                .query_map((pipeline_id.get(), at.as_second()), |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            for day in &day {
                conn.prepare_cached(
                    "UPDATE checked_days SET repaired = repaired + 1 WHERE day = ?1",
                )?
                .execute([day])?;
            }
            day.len()
        }
        CompletenessUpdate::Checked(day) => {
            let at = day.checked_at.as_second();
            conn.prepare_cached("DELETE FROM gaps WHERE repaired_at < ?1")?
                .execute([at - KEPT])?;
            conn.prepare_cached(
                "INSERT INTO checked_days (day, until, checked_at, projects, behind, pipelines, jobs, unlisted)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                 ON CONFLICT (day) DO UPDATE SET
                   until = max(until, excluded.until), checked_at = excluded.checked_at,
                   projects = excluded.projects, behind = excluded.behind, pipelines = excluded.pipelines,
                   jobs = excluded.jobs, unlisted = excluded.unlisted",
            )?
            .execute(params![
                day.day.as_second(),
                day.until.as_second(),
                at,
                day.projects as i64,
                day.behind as i64,
                day.pipelines as i64,
                day.jobs as i64,
                day.unlisted as i64,
            ])?
        }
        CompletenessUpdate::Left { before } => conn
            .prepare_cached("DELETE FROM gaps WHERE repaired_at IS NULL AND day < ?1")?
            .execute([before.as_second()])?,
    };
    Ok(rows)
}
