//! `/projects/:id/milestones` and `/groups/:id/milestones`.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::order::within;
use super::scene::{group_place, number, project_place, root_group};
use super::tale::{Milestone, global_id, milestone_at, milestones, split_id};
use crate::app::{App, Simulation};
use crate::rest::error::ApiError;
use crate::rest::page::Paging;
use crate::rest::query::Params;
use crate::world::Moment;

/// Routes below `/api/v4`.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/projects/{id}/milestones", get(of_project))
        .route(
            "/projects/{id}/milestones/{milestone_id}",
            get(one_of_project),
        )
        .route("/groups/{id}/milestones", get(of_group))
        .route("/groups/{id}/milestones/{milestone_id}", get(one_of_group))
}

/// Whose milestones.
#[derive(Debug, Clone, Copy)]
enum Owner {
    Project(u32),
    Group(u32),
}

async fn of_project(
    State(app): State<App>,
    Path(id): Path<String>,
    paging: Paging,
) -> Result<Response, ApiError> {
    let moment = app.moment();
    let index = app.project(&moment, &id)?;
    let mut rows = all(&moment, Owner::Project(index));
    let ancestors = paging.params.flag("include_ancestors")?.unwrap_or(false);
    if ancestors
        || paging
            .params
            .flag("include_parent_milestones")?
            .unwrap_or(false)
    {
        let group = root_group(&moment, &moment.projects[index as usize]);
        rows.extend(all(&moment, Owner::Group(group)));
    }
    filter(&mut rows, &paging.params)?;
    paging.respond(&rows, |(owner, milestone)| {
        render(&app, &moment, *owner, milestone)
    })
}

async fn of_group(
    State(app): State<App>,
    Path(id): Path<String>,
    paging: Paging,
) -> Result<Response, ApiError> {
    let moment = app.moment();
    let group = app.group(&moment, &id)?;
    let mut rows = all(&moment, Owner::Group(group));
    filter(&mut rows, &paging.params)?;
    paging.respond(&rows, |(owner, milestone)| {
        render(&app, &moment, *owner, milestone)
    })
}

async fn one_of_project(
    State(app): State<App>,
    Path((id, milestone)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let moment = app.moment();
    let index = app.project(&moment, &id)?;
    one(&app, &moment, Owner::Project(index), &milestone)
}

async fn one_of_group(
    State(app): State<App>,
    Path((id, milestone)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let moment = app.moment();
    let group = app.group(&moment, &id)?;
    one(&app, &moment, Owner::Group(group), &milestone)
}

fn one(
    app: &Simulation,
    moment: &Moment<'_>,
    owner: Owner,
    id: &str,
) -> Result<Response, ApiError> {
    let place = place(moment, owner);
    let found = split_id(number(id)?)
        .filter(|(ordinal, _)| *ordinal == place.ordinal)
        .and_then(|(_, index)| milestone_at(&place, name(owner), index))
        .ok_or_else(|| ApiError::not_found(""))?;
    Ok(Json(render(app, moment, owner, &found)).into_response())
}

/// Newest first, as GitLab lists them by due date, latest first.
fn all(moment: &Moment<'_>, owner: Owner) -> Vec<(Owner, Milestone)> {
    let rows = milestones(&place(moment, owner), name(owner));
    rows.into_iter()
        .rev()
        .map(|milestone| (owner, milestone))
        .collect()
}

fn filter(rows: &mut Vec<(Owner, Milestone)>, params: &Params) -> Result<(), ApiError> {
    match params.one_of("state", &["active", "closed", "all"], "all")? {
        "active" => rows.retain(|(_, milestone)| milestone.active),
        "closed" => rows.retain(|(_, milestone)| !milestone.active),
        _ => {}
    }
    let span = (
        params.time("updated_after")?,
        params.time("updated_before")?,
    );
    rows.retain(|(_, milestone)| within(span, milestone.updated));
    if let Some(title) = params.get("title") {
        rows.retain(|(_, milestone)| milestone.title == title);
    }
    if let Some(search) = params.get("search") {
        let search = search.to_lowercase();
        rows.retain(|(_, milestone)| milestone.title.to_lowercase().contains(&search));
    }
    let iids = params.all("iids");
    if !iids.is_empty() {
        rows.retain(|(_, milestone)| iids.contains(&(milestone.index + 1).to_string().as_str()));
    }
    Ok(())
}

const fn name(owner: Owner) -> &'static str {
    match owner {
        Owner::Project(_) => "Sprint",
        Owner::Group(_) => "Roadmap",
    }
}

fn place(moment: &Moment<'_>, owner: Owner) -> super::tale::Place {
    match owner {
        Owner::Project(index) => project_place(moment, index),
        Owner::Group(index) => group_place(moment, index),
    }
}

/// The milestone `index` of a project, or null.
pub(super) fn of_index(
    app: &Simulation,
    moment: &Moment<'_>,
    project: u32,
    index: Option<u64>,
) -> Value {
    let owner = Owner::Project(project);
    index
        .and_then(|index| milestone_at(&place(moment, owner), name(owner), index))
        .map_or(Value::Null, |milestone| {
            render(app, moment, owner, &milestone)
        })
}

/// Title of the milestone `index` of a project.
pub(super) fn title(index: u64) -> String {
    format!("{} {}", name(Owner::Project(0)), index + 1)
}

/// Milestone: with `project_id` or `group_id`, never both.
fn render(app: &Simulation, moment: &Moment<'_>, owner: Owner, milestone: &Milestone) -> Value {
    let iid = milestone.index + 1;
    let mut value = json!({
        "id": global_id(place(moment, owner).ordinal, milestone.index),
        "iid": iid,
        "title": milestone.title,
        "description": "",
        "state": if milestone.active { "active" } else { "closed" },
        "created_at": milestone.created.rest(),
        "updated_at": milestone.updated.rest(),
        "due_date": milestone.due.day(),
        "start_date": milestone.start.day(),
        "expired": milestone.due.day() < moment.at().day(),
    });
    match owner {
        Owner::Project(index) => {
            let project = &moment.projects[index as usize];
            value["project_id"] = json!(project.id);
            value["web_url"] = json!(format!("{}/-/milestones/{iid}", app.project_url(project)));
        }
        Owner::Group(index) => {
            let group = &moment.groups[index as usize];
            value["group_id"] = json!(group.id);
            value["web_url"] = json!(format!(
                "{}/groups/{}/-/milestones/{iid}",
                app.url, group.full_path
            ));
        }
    }
    value
}
