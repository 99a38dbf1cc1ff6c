//! `/projects/:id/repository/tags`.

use std::cmp::Reverse;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::Dice;
use super::releases::released;
use crate::app::{App, Simulation};
use crate::rest::error::ApiError;
use crate::rest::page::Paging;
use crate::world::{Moment, Project};

/// Routes below `/api/v4`.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/projects/{id}/repository/tags", get(list))
        .route("/projects/{id}/repository/tags/{tag_name}", get(one))
}

async fn list(
    State(app): State<App>,
    Path(id): Path<String>,
    paging: Paging,
) -> Result<Response, ApiError> {
    let moment = app.moment();
    let index = app.project(&moment, &id)?;
    let project = &moment.projects[index as usize];
    let order = paging
        .params
        .one_of("order_by", &["name", "updated", "version"], "updated")?;
    let ascending = paging.params.ascending("desc")?;
    let mut rows = tags(&moment, project);
    if let Some(search) = paging.params.get("search") {
        rows.retain(|tag| {
            Project::tag(*tag).contains(search.trim_start_matches('^').trim_end_matches('$'))
        });
    }
    // Versions ascend with time, so `version` and `updated` are one order.
    match (order, ascending) {
        ("name", true) => rows.sort_by_key(|tag| Project::tag(*tag)),
        ("name", false) => rows.sort_by_key(|tag| Reverse(Project::tag(*tag))),
        (_, true) => {}
        (_, false) => rows.reverse(),
    }
    paging.respond(&rows, |tag| render(&app, &moment, index, *tag))
}

async fn one(
    State(app): State<App>,
    Path((id, name)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let moment = app.moment();
    let index = app.project(&moment, &id)?;
    let project = &moment.projects[index as usize];
    let found = tags(&moment, project)
        .into_iter()
        .find(|tag| Project::tag(*tag) == name);
    let tag = found.ok_or_else(|| ApiError::not_found("Tag"))?;
    Ok(Json(render(&app, &moment, index, tag)).into_response())
}

/// Indexes of the tags that exist by now, oldest first.
pub(super) fn tags(moment: &Moment<'_>, project: &Project) -> Vec<u32> {
    (0..project.tags.len() as u32)
        .filter(|tag| project.tags[*tag as usize].at <= moment.at())
        .collect()
}

/// Whether a tag is annotated: then it has a message, an object of its own and a creation time.
fn annotated(project: &Project, tag: u32) -> bool {
    Dice::new(project.seed)
        .of("annotated")
        .at(u64::from(tag))
        .chance(0.6)
}

/// Tag.
fn render(app: &Simulation, moment: &Moment<'_>, index: u32, tag: u32) -> Value {
    let project = &moment.projects[index as usize];
    let row = &project.tags[tag as usize];
    let name = Project::tag(tag);
    let annotated = annotated(project, tag);
    let own = Dice::new(project.seed)
        .of("tag object")
        .at(u64::from(tag))
        .hex(40);
    let release = released(moment, project, tag)
        .map(|release| json!({ "tag_name": name, "description": release.description() }));
    json!({
        "name": name,
        "message": annotated.then(|| format!("Release {name}")),
        "target": if annotated { own } else { project.sha(row.commit) },
        "commit": app.commit(moment, index, row.commit),
        "release": release,
        "protected": true,
        "created_at": annotated.then(|| row.at.rest()),
    })
}
