//! Issue Hook and Note Hook.

use serde_json::{Value, json};

use super::merge_request::{attributes, people_of};
use super::people;
use crate::app::Simulation;
use crate::resources::notes::note_id;
use crate::resources::scene::{history, project_place, user};
use crate::resources::tale::{Issue, issue_at};
use crate::resources::webhooks::happening::Comment;
use crate::resources::{issues, merge_requests};
use crate::world::Moment;

/// Somebody did something to an issue.
pub(super) fn issue(
    app: &Simulation,
    moment: &Moment<'_>,
    index: u32,
    iid: u64,
    action: &str,
) -> Option<Value> {
    let issue = issue_at(&project_place(moment, index), iid.checked_sub(1)?)?;
    let actor = match (action, issue.closed) {
        ("close", Some((_, by))) => by,
        _ => issue.author,
    };
    let shown = issues::render(app, moment, &(index, issue.clone()));
    let mut about = of_issue(&shown, &issue);
    about["action"] = action.into();
    let assignees = people_of(moment, &shown["assignees"]);
    // Other work items than issues have events of their own.
    let kind = if issue.kind == "issue" {
        "issue"
    } else {
        "work_item"
    };
    let mut json = json!({
        "object_kind": kind,
        "event_type": if issue.confidential { "confidential_issue" } else { "issue" },
        "user": people::user(moment, user(actor)),
        "project": people::project_with_old_names(app, moment, index),
        "repository": people::short_repository(app, moment, index),
        "object_attributes": about,
        "labels": [],
        "changes": {
            "updated_at": {
                "previous": issue.created.hook(),
                "current": issue.updated.hook(),
            },
        },
    });
    if let Some(first) = assignees.first() {
        json["assignee"] = first.clone();
        json["assignees"] = json!(assignees);
    }
    Some(json)
}

/// An issue, as its own events and comments on it show it.
fn of_issue(shown: &Value, issue: &Issue) -> Value {
    let assignees = shown["assignees"].as_array().into_iter().flatten();
    let assignees: Vec<&Value> = assignees.map(|person| &person["id"]).collect();
    json!({
        "id": shown["id"],
        "iid": shown["iid"],
        "title": issue.title,
        "assignee_id": assignees.first(),
        "assignee_ids": assignees,
        "author_id": shown["author"]["id"],
        "project_id": shown["project_id"],
        "created_at": issue.created.hook(),
        "updated_at": issue.updated.hook(),
        "updated_by_id": null,
        "last_edited_at": null,
        "last_edited_by_id": null,
        "relative_position": null,
        "description": issue.description,
        "milestone_id": shown["milestone"]["id"],
        "state": shown["state"],
        "state_id": if issue.closed.is_some() { 2 } else { 1 },
        "confidential": issue.confidential,
        "discussion_locked": null,
        "due_date": shown["due_date"],
        "moved_to_id": null,
        "duplicated_to_id": null,
        "time_estimate": 0,
        "total_time_spent": 0,
        "time_change": 0,
        "human_total_time_spent": null,
        "human_time_estimate": null,
        "human_time_change": null,
        "weight": shown["weight"],
        "severity": "unknown",
        "url": shown["web_url"],
        "labels": [],
    })
}

/// Somebody commented.
pub(super) fn note(
    app: &Simulation,
    moment: &Moment<'_>,
    index: u32,
    comment: &Comment,
) -> Option<Value> {
    let (name, kind, shown, about, remarks) = if comment.on_merge_request {
        let request = history(moment, index).request(comment.iid)?.clone();
        let about = attributes(app, moment, index, &request);
        let shown = merge_requests::basic(app, moment, &(index, request.clone()));
        (
            "merge_request",
            "MergeRequest",
            shown,
            about,
            request.remarks,
        )
    } else {
        let issue = issue_at(&project_place(moment, index), comment.iid.checked_sub(1)?)?;
        let shown = issues::render(app, moment, &(index, issue.clone()));
        let about = of_issue(&shown, &issue);
        ("issue", "Issue", shown, about, issue.remarks)
    };
    let remark = remarks
        .into_iter()
        .find(|remark| remark.index == comment.remark)?;
    let id = note_id(shown["id"].as_u64()?, comment.on_merge_request, &remark);
    let author = people::user(moment, user(remark.author));
    let project_id = moment.projects[index as usize].id;
    let mut json = json!({
        "object_kind": "note",
        "event_type": if comment.confidential { "confidential_note" } else { "note" },
        "user": author,
        "project_id": project_id,
        "project": people::project_with_old_names(app, moment, index),
        "repository": people::short_repository(app, moment, index),
        "object_attributes": {
            "id": id,
            "note": remark.body,
            "description": remark.body,
            "noteable_type": kind,
            "noteable_id": shown["id"],
            "author_id": author["id"],
            "created_at": remark.at.hook(),
            "updated_at": remark.updated.hook(),
            "project_id": project_id,
            "attachment": null,
            "line_code": null,
            "commit_id": null,
            "system": false,
            "st_diff": null,
            "action": "create",
            "url": format!("{}#note_{id}", shown["web_url"].as_str().unwrap_or_default()),
        },
    });
    json[name] = about;
    Some(json)
}
