//! Merge Request Hook.

use serde_json::{Value, json};

use super::people;
use crate::app::Simulation;
use crate::resources::merge_requests;
use crate::resources::scene::{history, user};
use crate::resources::tale::{End, Request};
use crate::world::Moment;

/// Somebody did something to a merge request.
pub(super) fn merge_request(
    app: &Simulation,
    moment: &Moment<'_>,
    index: u32,
    iid: u64,
    action: &str,
) -> Option<Value> {
    let request = history(moment, index).request(iid)?.clone();
    let shown = merge_requests::basic(app, moment, &(index, request.clone()));
    let mut about = attributes(app, moment, index, &request);
    about["action"] = action.into();
    Some(json!({
        "object_kind": "merge_request",
        "event_type": "merge_request",
        "user": people::user(moment, user(actor(&request, action))),
        "project": people::project_with_old_names(app, moment, index),
        "repository": people::short_repository(app, moment, index),
        "object_attributes": about,
        "labels": [],
        "changes": {
            "updated_at": {
                "previous": request.created.hook(),
                "current": request.updated.hook(),
            },
        },
        "assignees": people_of(moment, &shown["assignees"]),
        "reviewers": people_of(moment, &shown["reviewers"]),
    }))
}

/// Index of the user who did it.
fn actor(request: &Request, action: &str) -> u64 {
    match (action, request.end) {
        ("merge", End::Merged { by, .. }) | ("close", End::Closed { by, .. }) => by,
        ("approved", _) => {
            let last = request.approvals.last();
            last.map_or(request.author, |(by, _)| *by)
        }
        _ => request.author,
    }
}

/// A merge request, as its own events and comments on it show it.
pub(super) fn attributes(
    app: &Simulation,
    moment: &Moment<'_>,
    index: u32,
    request: &Request,
) -> Value {
    let shown = merge_requests::basic(app, moment, &(index, request.clone()));
    let ids = |people: &Value| -> Vec<Value> {
        let people = people.as_array().into_iter().flatten();
        people.map(|person| person["id"].clone()).collect()
    };
    let project = people::project_with_old_names(app, moment, index);
    let last = request.commits.last();
    let state = match request.end {
        End::Opened => 1,
        End::Closed { .. } => 2,
        End::Merged { .. } => 3,
    };
    json!({
        "id": shown["id"],
        "iid": shown["iid"],
        "target_branch": shown["target_branch"],
        "source_branch": shown["source_branch"],
        "source_project_id": shown["source_project_id"],
        "target_project_id": shown["target_project_id"],
        "author_id": shown["author"]["id"],
        "assignee_id": shown["assignee"]["id"],
        "assignee_ids": ids(&shown["assignees"]),
        "reviewer_ids": ids(&shown["reviewers"]),
        "title": shown["title"],
        "description": shown["description"],
        "created_at": request.created.hook(),
        "updated_at": request.updated.hook(),
        "milestone_id": shown["milestone"]["id"],
        "state": shown["state"],
        "state_id": state,
        "blocking_discussions_resolved": shown["blocking_discussions_resolved"],
        "work_in_progress": request.draft,
        "draft": request.draft,
        "first_contribution": false,
        "merge_status": shown["merge_status"],
        "detailed_merge_status": shown["detailed_merge_status"],
        "url": shown["web_url"],
        "source": project,
        "target": project,
        "last_commit": last.map(|commit| people::commit(app, moment, index, *commit)),
        "last_edited_at": null,
        "last_edited_by_id": null,
        "total_time_spent": 0,
        "time_change": 0,
        "human_total_time_spent": null,
        "human_time_change": null,
        "human_time_estimate": null,
        "labels": [],
    })
}

/// Assignees or reviewers.
pub(super) fn people_of(moment: &Moment<'_>, shown: &Value) -> Vec<Value> {
    let people = shown.as_array().into_iter().flatten();
    let known = people.filter_map(|person| {
        let id = person["id"].as_u64()?;
        moment.users.iter().position(|user| user.id == id)
    });
    known
        .map(|index| people::user(moment, Some(index as u32)))
        .collect()
}
