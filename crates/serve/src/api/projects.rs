//! `GET /api/projects`

use axum::extract::State;
use axum::response::Response;

use crate::answer::{Ask, Body, answer};
use crate::api::openapi::{Limit, SearchParams};
use crate::error::{ApiError, ErrorBody};
use crate::query::row_limit;
use crate::state::App;

/// Full paths of all projects with at least one stored pipeline, sorted.
#[utoipa::path(
    get,
    path = "/api/projects",
    tag = "names",
    operation_id = "list_projects",
    params(SearchParams, Limit),
    responses(
        (status = 200, description = "Full paths; all of them unless `limit` is set", body = Vec<String>,
            example = json!(["platform/tools/builder"])),
        (status = 304, description = "The caller's copy is current"),
        (status = 400, description = "A parameter cannot be read", body = ErrorBody),
        (status = 503, description = "The first backfill is not complete, or the server is busy", body = ErrorBody),
    )
)]
pub(crate) async fn list_projects(State(app): State<App>, ask: Ask) -> Result<Response, ApiError> {
    let limit = row_limit(&ask.params)?.unwrap_or(usize::MAX);
    let search = ask.params.one("search").map(str::to_owned);
    answer(&app, &ask, "", move |reader| {
        let mut paths = reader.project_paths(search.as_deref())?;
        paths.truncate(limit);
        Body::json(&paths)
    })
    .await
}
