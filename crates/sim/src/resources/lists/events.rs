//! Events of a project: issues opened and closed, merge requests opened and ended, pushes.

use axum::Router;
use axum::routing::get;
use serde_json::{Value, json};

use super::view::{Answer, View, project};
use crate::app::App;
use crate::resources::merge_requests::title;
use crate::resources::scene::history;
use crate::resources::tale::{End, global_id, issues};
use crate::rest::error::ApiError;
use crate::rest::jobs::commit_title;
use crate::rest::page::Paging;
use crate::world::{DAY, Time};

/// Routes below `/api/v4`.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/projects/{id}/events", get(project(list)))
}

/// One thing that happened.
struct Event {
    id: u64,
    at: Time,
    by: u64,
    action: &'static str,
    /// Type, id, iid and title of what it happened to.
    target: Option<(&'static str, u64, u64, String)>,
    /// Of a push: its commit.
    commit: Option<u32>,
}

/// Events about one number of a project: up to 8 of its issue, 4 of its merge request, one of its commit.
const PER_NUMBER: u64 = 16;

fn list(view: &View<'_>, paging: &Paging) -> Answer {
    let params = &paging.params;
    let (action, kind) = (params.get("action"), params.get("target_type"));
    let day = |name: &str| match params.get(name) {
        None => Ok(None),
        Some(text) => Time::parse(&format!("{text}T00:00:00Z"))
            .map(Some)
            .ok_or_else(|| ApiError::invalid(name)),
    };
    let (before, after) = (day("before")?, day("after")?);
    let ascending = params.ascending("desc")?;
    let mut rows = events(view);
    rows.retain(|event| {
        // Both days are left out themselves.
        before.is_none_or(|day| event.at < day)
            && after.is_none_or(|day| event.at >= day.plus(DAY))
            && action.is_none_or(|action| matches_action(event.action, action))
            && kind.is_none_or(|kind| {
                event
                    .target
                    .as_ref()
                    .is_some_and(|(of, ..)| of.to_lowercase() == kind.replace('_', ""))
            })
    });
    rows.sort_by_key(|event| (event.at, event.id));
    if !ascending {
        rows.reverse();
    }
    paging.respond(&rows, |event| render(view, event))
}

/// `pushed` finds `pushed to`.
fn matches_action(action: &str, wanted: &str) -> bool {
    action.split(' ').next() == Some(wanted)
}

fn events(view: &View<'_>) -> Vec<Event> {
    let ordinal = view.place.ordinal;
    let mut rows = Vec::new();
    for issue in issues(&view.place) {
        let target = || {
            let id = global_id(ordinal, issue.index);
            Some(("Issue", id, issue.index + 1, issue.title.clone()))
        };
        let closer = issue.closed.map_or(issue.author, |(_, by)| by);
        let opened = [(issue.created, "opened", issue.author)];
        let turns = issue.turns.iter().map(|(at, state)| (*at, *state, closer));
        for (number, (at, action, by)) in (0..).zip(opened.into_iter().chain(turns)) {
            rows.push(Event {
                id: global_id(ordinal, issue.index * PER_NUMBER + number),
                at,
                by,
                action,
                target: target(),
                commit: None,
            });
        }
    }
    let (history, project) = (history(view.moment, view.index), view.project());
    for request in &history.requests {
        let end = match request.end {
            End::Opened => None,
            End::Merged { at, by, .. } => Some((at, "accepted", by)),
            End::Closed { at, by } => Some((at, "closed", by)),
        };
        let opened = [(request.created, "opened", request.author)];
        for (number, (at, action, by)) in (8..).zip(opened.into_iter().chain(end)) {
            let id = global_id(ordinal, request.index);
            rows.push(Event {
                id: global_id(ordinal, request.index * PER_NUMBER + number),
                at,
                by,
                action,
                target: Some((
                    "MergeRequest",
                    id,
                    request.index + 1,
                    title(project, request),
                )),
                commit: None,
            });
        }
    }
    for (commit, row) in (0..).zip(&project.commits) {
        if let Some(at) = history.pushed(commit) {
            rows.push(Event {
                id: global_id(ordinal, u64::from(commit) * PER_NUMBER + 15),
                at,
                by: u64::from(row.author),
                action: "pushed to",
                target: None,
                commit: Some(commit),
            });
        }
    }
    rows
}

/// Event.
fn render(view: &View<'_>, event: &Event) -> Value {
    let (project, author) = (view.project(), view.person(event.by));
    let target = event.target.as_ref();
    let mut value = json!({
        "id": event.id,
        "project_id": project.id,
        "action_name": event.action,
        "target_id": target.map(|(_, id, ..)| id),
        "target_iid": target.map(|(_, _, iid, _)| iid),
        "target_type": target.map(|(kind, ..)| kind),
        "author_id": author["id"],
        "target_title": target.map(|(.., title)| title),
        "created_at": event.at.rest(),
        "author_username": author["username"],
        "author": author,
        "imported": false,
        "imported_from": "none",
    });
    if let Some(commit) = event.commit {
        let row = &project.commits[commit as usize];
        value["push_data"] = json!({
            "commit_count": 1,
            "action": "pushed",
            "ref_type": "branch",
            "commit_from": row.parent.map(|parent| project.sha(parent)),
            "commit_to": project.sha(commit),
            "ref": project.branch(row.branch),
            "commit_title": commit_title(project.seed, commit),
            "ref_count": null,
        });
    }
    value
}
