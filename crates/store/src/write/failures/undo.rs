//! Taking actions back, from what the audit trail kept of them.

use labtower_model::JobId;
use rusqlite::{OptionalExtension, params};
use serde_json::{Value, json};

use super::act::{Acting, Done, done, impossible};
use super::{create, links};
use crate::{GroupId, StoreError, Subject};

/// Takes back an action, once.
pub(super) fn undo(acting: &Acting<'_>, audit: i64) -> Result<Done, StoreError> {
    let row: Option<(String, String, String, Option<i64>)> = acting
        .conn
        .prepare_cached("SELECT action, subject, detail, undone_by FROM audit WHERE id = ?1")?
        .query_row([audit], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })
        .optional()?;
    let Some((action, subject, detail, undone_by)) = row else {
        return Err(impossible(format!("there is no action {audit}")));
    };
    if undone_by.is_some() {
        return Err(impossible(format!("action {audit} was undone already")));
    }
    let detail: Value = serde_json::from_str(&detail).map_err(|error| StoreError::Corrupt {
        what: format!("action {audit}"),
        detail: error.to_string(),
    })?;
    let group = |key: &str| detail[key].as_i64().map(GroupId);
    match action.as_str() {
        // The issue itself stays: only GitLab's own people close it.
        "assign" | "create_issue" => {
            if action == "create_issue" && detail["state"] != create::MADE {
                return Err(impossible(format!("action {audit} made no issue")));
            }
            for link in numbers(&detail["links"]) {
                links::set_removed(acting.conn, link, Some(acting.now))?;
            }
        }
        "unassign" => {
            for link in numbers(&detail["links"]) {
                links::set_removed(acting.conn, link, None)?;
            }
        }
        "classify" | "wrong_reason" => {
            for judgement in numbers(&detail["judgements"]) {
                take_back(acting, judgement)?;
            }
        }
        "merge" => {
            let (Some(from), Some(into)) = (group("from"), group("into")) else {
                return Err(impossible(format!("action {audit} names no groups")));
            };
            let now: Option<i64> = acting.conn.query_row(
                "SELECT merged_into FROM failure_groups WHERE id = ?1",
                [from.0],
                |row| row.get(0),
            )?;
            if now != Some(into.0) {
                return Err(impossible(format!("group {from} is not in group {into}")));
            }
            acting.set_group(from, "merged_into", None::<i64>)?;
            acting.rejudge(Subject::Group(from))?;
        }
        "split" => {
            let (Some(new), Some(old)) = (group("new"), group("group")) else {
                return Err(impossible(format!("action {audit} names no groups")));
            };
            let merged: Option<i64> = acting.conn.query_row(
                "SELECT merged_into FROM failure_groups WHERE id = ?1",
                [new.0],
                |row| row.get(0),
            )?;
            if merged.is_some() || super::groups::root(acting.conn, old.0)? == Some(new.0) {
                return Err(impossible(format!("group {new} was merged since")));
            }
            acting.set_group(new, "merged_into", Some(old.0))?;
            acting.rejudge(Subject::Group(new))?;
        }
        "rename" | "mute" => {
            let Some(group) = group("group") else {
                return Err(impossible(format!("action {audit} names no group")));
            };
            if action == "rename" {
                acting.set_group(group, "title", detail["was"].as_str())?;
            } else {
                acting.set_group(group, "muted_until", detail["was"].as_i64())?;
            }
        }
        _ => return Err(impossible(format!("action {audit} cannot be undone"))),
    }
    Ok(done(
        "undo",
        subject,
        json!({ "undoes": audit, "action": action }),
    ))
}

fn take_back(acting: &Acting<'_>, judgement: i64) -> Result<(), StoreError> {
    acting
        .conn
        .prepare_cached("UPDATE judgements SET removed_at = ?2 WHERE id = ?1")?
        .execute(params![judgement, acting.now])?;
    let (group, job): (Option<i64>, Option<i64>) = acting.conn.query_row(
        "SELECT group_id, job_id FROM judgements WHERE id = ?1",
        [judgement],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    match (group, job) {
        (Some(group), _) => acting.rejudge(Subject::Group(GroupId(group))),
        (None, Some(job)) => acting.rejudge(Subject::Job(JobId(job))),
        (None, None) => Ok(()),
    }
}

fn numbers(list: &Value) -> impl Iterator<Item = i64> {
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_i64)
}
