//! `GET /api/pipelines/{id}`

use axum::extract::{Path, State};
use axum::response::Response;
use labtower_model::PipelineId;
use serde::Serialize;
use utoipa::ToSchema;

use super::Pipeline;
use crate::answer::{Ask, Body, answer};
use crate::api::jobs::Job;
use crate::error::{ApiError, ErrorBody};
use crate::query;
use crate::state::App;

/// A pipeline with all of its jobs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PipelineWithJobs {
    /// The pipeline.
    pipeline: Pipeline,
    /// Its jobs, bridges and retried ones included, in order of creation.
    jobs: Vec<Job>,
}

/// One pipeline with its jobs.
#[utoipa::path(
    get,
    path = "/api/pipelines/{id}",
    tag = "pipelines",
    operation_id = "get_pipeline",
    params(("id" = i64, Path, description = "Instance-wide id of the pipeline")),
    responses(
        (status = 200, description = "The pipeline", body = PipelineWithJobs),
        (status = 304, description = "The caller's copy is current"),
        (status = 400, description = "The id is not a number", body = ErrorBody),
        (status = 404, description = "No such pipeline is stored", body = ErrorBody),
        (status = 503, description = "The first backfill is not complete, or the server is busy", body = ErrorBody),
    )
)]
pub(crate) async fn get_pipeline(
    State(app): State<App>,
    Path(id): Path<String>,
    ask: Ask,
) -> Result<Response, ApiError> {
    let id = query::integer("id", &id)?;
    answer(&app, &ask, "", move |reader| {
        let Some(row) = reader.pipeline(PipelineId(id))? else {
            return Err(ApiError::not_stored("pipeline", id).into());
        };
        let jobs = reader.jobs_of(PipelineId(id))?;
        Body::json(&PipelineWithJobs {
            pipeline: row.into(),
            jobs: jobs.into_iter().map(Job::from).collect(),
        })
    })
    .await
}
