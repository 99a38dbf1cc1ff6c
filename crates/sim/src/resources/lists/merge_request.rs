//! What belongs to a merge request beside notes, commits and pipelines.

use axum::Router;
use axum::routing::get;
use serde_json::{Value, json};

use super::issue::worked_on_by;
use super::view::{Answer, View, object, of_project};
use crate::app::App;
use crate::config::Tier;
use crate::resources::issues;
use crate::resources::merge_requests::{assignee, find, reviewers};
use crate::resources::scene::history;
use crate::resources::tale::{Issue, global_id, issues as all_issues};
use crate::rest::page::Paging;
use crate::world::Time;

/// Routes below `/api/v4`.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(
            "/projects/{id}/merge_requests/{merge_request_iid}/approval_state",
            get(of_project(approval_state)),
        )
        .route(
            "/projects/{id}/merge_requests/{merge_request_iid}/reviewers",
            get(of_project(asked)),
        )
        .route(
            "/projects/{id}/merge_requests/{merge_request_iid}/versions",
            get(of_project(versions)),
        )
        .route(
            "/projects/{id}/merge_requests/{merge_request_iid}/closes_issues",
            get(of_project(closes_issues)),
        )
        .route(
            "/projects/{id}/merge_requests/{merge_request_iid}/participants",
            get(of_project(participants)),
        )
}

/// One rule, which asks for one approval.
fn approval_state(view: &View<'_>, iid: &str, _: &Paging) -> Answer {
    let request = find(view.moment, view.index, iid)?;
    view.exists_from(Tier::Premium)?;
    let by = request.approvals.iter();
    let by: Vec<Value> = by.map(|(user, _)| view.person(*user)).collect();
    Ok(object(json!({
        "approval_rules_overwritten": false,
        "rules": [{
            "id": global_id(view.place.ordinal, request.index),
            "name": "All Members",
            "rule_type": "any_approver",
            "eligible_approvers": [],
            "approvals_required": 1,
            "users": [],
            "groups": [],
            "contains_hidden_groups": false,
            "approved_by": by,
            "approved": !request.approvals.is_empty(),
        }],
    })))
}

/// MergeRequestReviewer.
fn asked(view: &View<'_>, iid: &str, paging: &Paging) -> Answer {
    let request = find(view.moment, view.index, iid)?;
    paging.respond(&reviewers(&request, view.moment), |user| {
        let approved = request.approvals.iter().any(|(by, _)| by == user);
        let spoke = request.remarks.iter().any(|remark| remark.author == *user);
        json!({
            "user": view.person(*user),
            "state": if approved { "approved" } else if spoke { "reviewed" } else { "unreviewed" },
            "created_at": request.created.rest(),
        })
    })
}

/// Versions of one merge request have ids of their own range: at most this many.
const PER_REQUEST: u64 = 256;

/// MergeRequestDiff: one for every commit that was pushed, newest first.
fn versions(view: &View<'_>, iid: &str, paging: &Paging) -> Answer {
    let request = find(view.moment, view.index, iid)?;
    let history = history(view.moment, view.index);
    let mut rows: Vec<(u64, u32, Time)> = (0..PER_REQUEST)
        .zip(&request.commits)
        .map(|(number, commit)| {
            let pushed = history.pushed(*commit).unwrap_or(request.created);
            (number, *commit, pushed.max(request.created))
        })
        .collect();
    rows.reverse();
    let project = view.project();
    let id = global_id(view.place.ordinal, request.index);
    paging.respond(&rows, |(number, commit, at)| {
        let mut dice = request.dice.of("version").at(*number);
        json!({
            "id": id * PER_REQUEST + number,
            "head_commit_sha": project.sha(*commit),
            "base_commit_sha": project.sha(request.base),
            "start_commit_sha": project.sha(request.base),
            "created_at": at.rest(),
            "merge_request_id": id,
            "state": "collected",
            "real_size": dice.between(1, 30).to_string(),
            "patch_id_sha": dice.hex(40),
        })
    })
}

/// The issues that it works on, as they were when it last changed.
fn closes_issues(view: &View<'_>, iid: &str, paging: &Paging) -> Answer {
    let request = find(view.moment, view.index, iid)?;
    let history = history(view.moment, view.index);
    let mut rows: Vec<(u32, Issue)> = all_issues(&view.place)
        .into_iter()
        .filter(|issue| {
            worked_on_by(issue, &history).is_some_and(|found| found.index == request.index)
        })
        .filter(|issue| issue.created <= request.updated)
        .map(|issue| (view.index, issue))
        .collect();
    rows.reverse();
    paging.respond(&rows, |row| issues::render(view.app, view.moment, row))
}

/// Who wrote it, who has it, and who said something.
fn participants(view: &View<'_>, iid: &str, paging: &Paging) -> Answer {
    let request = find(view.moment, view.index, iid)?;
    let said = request.remarks.iter().map(|remark| remark.author);
    let mut users: Vec<u64> = said
        .chain(assignee(&request, view.moment))
        .chain([request.author])
        .collect();
    users.sort_unstable();
    users.dedup();
    paging.respond(&users, |user| view.person(*user))
}
