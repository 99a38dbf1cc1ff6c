//! `/projects/:id/environments`.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::deployments;
use super::rollout::{Environment, deployments, environments};
use super::scene::number;
use crate::app::App;
use crate::rest::error::ApiError;
use crate::rest::page::Paging;
use crate::world::Moment;

/// Routes below `/api/v4`.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/projects/{id}/environments", get(list))
        .route("/projects/{id}/environments/{environment_id}", get(one))
}

async fn list(
    State(app): State<App>,
    Path(id): Path<String>,
    paging: Paging,
) -> Result<Response, ApiError> {
    let moment = app.moment();
    let index = app.project(&moment, &id)?;
    let params = &paging.params;
    if params.get("name").is_some() && params.get("search").is_some() {
        return Err(ApiError::error(
            axum::http::StatusCode::BAD_REQUEST,
            "name, search are mutually exclusive",
        ));
    }
    let mut rows = environments(&deployments(&moment, index));
    if let Some(name) = params.get("name") {
        rows.retain(|environment| environment.name == name);
    }
    if let Some(search) = params.get("search") {
        rows.retain(|environment| environment.name.contains(search));
    }
    if let Some(states) = params.get("states") {
        if !["available", "stopping", "stopped"].contains(&states) {
            return Err(ApiError::invalid("states"));
        }
        rows.retain(|environment| state(environment) == states);
    }
    rows.sort_by(|a, b| a.name.cmp(&b.name));
    paging.respond(&rows, |environment| render(&moment, index, environment))
}

async fn one(
    State(app): State<App>,
    Path((id, environment)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let moment = app.moment();
    let index = app.project(&moment, &id)?;
    let wanted = number(&environment)?;
    let deployments = deployments(&moment, index);
    let found = environments(&deployments)
        .into_iter()
        .find(|row| row.id(index) == wanted);
    let environment = found.ok_or_else(|| ApiError::not_found("Environment"))?;
    let mut value = render(&moment, index, &environment);
    let last = deployments
        .iter()
        .filter(|row| row.environment.index == environment.index && row.status() == "success")
        .max_by_key(|row| row.finished());
    value["last_deployment"] = last.map_or(Value::Null, |last| {
        deployments::render(&app, &moment, index, last)
    });
    Ok(Json(value).into_response())
}

pub(super) fn state(environment: &Environment) -> &'static str {
    if environment.stopped.is_some() {
        "stopped"
    } else {
        "available"
    }
}

/// EnvironmentBasic.
pub(super) fn basic(moment: &Moment<'_>, project: u32, environment: &Environment) -> Value {
    let owner = &moment.projects[project as usize];
    json!({
        "id": environment.id(project),
        "name": environment.name,
        "slug": environment.slug(),
        "external_url": format!("https://{}.{}.example.com", environment.slug(), owner.path),
        "created_at": environment.created.rest(),
        "updated_at": environment.stopped.unwrap_or(environment.created).rest(),
    })
}

/// Environment.
fn render(moment: &Moment<'_>, project: u32, environment: &Environment) -> Value {
    let mut value = basic(moment, project, environment);
    value["tier"] = json!(environment.tier());
    value["state"] = json!(state(environment));
    value["auto_stop_at"] = Value::Null;
    value["description"] = Value::Null;
    value["auto_stop_setting"] = json!("always");
    value["kubernetes_namespace"] = Value::Null;
    value["flux_resource_path"] = Value::Null;
    value["cluster_agent"] = Value::Null;
    value
}
