//! Rows of `issue_links`.

use std::collections::HashSet;

use rusqlite::{Connection, params};

use crate::{BlockLinks, IssueKey, LinkOrigin, StoreError, Subject};

/// Who makes the links of blocks.
const BLOCK_ACTOR: &str = "known-issue block";

/// Links a subject to an issue; `None` if it is linked already.
pub(super) fn add(
    conn: &Connection,
    subject: Subject,
    issue: &IssueKey,
    how: LinkOrigin,
    actor: &str,
    now: i64,
) -> Result<Option<i64>, StoreError> {
    if !of(conn, subject, issue)?.is_empty() {
        return Ok(None);
    }
    let (group, job) = columns(subject);
    let id = conn
        .prepare_cached(
            "INSERT INTO issue_links (group_id, job_id, project_path, iid, how, actor, at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .insert(params![
            group,
            job,
            issue.project_path,
            issue.iid,
            how.as_str(),
            actor,
            now
        ])?;
    Ok(Some(id))
}

/// Links of a subject to an issue that were not removed.
pub(super) fn of(
    conn: &Connection,
    subject: Subject,
    issue: &IssueKey,
) -> Result<Vec<i64>, StoreError> {
    // By the subject: an issue may have as many links as there are failures, a failure has a few.
    let (column, id) = match subject {
        Subject::Job(job) => ("job_id", job.get()),
        Subject::Group(group) => ("group_id", group.0),
    };
    let mut select = conn.prepare_cached(&format!(
        "SELECT id FROM issue_links
         WHERE {column} = ?1 AND removed_at IS NULL AND project_path = ?2 AND iid = ?3",
    ))?;
    let ids = select.query_map(params![id, issue.project_path, issue.iid], |row| row.get(0))?;
    Ok(ids.collect::<Result<_, _>>()?)
}

/// Removes a link, or takes that back with `None`.
pub(super) fn set_removed(
    conn: &Connection,
    link: i64,
    removed_at: Option<i64>,
) -> Result<(), StoreError> {
    conn.prepare_cached("UPDATE issue_links SET removed_at = ?2 WHERE id = ?1")?
        .execute(params![link, removed_at])?;
    Ok(())
}

/// Makes the links of an issue's blocks say what matches now. One that somebody removed by hand stays removed.
pub(super) fn block(conn: &Connection, links: &BlockLinks, now: i64) -> Result<usize, StoreError> {
    let issue = &links.issue;
    let mut changed = 0;
    if !links.more {
        changed += unwanted(conn, links)?;
    }
    let mut known = conn.prepare_cached(
        "SELECT 1 FROM issue_links
         WHERE how = 'block' AND project_path = ?1 AND iid = ?2 AND job_id = ?3",
    )?;
    for job in &links.jobs {
        if known.exists(params![issue.project_path, issue.iid, job.get()])? {
            continue;
        }
        let subject = Subject::Job(*job);
        let added = add(conn, subject, issue, LinkOrigin::Block, BLOCK_ACTOR, now)?;
        changed += usize::from(added.is_some());
    }
    Ok(changed)
}

/// Deletes the links of an issue's blocks to jobs that no longer match.
fn unwanted(conn: &Connection, links: &BlockLinks) -> Result<usize, StoreError> {
    let issue = &links.issue;
    let mut select = conn.prepare_cached(
        "SELECT id, job_id FROM issue_links
         WHERE how = 'block' AND project_path = ?1 AND iid = ?2 AND job_id IS NOT NULL AND removed_at IS NULL",
    )?;
    let stored: Vec<(i64, i64)> = select
        .query_map(params![issue.project_path, issue.iid], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?
        .collect::<Result<_, _>>()?;
    let wanted: HashSet<i64> = links.jobs.iter().map(|job| job.get()).collect();
    let mut delete = conn.prepare_cached("DELETE FROM issue_links WHERE id = ?1")?;
    let mut changed = 0;
    for (link, job) in stored {
        if !wanted.contains(&job) {
            changed += delete.execute([link])?;
        }
    }
    Ok(changed)
}

/// A subject as columns `group_id`, `job_id`.
pub(super) fn columns(subject: Subject) -> (Option<i64>, Option<i64>) {
    match subject {
        Subject::Job(job) => (None, Some(job.get())),
        Subject::Group(group) => (Some(group.0), None),
    }
}
