//! `GET /api/pipelines`

use axum::extract::State;
use axum::response::Response;

use super::Pipeline;
use crate::answer::{Ask, Body, answer};
use crate::api::openapi::{Cursor, Limit, PipelineParams};
use crate::error::{ApiError, ErrorBody};
use crate::query::{self, pipeline_filter};
use crate::state::App;

/// Pipelines, newest first.
///
/// `status=running` ignores the time range: what runs, runs now.
#[utoipa::path(
    get,
    path = "/api/pipelines",
    tag = "pipelines",
    operation_id = "list_pipelines",
    params(PipelineParams, Limit, Cursor),
    responses(
        (status = 200, description = "Newest first, by creation", body = Vec<Pipeline>, headers(
            ("Link" = String, description = "The next page, `rel=\"next\"`; absent on the last"),
            ("X-Next-Cursor" = String, description = "`cursor` of the next page; absent on the last"),
        )),
        (status = 304, description = "The caller's copy is current"),
        (status = 400, description = "A parameter cannot be read", body = ErrorBody),
        (status = 503, description = "The first backfill is not complete, or the server is busy", body = ErrorBody),
    )
)]
pub(crate) async fn list_pipelines(State(app): State<App>, ask: Ask) -> Result<Response, ApiError> {
    let filter = pipeline_filter(&ask.params)?;
    let page = query::page(&ask.params)?;
    answer(&app, &ask, "", move |reader| {
        let (rows, next) = query::one_page(
            page,
            |page| reader.pipelines(&filter, page),
            |row| (row.created_at, row.id.get()),
        )?;
        let pipelines: Vec<Pipeline> = rows.into_iter().map(Pipeline::from).collect();
        Ok(Body::json(&pipelines)?.followed_by(next))
    })
    .await
}
