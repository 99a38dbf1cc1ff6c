//! Which group a failure belongs to, and what people say it is.

use rusqlite::{Connection, OptionalExtension, params};

use crate::{Reason, SignatureKey, StoreError};

/// A reason on its way into a group.
pub(super) struct Place<'r> {
    pub(super) reason: &'r Reason,
    /// Words.
    pub(super) category: i64,
    /// Words.
    pub(super) whose: i64,
    /// Of the job: unix seconds.
    pub(super) created_at: i64,
    pub(super) now: i64,
}

/// The group of a reason: that of its signature, else that of the one it is near to, else a new one. A reason without a
/// pattern belongs to none.
pub(super) fn place(conn: &Connection, place: &Place<'_>) -> Result<Option<i64>, StoreError> {
    let reason = place.reason;
    if reason.pattern.is_empty() {
        return Ok(None);
    }
    let group = if let Some(group) = group_of(conn, reason.signature)? {
        group
    } else {
        let near = match reason.near {
            Some(key) => group_of(conn, key)?,
            None => None,
        };
        let (group, how) = match near {
            Some(group) => (group, "fuzzy"),
            None => (new_group(conn, place)?, "exact"),
        };
        put_signature(conn, place, group, how)?;
        group
    };
    conn.prepare_cached(
        "UPDATE failure_groups SET first_seen = min(first_seen, ?2), last_seen = max(last_seen, ?2)
         WHERE id = ?1 AND (first_seen > ?2 OR last_seen < ?2)",
    )?
    .execute([group, place.created_at])?;
    Ok(Some(group))
}

/// The group a signature leads to.
fn group_of(conn: &Connection, key: SignatureKey) -> Result<Option<i64>, StoreError> {
    Ok(conn
        .prepare_cached("SELECT group_id FROM signatures WHERE version = ?1 AND hash = ?2")?
        .query_row(params![key.version, key.hash.to_be_bytes()], |row| {
            row.get(0)
        })
        .optional()?)
}

fn new_group(conn: &Connection, place: &Place<'_>) -> Result<i64, StoreError> {
    Ok(conn
        .prepare_cached(
            "INSERT INTO failure_groups (pattern, category, whose, first_seen, last_seen, created_at)
             VALUES (?1, ?2, ?3, ?4, ?4, ?5)",
        )?
        .insert(params![
            place.reason.pattern,
            place.category,
            place.whose,
            place.created_at,
            place.now
        ])?)
}

fn put_signature(
    conn: &Connection,
    place: &Place<'_>,
    group: i64,
    how: &str,
) -> Result<(), StoreError> {
    let key = place.reason.signature;
    conn.prepare_cached(
        "INSERT INTO signatures (version, hash, group_id, how, category, pattern) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![
        key.version,
        key.hash.to_be_bytes(),
        group,
        how,
        place.category,
        place.reason.pattern
    ])?;
    Ok(())
}

/// The group of a job, if people decided on it: linked, judged, named, muted, merged or split it, or moved the job.
pub(super) fn decided(conn: &Connection, job: i64) -> Result<Option<i64>, StoreError> {
    Ok(conn
        .prepare_cached(
            "SELECT f.group_id FROM failed_jobs f JOIN failure_groups g ON g.id = f.group_id
             WHERE f.job_id = ?1 AND (
               g.title IS NOT NULL OR g.muted_until IS NOT NULL OR g.merged_into IS NOT NULL
               OR EXISTS (SELECT 1 FROM failure_groups m WHERE m.merged_into = g.id)
               OR EXISTS (SELECT 1 FROM issue_links l WHERE l.group_id = g.id AND l.removed_at IS NULL)
               OR EXISTS (SELECT 1 FROM judgements j WHERE j.group_id = g.id AND j.removed_at IS NULL)
               OR EXISTS (SELECT 1 FROM signatures s WHERE s.group_id = g.id AND s.how = 'manual')
               OR NOT EXISTS (SELECT 1 FROM reasons r JOIN signatures s
                              ON s.version = r.signature_version AND s.hash = r.signature
                              WHERE r.job_id = f.job_id AND s.group_id = g.id))",
        )?
        .query_row([job], |row| row.get(0))
        .optional()?)
}

/// The group that a group was merged into in the end; itself when it was not.
pub(super) fn root(conn: &Connection, group: i64) -> Result<Option<i64>, StoreError> {
    Ok(conn
        .prepare_cached(
            "WITH RECURSIVE up (id, next) AS (
               SELECT id, merged_into FROM failure_groups WHERE id = ?1
               UNION SELECT g.id, g.merged_into FROM failure_groups g JOIN up ON g.id = up.next)
             SELECT id FROM up WHERE next IS NULL",
        )?
        .query_row([group], |row| row.get(0))
        .optional()?)
}

/// A group and all that were merged into it, directly or not.
const MEMBERS: &str = "WITH RECURSIVE down (id) AS (
       SELECT ?1 UNION SELECT g.id FROM failure_groups g JOIN down ON g.merged_into = down.id)";

/// Sets a job's category to what people say, else to what was computed.
pub(super) fn judge(conn: &Connection, job: i64) -> Result<(), StoreError> {
    conn.prepare_cached(
        "WITH RECURSIVE up (id, next) AS (
           SELECT g.id, g.merged_into FROM failure_groups g JOIN failed_jobs f ON f.group_id = g.id WHERE f.job_id = ?1
           UNION SELECT g.id, g.merged_into FROM failure_groups g JOIN up ON g.id = up.next)
         UPDATE failed_jobs SET category = coalesce(
           (SELECT category FROM judgements WHERE job_id = ?1 AND removed_at IS NULL AND category IS NOT NULL
            ORDER BY id DESC LIMIT 1),
           (SELECT category FROM judgements WHERE group_id IN (SELECT id FROM up) AND removed_at IS NULL
              AND category IS NOT NULL ORDER BY id DESC LIMIT 1),
           (SELECT category FROM reasons WHERE job_id = ?1))
         WHERE job_id = ?1",
    )?
    .execute([job])?;
    Ok(())
}

/// [`judge`] for every failure of a group.
pub(super) fn judge_all(conn: &Connection, group: i64) -> Result<(), StoreError> {
    let mut select = conn.prepare_cached(&format!(
        "{MEMBERS} SELECT job_id FROM failed_jobs WHERE group_id IN (SELECT id FROM down)"
    ))?;
    let jobs: Vec<i64> = select
        .query_map([group], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    jobs.into_iter().try_for_each(|job| judge(conn, job))
}
