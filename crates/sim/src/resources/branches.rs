//! `/projects/:id/repository/branches`.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::commits::source_branch;
use super::scene::history;
use super::tale::{End, History};
use crate::app::{App, Simulation};
use crate::rest::error::ApiError;
use crate::rest::page::Paging;
use crate::world::{Moment, Project};

/// Routes below `/api/v4`.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/projects/{id}/repository/branches", get(list))
        .route("/projects/{id}/repository/branches/{branch}", get(one))
}

/// A branch and its newest commit.
struct Branch {
    name: String,
    commit: u32,
    merged: bool,
}

async fn list(
    State(app): State<App>,
    Path(id): Path<String>,
    paging: Paging,
) -> Result<Response, ApiError> {
    let moment = app.moment();
    let index = app.project(&moment, &id)?;
    let project = &moment.projects[index as usize];
    let mut rows = branches(project, &history(&moment, index));
    if let Some(search) = paging.params.get("search") {
        rows.retain(|branch| matches(&branch.name, search));
    }
    let at = |branch: &Branch| (project.commits[branch.commit as usize].at, branch.commit);
    match paging.params.one_of(
        "sort",
        &["name_asc", "updated_asc", "updated_desc"],
        "name_asc",
    )? {
        "updated_asc" => rows.sort_by_key(at),
        "updated_desc" => rows.sort_by_key(|branch| std::cmp::Reverse(at(branch))),
        _ => rows.sort_by(|a, b| a.name.cmp(&b.name)),
    }
    paging.respond(&rows, |branch| render(&app, &moment, index, branch))
}

async fn one(
    State(app): State<App>,
    Path((id, name)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let moment = app.moment();
    let index = app.project(&moment, &id)?;
    let project = &moment.projects[index as usize];
    let found = branches(project, &history(&moment, index))
        .into_iter()
        .find(|branch| branch.name == name);
    let branch = found.ok_or_else(|| ApiError::not_found("Branch"))?;
    Ok(Json(render(&app, &moment, index, &branch)).into_response())
}

/// The default branch and those of merge requests; most are removed when they are merged.
fn branches(project: &Project, history: &History) -> Vec<Branch> {
    let mut rows: Vec<Branch> = history
        .requests
        .iter()
        .filter(|request| keeps_branch(request.index) || request.end == End::Opened)
        .filter_map(|request| {
            Some(Branch {
                name: source_branch(project, request.index),
                commit: *request.commits.last()?,
                merged: matches!(request.end, End::Merged { .. }),
            })
        })
        .collect();
    if let Some(commit) = history.default_branch(project).first() {
        rows.push(Branch {
            name: project.default_branch.to_owned(),
            commit: *commit,
            merged: false,
        });
    }
    rows
}

/// Whether the branch of a merge request stays after its end: one in ten does.
fn keeps_branch(index: u64) -> bool {
    index % 10 == 3
}

/// GitLab's branch search: a part of the name, `^` for its beginning, `$` for its end.
fn matches(name: &str, search: &str) -> bool {
    match (search.strip_prefix('^'), search.strip_suffix('$')) {
        (Some(begin), _) => name.starts_with(begin),
        (_, Some(end)) => name.ends_with(end),
        _ => name.to_lowercase().contains(&search.to_lowercase()),
    }
}

/// Branch.
fn render(app: &Simulation, moment: &Moment<'_>, index: u32, branch: &Branch) -> Value {
    let project = &moment.projects[index as usize];
    let default = branch.name == project.default_branch;
    json!({
        "name": branch.name,
        "commit": app.commit(moment, index, branch.commit),
        "merged": branch.merged,
        "protected": default,
        "developers_can_push": false,
        "developers_can_merge": default,
        "can_push": !default,
        "default": default,
        "web_url": format!("{}/-/tree/{}", app.project_url(project), branch.name),
    })
}
