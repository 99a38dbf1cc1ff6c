//! `/issues`, `/groups/:id/issues` and `/projects/:id/issues`.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::keyset::{Key, respond_keyset};
use super::made::NewIssue;
use super::milestones;
use super::order::{Window, sort_by};
use super::scene::{number, project_place, user, visible_projects};
use super::tale::{Issue, global_id, issue_at, issues};
use crate::app::{App, Simulation};
use crate::auth::Caller;
use crate::config::Tier;
use crate::rest::error::ApiError;
use crate::rest::page::Paging;
use crate::world::Moment;

/// Routes below `/api/v4`.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/issues", get(everywhere))
        .route("/groups/{id}/issues", get(of_group))
        .route("/projects/{id}/issues", get(of_project).post(make))
        .route("/projects/{id}/issues/{issue_iid}", get(one))
}

/// An issue and the index of its project.
pub(super) type Row = (u32, Issue);

async fn everywhere(State(app): State<App>, paging: Paging) -> Result<Response, ApiError> {
    let moment = app.moment();
    let projects = visible_projects(&app, &moment, None);
    list(&app, &moment, projects, &paging, "created_by_me")
}

async fn of_group(
    State(app): State<App>,
    Path(id): Path<String>,
    paging: Paging,
) -> Result<Response, ApiError> {
    let moment = app.moment();
    let group = app.group(&moment, &id)?;
    let mut projects = visible_projects(&app, &moment, Some(group));
    if paging.params.flag("non_archived")?.unwrap_or(true) {
        projects.retain(|project| !moment.projects[*project as usize].archived);
    }
    list(&app, &moment, projects, &paging, "all")
}

async fn of_project(
    State(app): State<App>,
    Path(id): Path<String>,
    paging: Paging,
) -> Result<Response, ApiError> {
    let moment = app.moment();
    let index = app.project(&moment, &id)?;
    list(&app, &moment, vec![index], &paging, "all")
}

async fn one(
    State(app): State<App>,
    Path((id, iid)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let moment = app.moment();
    let index = app.project(&moment, &id)?;
    let own = find(&moment, index, &iid);
    let made = || {
        let made = app.made.of(index).into_iter();
        let mut made = made.filter(|issue| (issue.index + 1).to_string() == iid);
        made.next()
    };
    let issue = own.or_else(|error| made().ok_or(error))?;
    let mut value = render(&app, &moment, &(index, issue));
    value["subscribed"] = json!(false);
    Ok(Json(value).into_response())
}

/// What a caller wants of a new issue.
#[derive(Deserialize)]
struct Wanted {
    title: Option<String>,
    description: Option<String>,
    /// Parted by commas.
    labels: Option<String>,
}

async fn make(
    State(app): State<App>,
    Path(id): Path<String>,
    caller: Caller,
    Json(wanted): Json<Wanted>,
) -> Result<Response, ApiError> {
    let moment = app.moment();
    let index = app.project(&moment, &id)?;
    caller.must_write()?;
    let Some(title) = wanted.title.filter(|title| !title.is_empty()) else {
        return Err(ApiError::error(StatusCode::BAD_REQUEST, "title is missing"));
    };
    let labels = wanted.labels.unwrap_or_default();
    let labels = labels
        .split(',')
        .map(str::trim)
        .filter(|label| !label.is_empty());
    let issue = app.made.add(NewIssue {
        project: index,
        title,
        description: wanted.description,
        labels: labels.map(str::to_owned).collect(),
        at: moment.at(),
    });
    let mut value = render(&app, &moment, &(index, issue));
    value["subscribed"] = json!(true);
    Ok((StatusCode::CREATED, Json(value)).into_response())
}

/// The issue with this iid.
pub(super) fn find(moment: &Moment<'_>, project: u32, iid: &str) -> Result<Issue, ApiError> {
    let index = number(iid)?.checked_sub(1);
    index
        .and_then(|index| issue_at(&project_place(moment, project), index))
        .ok_or_else(|| ApiError::not_found(""))
}

fn list(
    app: &Simulation,
    moment: &Moment<'_>,
    projects: Vec<u32>,
    paging: &Paging,
    scope: &str,
) -> Result<Response, ApiError> {
    let params = &paging.params;
    let window = Window::of(params)?;
    let state = params.one_of("state", &["opened", "closed", "all"], "all")?;
    let scope = params.one_of(
        "scope",
        &[
            "created_by_me",
            "created-by-me",
            "assigned_to_me",
            "assigned-to-me",
            "all",
        ],
        scope,
    )?;
    let order = params.one_of(
        "order_by",
        &[
            "created_at",
            "due_date",
            "label_priority",
            "milestone_due",
            "popularity",
            "priority",
            "relative_position",
            "title",
            "updated_at",
            "weight",
        ],
        "created_at",
    )?;
    let ascending = params.ascending("desc")?;
    // Only the issues of one project can be paged by keyset.
    let by_keyset = projects.len() == 1;
    let (iids, labels) = (params.all("iids"), params.get("labels"));
    let kind = params.get("issue_type");
    let confidential = params.flag("confidential")?;
    let author = params.get("author_username");
    let assignee = params.get("assignee_username");
    let milestone = params.get("milestone");
    let name = |index: u64| {
        moment
            .users
            .get(index as usize)
            .map(|user| user.username.as_str())
    };

    let mut rows: Vec<Row> = Vec::new();
    for project in projects {
        let of_project = issues(&project_place(moment, project)).into_iter();
        let made = app.made.of(project).into_iter();
        rows.extend(of_project.chain(made).map(|issue| (project, issue)));
    }
    rows.retain(|(_, issue)| {
        window.holds(issue.created, issue.updated)
            && match state {
                "opened" => issue.closed.is_none(),
                "closed" => issue.closed.is_some(),
                _ => true,
            }
            // The token's owner is the first user.
            && match scope {
                "created_by_me" | "created-by-me" => issue.author == 0,
                "assigned_to_me" | "assigned-to-me" => issue.assignee == Some(0),
                _ => true,
            }
            && (iids.is_empty() || iids.contains(&(issue.index + 1).to_string().as_str()))
            && labels.is_none_or(|labels| labels.split(',').all(|label| issue.labels.contains(&label)))
            && kind.is_none_or(|kind| issue.kind == kind)
            && confidential.is_none_or(|confidential| issue.confidential == confidential)
            && author.is_none_or(|author| name(issue.author) == Some(author))
            && assignee.is_none_or(|assignee| issue.assignee.and_then(name) == Some(assignee))
            && milestone.is_none_or(|title| issue.milestone.map(milestones::title).as_deref() == Some(title))
    });
    let id = |row: &Row| global_id(u64::from(row.0), row.1.index);
    match order {
        "updated_at" => sort_by(&mut rows, ascending, |row| (row.1.updated, id(row))),
        "due_date" => sort_by(&mut rows, ascending, |row| (row.1.due, id(row))),
        "title" => sort_by(&mut rows, ascending, |row| (row.1.title.clone(), id(row))),
        "created_at" => sort_by(&mut rows, ascending, |row| (row.1.created, id(row))),
        _ => sort_by(&mut rows, ascending, |row| ((), id(row))),
    }
    let show = |row: &Row| render(app, moment, row);
    if paging.is_keyset() && by_keyset {
        let column = match order {
            "created_at" => "created_at",
            "title" => "title",
            "due_date" => "due_date",
            // Rows move between the pages of the other orders.
            _ => return Err(ApiError::no_keyset()),
        };
        let key = |row: &Row| {
            let value = match column {
                "created_at" => row.1.created.rest(),
                "title" => row.1.title.clone(),
                _ => row.1.due.map(|due| due.day()).unwrap_or_default(),
            };
            Key {
                column,
                value,
                id: id(row),
            }
        };
        return respond_keyset(paging, &rows, key, show);
    }
    paging.respond(&rows, show)
}

/// Issue.
pub(super) fn render(app: &Simulation, moment: &Moment<'_>, (index, issue): &Row) -> Value {
    let project = &moment.projects[*index as usize];
    let iid = issue.index + 1;
    let person = |index: Option<u64>| app.user_basic(moment, index.and_then(user));
    let api = format!("{}/api/v4/projects/{}", app.url, project.id);
    let assignees: Vec<Value> = issue
        .assignee
        .map(|assignee| person(Some(assignee)))
        .into_iter()
        .collect();
    let comments = issue.remarks.iter().filter(|remark| !remark.system).count();
    let mut dice = issue.dice.of("details");
    json!({
        "id": global_id(u64::from(*index), issue.index),
        "iid": iid,
        "project_id": project.id,
        "title": issue.title,
        "description": issue.description,
        "state": if issue.closed.is_some() { "closed" } else { "opened" },
        "created_at": issue.created.rest(),
        "updated_at": issue.updated.rest(),
        "closed_at": issue.closed.map(|(at, _)| at.rest()),
        "closed_by": person(issue.closed.map(|(_, by)| by)),
        "labels": app.made.labels(issue).map_or_else(|| json!(issue.labels), |labels| json!(labels)),
        "milestone": milestones::of_index(app, moment, *index, issue.milestone),
        "assignees": assignees,
        "author": person(Some(issue.author)),
        "type": issue.kind.to_uppercase(),
        "assignee": assignees.first(),
        "user_notes_count": comments,
        "merge_requests_count": dice.below(2),
        "upvotes": dice.below(3),
        "downvotes": 0,
        "start_date": null,
        "due_date": issue.due.map(|due| due.day()),
        "confidential": issue.confidential,
        "discussion_locked": null,
        "issue_type": issue.kind,
        "web_url": format!("{}/-/issues/{iid}", app.project_url(project)),
        "time_stats": time_stats(),
        "task_completion_status": {
            "count": if issue.description.is_some() { 2 } else { 0 },
            "completed_count": u8::from(issue.description.is_some()),
        },
        "weight": (app.config.tier >= Tier::Premium).then(|| issue.weight()).flatten(),
        "blocking_issues_count": 0,
        "has_tasks": issue.description.is_some(),
        "task_status": if issue.description.is_some() { "1 of 2 checklist items completed" } else { "0 of 0 checklist items completed" },
        "_links": {
            "self": format!("{api}/issues/{iid}"),
            "notes": format!("{api}/issues/{iid}/notes"),
            "award_emoji": format!("{api}/issues/{iid}/award_emoji"),
            "project": api,
            "closed_as_duplicate_of": null,
        },
        "references": references(project, '#', iid),
        "severity": "UNKNOWN",
        "moved_to_id": null,
        "imported": false,
        "imported_from": "none",
        "service_desk_reply_to": null,
    })
}

/// IssuableTimeStats.
pub(super) fn time_stats() -> Value {
    json!({
        "time_estimate": 0,
        "total_time_spent": 0,
        "human_time_estimate": null,
        "human_total_time_spent": null,
    })
}

/// IssuableReferences.
pub(super) fn references(project: &crate::world::Project, sign: char, iid: u64) -> Value {
    json!({
        "short": format!("{sign}{iid}"),
        "relative": format!("{sign}{iid}"),
        "full": format!("{}{sign}{iid}", project.full_path),
    })
}
