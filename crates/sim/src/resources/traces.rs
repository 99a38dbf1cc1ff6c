//! `/projects/:id/jobs/:job_id/trace`.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::trace::{TraceFacts, slice, trace};
use crate::app::App;
use crate::rest::error::ApiError;
use crate::rest::query::Params;
use crate::world::{JobFacts, Moment, PipelineFacts};

/// Routes below `/api/v4`.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/projects/{id}/jobs/{job_id}/trace", get(one))
}

async fn one(
    State(app): State<App>,
    Path((id, job)): Path<(String, String)>,
    params: Params,
) -> Result<Response, ApiError> {
    let moment = app.moment();
    let project = app.project(&moment, &id)?;
    let job = app.job(&moment, project, &job)?;
    let pipeline = moment.pipeline(job.pipeline);
    let text = trace(&facts(&moment, &job, &pipeline));
    // Older versions ignore the two parameters.
    let major = app
        .config
        .version
        .split('.')
        .next()
        .and_then(|major| major.parse::<u32>().ok());
    let body = if major.is_some_and(|major| major >= 19) {
        slice(
            text.as_bytes(),
            bytes(&params, "byte_offset")?,
            bytes(&params, "byte_limit")?,
        )
    } else {
        text.as_bytes()
    };
    let headers = [
        (header::CONTENT_TYPE, "text/plain".to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("infile; filename=\"{}.log\"", job.id),
        ),
    ];
    Ok((headers, body.to_vec()).into_response())
}

fn bytes(params: &Params, name: &str) -> Result<Option<usize>, ApiError> {
    match params.get(name) {
        None => Ok(None),
        Some(text) => text
            .parse()
            .map(Some)
            .map_err(|_| ApiError::error(StatusCode::BAD_REQUEST, format!("{name} is invalid"))),
    }
}

/// What a job's log and test report follow from.
pub(super) fn facts<'a>(
    moment: &'a Moment<'_>,
    job: &'a JobFacts,
    pipeline: &'a PipelineFacts,
) -> TraceFacts<'a> {
    let project = &moment.projects[job.project as usize];
    TraceFacts {
        seed: moment.seed,
        job_id: job.id,
        project_id: project.id,
        project: &project.full_path,
        name: &job.name,
        stage: job.stage,
        tests: job.tests,
        status: job.status.as_str(),
        failure_reason: job.failure_reason,
        exit_code: job.exit_code,
        ref_name: &pipeline.ref_name,
        sha: &pipeline.sha,
        runner: job.runner.map_or("shared", |runner| {
            &moment.runners[runner as usize].description
        }),
        artifacts: job.artifacts,
        started: job.started.map(crate::world::Time::timestamp),
        finished: job.finished.map(crate::world::Time::timestamp),
        now: moment.at().timestamp(),
    }
}
