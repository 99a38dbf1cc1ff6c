//! `GET /api/refs`

use axum::extract::State;
use axum::response::Response;

use crate::answer::{Ask, Body, answer};
use crate::api::openapi::{Limit, RefParams, SearchParams};
use crate::error::{ApiError, ErrorBody};
use crate::query::row_limit;
use crate::state::App;

/// Branches and tags that pipelines ran on, sorted, each once.
#[utoipa::path(
    get,
    path = "/api/refs",
    tag = "names",
    operation_id = "list_refs",
    params(RefParams, SearchParams, Limit),
    responses(
        (status = 200, description = "Names; all of them unless `limit` is set", body = Vec<String>,
            example = json!(["main", "v1.0"])),
        (status = 304, description = "The caller's copy is current"),
        (status = 400, description = "A parameter cannot be read", body = ErrorBody),
        (status = 503, description = "The first backfill is not complete, or the server is busy", body = ErrorBody),
    )
)]
pub(crate) async fn list_refs(State(app): State<App>, ask: Ask) -> Result<Response, ApiError> {
    let limit = row_limit(&ask.params)?.unwrap_or(usize::MAX);
    let projects = ask.params.list("project_name");
    let search = ask.params.one("search").map(str::to_lowercase);
    answer(&app, &ask, "", move |reader| {
        let mut refs = reader.refs(&projects)?;
        if let Some(search) = &search {
            refs.retain(|name| name.to_lowercase().contains(search));
        }
        refs.truncate(limit);
        Body::json(&refs)
    })
    .await
}
