//! `/merge_requests`, `/groups/:id/merge_requests`, `/projects/:id/merge_requests` and what belongs to one.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::commits::source_branch;
use super::issues::{references, time_stats};
use super::milestones;
use super::order::{Window, sort_by};
use super::scene::{history, number, project_place, user, visible_projects};
use super::tale::{End, Place, Request, global_id, labels_of, milestones as milestones_by};
use crate::app::{App, Simulation};
use crate::rest::error::ApiError;
use crate::rest::jobs::commit_title;
use crate::rest::page::Paging;
use crate::world::{Moment, Project, Status, Target, Time};

/// Routes below `/api/v4`.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/merge_requests", get(everywhere))
        .route("/groups/{id}/merge_requests", get(of_group))
        .route("/projects/{id}/merge_requests", get(of_project))
        .route(
            "/projects/{id}/merge_requests/{merge_request_iid}",
            get(one),
        )
        .route(
            "/projects/{id}/merge_requests/{merge_request_iid}/approvals",
            get(approvals),
        )
        .route(
            "/projects/{id}/merge_requests/{merge_request_iid}/commits",
            get(commits),
        )
        .route(
            "/projects/{id}/merge_requests/{merge_request_iid}/pipelines",
            get(pipelines),
        )
}

/// A merge request and the index of its project.
pub(super) type Row = (u32, Request);

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
    let row = (index, find(&moment, index, &iid)?);
    Ok(Json(detail(&app, &moment, &row)).into_response())
}

async fn approvals(
    State(app): State<App>,
    Path((id, iid)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let moment = app.moment();
    let index = app.project(&moment, &id)?;
    let request = find(&moment, index, &iid)?;
    let by: Vec<Value> = request
        .approvals
        .iter()
        .map(|(by, at)| json!({ "user": app.user_basic(&moment, user(*by)), "approved_at": at.rest() }))
        .collect();
    Ok(Json(json!({
        "user_has_approved": request.approvals.iter().any(|(by, _)| *by == 0),
        "user_can_approve": request.end == End::Opened && request.author != 0,
        "approved": !by.is_empty(),
        "approved_by": by,
    }))
    .into_response())
}

async fn commits(
    State(app): State<App>,
    Path((id, iid)): Path<(String, String)>,
    paging: Paging,
) -> Result<Response, ApiError> {
    let moment = app.moment();
    let index = app.project(&moment, &id)?;
    let mut rows = find(&moment, index, &iid)?.commits;
    rows.reverse();
    paging.respond(&rows, |commit| app.commit(&moment, index, *commit))
}

async fn pipelines(
    State(app): State<App>,
    Path((id, iid)): Path<(String, String)>,
    paging: Paging,
) -> Result<Response, ApiError> {
    let moment = app.moment();
    let index = app.project(&moment, &id)?;
    let request = find(&moment, index, &iid)?;
    let rows = pipelines_of(&moment, index, &request);
    paging.respond(&rows, |row| {
        app.pipeline_basic(&moment, &moment.pipeline(*row))
    })
}

/// The merge request with this iid.
pub(super) fn find(moment: &Moment<'_>, project: u32, iid: &str) -> Result<Request, ApiError> {
    let iid = number(iid)?;
    history(moment, project)
        .request(iid)
        .cloned()
        .ok_or_else(|| ApiError::not_found(""))
}

/// Its pipelines, newest first: its own and those of its branch, without children.
fn pipelines_of(moment: &Moment<'_>, project: u32, request: &Request) -> Vec<u32> {
    let iid = request.index as u32 + 1;
    moment
        .pipelines_of(project)
        .filter(|row| {
            let row = &moment.pipelines[*row as usize];
            row.parent == crate::world::NONE
                && matches!(row.target, Target::MergeRequest(of) | Target::Branch(of) if of == iid)
        })
        .collect()
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
    let state = params.one_of(
        "state",
        &["opened", "closed", "locked", "merged", "all"],
        "all",
    )?;
    let scope = params.one_of(
        "scope",
        &[
            "created_by_me",
            "created-by-me",
            "assigned_to_me",
            "assigned-to-me",
            "reviews_for_me",
            "all",
        ],
        scope,
    )?;
    let order = params.one_of(
        "order_by",
        &[
            "created_at",
            "label_priority",
            "milestone_due",
            "popularity",
            "priority",
            "title",
            "updated_at",
            "merged_at",
        ],
        "created_at",
    )?;
    let ascending = params.ascending("desc")?;
    let (iids, labels) = (params.all("iids"), params.get("labels"));
    let author = params.get("author_username");
    let (source, target) = (params.get("source_branch"), params.get("target_branch"));
    let draft = params.flag("draft")?.or(params.flag("wip")?);
    let name = |index: u64| {
        moment
            .users
            .get(index as usize)
            .map(|user| user.username.as_str())
    };

    let mut rows: Vec<Row> = Vec::new();
    for project in projects {
        rows.extend(
            history(moment, project)
                .requests
                .into_iter()
                .map(|request| (project, request)),
        );
    }
    rows.retain(|(project, request)| {
        let owner = &moment.projects[*project as usize];
        window.holds(request.created, request.updated)
            && (state == "all" || state_of(request) == state)
            && match scope {
                "created_by_me" | "created-by-me" => request.author == 0,
                "assigned_to_me" | "assigned-to-me" => assignee(request, moment) == Some(0),
                "reviews_for_me" => reviewers(request, moment).contains(&0),
                _ => true,
            }
            && (iids.is_empty() || iids.contains(&(request.index + 1).to_string().as_str()))
            && labels.is_none_or(|labels| {
                let own = labels_of(request.dice);
                labels.split(',').all(|label| own.contains(&label))
            })
            && author.is_none_or(|author| name(request.author) == Some(author))
            && source.is_none_or(|source| source_branch(owner, request.index) == source)
            && target.is_none_or(|target| owner.default_branch == target)
            && draft.is_none_or(|draft| request.draft == draft)
    });
    let id = |row: &Row| global_id(u64::from(row.0), row.1.index);
    match order {
        "updated_at" => sort_by(&mut rows, ascending, |row| (row.1.updated, id(row))),
        "merged_at" => sort_by(&mut rows, ascending, |row| {
            (merged(&row.1).map(|(at, ..)| at), id(row))
        }),
        "created_at" => sort_by(&mut rows, ascending, |row| (row.1.created, id(row))),
        _ => sort_by(&mut rows, ascending, |row| ((), id(row))),
    }
    paging.respond(&rows, |row| basic(app, moment, row))
}

pub(super) fn state_of(request: &Request) -> &'static str {
    match request.end {
        End::Opened => "opened",
        End::Merged { .. } => "merged",
        End::Closed { .. } => "closed",
    }
}

pub(super) fn merged(request: &Request) -> Option<(Time, u64, u32)> {
    match request.end {
        End::Merged { at, by, commit } => Some((at, by, commit)),
        _ => None,
    }
}

/// The title of its first commit, with what tells a draft.
pub(super) fn title(project: &Project, request: &Request) -> String {
    let first = request.commits.first();
    let title = first.map_or_else(String::new, |commit| commit_title(project.seed, *commit));
    if request.draft {
        format!("Draft: {title}")
    } else {
        title
    }
}

/// Index of the user it is assigned to.
pub(super) fn assignee(request: &Request, moment: &Moment<'_>) -> Option<u64> {
    let mut dice = request.dice.of("assignee");
    dice.chance(0.7).then(|| {
        if dice.chance(0.6) {
            request.author
        } else {
            dice.below(moment.users.len() as u64)
        }
    })
}

/// Indexes of the users asked to review.
pub(super) fn reviewers(request: &Request, moment: &Moment<'_>) -> Vec<u64> {
    let mut dice = request.dice.of("reviewers");
    let asked = dice.below(3);
    let mut users: Vec<u64> = (0..asked)
        .map(|_| dice.below(moment.users.len() as u64))
        .collect();
    users.sort_unstable();
    users.dedup();
    users.retain(|user| *user != request.author);
    users
}

/// MergeRequestBasic.
pub(super) fn basic(app: &Simulation, moment: &Moment<'_>, (index, request): &Row) -> Value {
    let project = &moment.projects[*index as usize];
    let iid = request.index + 1;
    let person = |index: Option<u64>| app.user_basic(moment, index.and_then(user));
    let merged = merged(request);
    let closed = match request.end {
        End::Closed { at, by } => Some((at, by)),
        _ => None,
    };
    let assignees: Vec<Value> = assignee(request, moment)
        .map(|user| person(Some(user)))
        .into_iter()
        .collect();
    let reviewers: Vec<Value> = reviewers(request, moment)
        .into_iter()
        .map(|user| person(Some(user)))
        .collect();
    let mut dice = request.dice.of("details");
    let milestone = dice.chance(0.3).then(|| {
        let then = Place {
            now: request.created,
            ..project_place(moment, *index)
        };
        milestones_by(&then, "")
            .last()
            .map(|milestone| milestone.index)
    });
    let comments = request
        .remarks
        .iter()
        .filter(|remark| !remark.system)
        .count();
    let resolved = request
        .remarks
        .iter()
        .all(|remark| !remark.resolvable || remark.resolved.is_some());
    let conflict = request.end == End::Opened && dice.chance(0.1);
    let (status, detailed) = match (request.end, request.draft, conflict) {
        (End::Opened, _, true) => ("cannot_be_merged", "conflict"),
        (End::Opened, true, _) => ("can_be_merged", "draft_status"),
        (End::Opened, ..) => ("can_be_merged", "mergeable"),
        _ => ("can_be_merged", "not_open"),
    };
    let mut value = json!({
        "id": global_id(u64::from(*index), request.index),
        "iid": iid,
        "project_id": project.id,
        "title": title(project, request),
        "description": dice.chance(0.8).then_some("What it does and why.\n\n- [x] tests\n- [ ] documentation"),
        "state": state_of(request),
        "created_at": request.created.rest(),
        "updated_at": request.updated.rest(),
        "merged_by": person(merged.map(|(_, by, _)| by)),
        "merge_user": person(merged.map(|(_, by, _)| by)),
        "merged_at": merged.map(|(at, ..)| at.rest()),
        "closed_by": person(closed.map(|(_, by)| by)),
        "closed_at": closed.map(|(at, _)| at.rest()),
        "target_branch": project.default_branch,
        "source_branch": source_branch(project, request.index),
        "user_notes_count": comments,
        "upvotes": dice.below(3),
        "downvotes": 0,
        "author": person(Some(request.author)),
        "assignees": assignees,
        "assignee": assignees.first(),
        "reviewers": reviewers,
        "source_project_id": project.id,
        "target_project_id": project.id,
        "labels": labels_of(request.dice),
    });
    // The second half: one `json!` of all fields is too deep for the compiler.
    let rest = json!({
        "draft": request.draft,
        "imported": false,
        "imported_from": "none",
        "work_in_progress": request.draft,
        "milestone": milestones::of_index(app, moment, *index, milestone.flatten()),
        "merge_when_pipeline_succeeds": false,
        "merge_status": status,
        "detailed_merge_status": detailed,
        "merge_after": null,
        "sha": request.commits.last().map(|commit| project.sha(*commit)),
        "merge_commit_sha": merged.map(|(_, _, commit)| project.sha(commit)),
        "squash_commit_sha": null,
        "discussion_locked": null,
        "should_remove_source_branch": null,
        "force_remove_source_branch": true,
        "prepared_at": request.created.rest(),
        "reference": format!("!{iid}"),
        "references": references(project, '!', iid),
        "web_url": format!("{}/-/merge_requests/{iid}", app.project_url(project)),
        "time_stats": time_stats(),
        "squash": false,
        "squash_on_merge": false,
        "task_completion_status": { "count": 2, "completed_count": 1 },
        "has_conflicts": conflict,
        "blocking_discussions_resolved": resolved,
        "approvals_before_merge": null,
    });
    if let (Value::Object(value), Value::Object(rest)) = (&mut value, rest) {
        value.extend(rest);
    }
    value
}

/// MergeRequest: what only the single one shows.
fn detail(app: &Simulation, moment: &Moment<'_>, row: &Row) -> Value {
    let (index, request) = row;
    let project = &moment.projects[*index as usize];
    let mut value = basic(app, moment, row);
    let newest = pipelines_of(moment, *index, request)
        .first()
        .map(|row| moment.pipeline(*row));
    let head = newest
        .as_ref()
        .map_or(Value::Null, |facts| app.pipeline_basic(moment, facts));
    let base = project.sha(request.base);
    value["subscribed"] = json!(false);
    value["changes_count"] = json!((1 + request.dice.of("changes").below(30)).to_string());
    value["latest_build_started_at"] = json!(
        newest
            .as_ref()
            .and_then(|facts| facts.started)
            .map(Time::rest)
    );
    value["latest_build_finished_at"] = json!(
        newest
            .as_ref()
            .and_then(|facts| facts.finished)
            .map(Time::rest)
    );
    value["first_deployed_to_production_at"] =
        json!(first_deployed(moment, *index, request).map(Time::rest));
    value["pipeline"] = head;
    let mut full = newest
        .as_ref()
        .map_or(Value::Null, |facts| app.pipeline_json(moment, facts.index));
    // Merge requests show pipelines without their name.
    if let Some(fields) = full.as_object_mut() {
        fields.remove("name");
    }
    value["head_pipeline"] = full;
    value["diff_refs"] = json!({ "base_sha": base, "head_sha": value["sha"], "start_sha": base });
    value["merge_error"] = Value::Null;
    value["first_contribution"] = json!(false);
    value["user"] = json!({ "can_merge": request.end == End::Opened });
    value
}

/// When a production deployment that contains its merge first ended well.
fn first_deployed(moment: &Moment<'_>, project: u32, request: &Request) -> Option<Time> {
    let (_, _, merge) = merged(request)?;
    moment
        .pipelines_of(project)
        .filter(|row| {
            let row = &moment.pipelines[*row as usize];
            matches!(row.target, Target::Default | Target::Tag(_)) && row.commit >= merge
        })
        .flat_map(|row| moment.jobs(row))
        .filter(|job| job.environment == Some("production") && job.status == Status::Success)
        .filter_map(|job| job.finished)
        .min()
}
