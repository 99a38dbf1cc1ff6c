//! `/projects/:id/pipelines/:pipeline_id/test_report` and `test_report_summary`.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};

use super::test_report::{Suite, report, summary};
use super::traces::facts;
use crate::app::App;
use crate::rest::error::ApiError;
use crate::world::Moment;

/// Routes below `/api/v4`.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(
            "/projects/{id}/pipelines/{pipeline_id}/test_report",
            get(full),
        )
        .route(
            "/projects/{id}/pipelines/{pipeline_id}/test_report_summary",
            get(short),
        )
}

async fn full(
    State(app): State<App>,
    Path((id, pipeline)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let moment = app.moment();
    let project = app.project(&moment, &id)?;
    let index = app.pipeline(&moment, project, &pipeline)?;
    Ok(Json(report(&suites(&moment, index))).into_response())
}

async fn short(
    State(app): State<App>,
    Path((id, pipeline)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let moment = app.moment();
    let project = app.project(&moment, &id)?;
    let index = app.pipeline(&moment, project, &pipeline)?;
    Ok(Json(summary(&suites(&moment, index))).into_response())
}

/// The reports that the newest runs of the pipeline's test jobs left.
pub(crate) fn suites(moment: &Moment<'_>, pipeline: u32) -> Vec<Suite> {
    let about = moment.pipeline(pipeline);
    let jobs = moment.jobs(pipeline);
    let tests = jobs.iter().filter(|job| job.tests && !job.retried);
    tests
        .filter_map(|job| Suite::of(&facts(moment, job, &about)))
        .collect()
}
