//! Issues made through GitLab: first the question is written down, then asked, then what became of it.
//!
//! So nobody makes the same issue twice: not with two clicks, not two people at once, and not after an answer that
//! did not come or a process that died in between.

use rusqlite::{OptionalExtension, params};
use serde_json::{Value, json};

use super::act::{Acting, Done, done, impossible, names};
use super::{groups, issues, links};
use crate::{GroupId, IssueMade, LinkOrigin, StoreError, Subject};

/// Seconds after which a question without an answer does not keep from the next one. By then the issues of the
/// project were read again, and an issue that is there has linked itself by its known-issue block.
const HELD: i64 = 15 * 60;

/// State of a question that was not answered yet.
const ASKED: &str = "asked";
/// State of a question with an issue for an answer.
pub(super) const MADE: &str = "made";
/// State of a question that GitLab refused.
const REFUSED: &str = "refused";
/// State of a question whose answer did not come.
const UNKNOWN: &str = "unknown";

/// Writes down that GitLab will be asked for an issue in a project (with a title).
pub(super) fn ask(
    acting: &Acting<'_>,
    subjects: &[Subject],
    (project, title): (&str, &str),
    another: bool,
) -> Result<Done, StoreError> {
    let mut about = Vec::new();
    for subject in subjects {
        let subject = acting.existing(*subject)?;
        about.push(subject);
        if let Some(asked) = open_question(acting, subject)? {
            return Err(impossible(format!(
                "GitLab was asked for an issue on {subject} {asked}; look there before trying again"
            )));
        }
        if !another && let Some(issue) = open_issue(acting, subject)? {
            return Err(impossible(format!(
                "{subject} belongs to {issue} already, which is open"
            )));
        }
    }
    let detail = json!({ "project": project, "title": title, "state": ASKED });
    Ok(done("create_issue", names(&about), detail))
}

/// Completes a question, and links the issue to what it is about.
pub(super) fn answer(
    acting: &Acting<'_>,
    audit: i64,
    subjects: &[Subject],
    made: &IssueMade,
) -> Result<Done, StoreError> {
    let row: Option<(String, String)> = acting
        .conn
        .prepare_cached(
            "SELECT subject, detail FROM audit WHERE id = ?1 AND action = 'create_issue'",
        )?
        .query_row([audit], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((subject, detail)) = row else {
        return Err(impossible(format!("action {audit} asked for no issue")));
    };
    let mut detail = parsed(audit, &detail)?;
    if detail["state"] != ASKED {
        return Err(impossible(format!("action {audit} was answered already")));
    }
    match made {
        IssueMade::Made(issue) => {
            issues::put(acting.conn, issue)?;
            let mut added = Vec::new();
            for subject in subjects {
                let subject = acting.existing(*subject)?;
                added.extend(links::add(
                    acting.conn,
                    subject,
                    &issue.key,
                    LinkOrigin::Person,
                    acting.actor,
                    acting.now,
                )?);
            }
            detail["state"] = json!(MADE);
            detail["issue"] = json!(issue.key.to_string());
            detail["links"] = json!(added);
        }
        IssueMade::Refused(why) => {
            detail["state"] = json!(REFUSED);
            detail["error"] = json!(why);
        }
        IssueMade::Unknown(why) => {
            detail["state"] = json!(UNKNOWN);
            detail["error"] = json!(why);
        }
    }
    Ok(Done {
        completes: Some(audit),
        ..done("create_issue", subject, detail)
    })
}

/// A question on this subject that nobody knows the answer of, in words.
fn open_question(acting: &Acting<'_>, subject: Subject) -> Result<Option<String>, StoreError> {
    let mut select = acting.conn.prepare_cached(
        "SELECT id, at, subject, detail FROM audit WHERE action = 'create_issue' AND at > ?1 ORDER BY id DESC",
    )?;
    let mut rows = select.query(params![acting.now - HELD])?;
    let group = group_of(acting, subject)?.map(|group| Subject::Group(group).to_string());
    let own = subject.to_string();
    while let Some(row) = rows.next()? {
        let about: String = row.get(2)?;
        let is_meant = |one| one == own || group.as_deref() == Some(one);
        if !about.split(", ").any(is_meant) {
            continue;
        }
        let detail = parsed(row.get(0)?, &row.get::<_, String>(3)?)?;
        let minutes = (acting.now - row.get::<_, i64>(1)?) / 60;
        let project = detail["project"].as_str().unwrap_or_default();
        let (ago, wait) = (minutes.max(0), (HELD / 60 - minutes).max(1));
        if detail["state"] == ASKED || detail["state"] == UNKNOWN {
            return Ok(Some(format!(
                "{ago} minutes ago and its answer did not come, so that it may be in {project} (if it is, it is linked here within {wait} minutes)"
            )));
        }
    }
    Ok(None)
}

/// An open issue that the subject belongs to: a job's own, or its group's.
fn open_issue(acting: &Acting<'_>, subject: Subject) -> Result<Option<String>, StoreError> {
    let mut linked = acting.conn.prepare_cached(
        "SELECT l.project_path || '#' || l.iid FROM issue_links l
         LEFT JOIN issues i ON i.project_path = l.project_path AND i.iid = l.iid
         WHERE l.removed_at IS NULL AND coalesce(i.state, 'opened') <> 'closed'
           AND ((?1 IS NOT NULL AND l.group_id = ?1) OR (?2 IS NOT NULL AND l.job_id = ?2))
         ORDER BY l.id LIMIT 1",
    )?;
    let mut find = |group: Option<i64>, job: Option<i64>| {
        linked
            .query_row(params![group, job], |row| row.get(0))
            .optional()
    };
    if let Subject::Job(job) = subject
        && let Some(issue) = find(None, Some(job.get()))?
    {
        return Ok(Some(issue));
    }
    let group = group_of(acting, subject)?;
    let Some(group) = group else { return Ok(None) };
    for member in acting.below(group)? {
        if let Some(issue) = find(Some(member), None)? {
            return Ok(Some(issue));
        }
    }
    Ok(None)
}

/// The group itself, or that of a job.
fn group_of(acting: &Acting<'_>, subject: Subject) -> Result<Option<GroupId>, StoreError> {
    let job = match subject {
        Subject::Group(group) => return Ok(Some(group)),
        Subject::Job(job) => job,
    };
    let group: Option<i64> = acting
        .conn
        .prepare_cached("SELECT group_id FROM failed_jobs WHERE job_id = ?1")?
        .query_row([job.get()], |row| row.get(0))
        .optional()?
        .flatten();
    let Some(group) = group else { return Ok(None) };
    Ok(groups::root(acting.conn, group)?.map(GroupId))
}

fn parsed(audit: i64, detail: &str) -> Result<Value, StoreError> {
    serde_json::from_str(detail).map_err(|error| StoreError::Corrupt {
        what: format!("action {audit}"),
        detail: error.to_string(),
    })
}
