//! `GET /api/jobs`

use axum::extract::State;
use axum::response::Response;
use labtower_model::{PipelineId, RunnerId};
use labtower_store::JobRow;
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::{Ask, Body, answer};
use crate::api::openapi::{Cursor, JobParams, Limit, PipelineParams};
use crate::error::{ApiError, ErrorBody};
use crate::query::{self, job_filter};
use crate::state::App;
use crate::time::Time;

/// One job of a pipeline: a build, a bridge to another pipeline, or an outside status.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Job {
    /// Instance-wide id.
    id: i64,
    /// Pipeline it belongs to.
    pipeline_id: i64,
    /// Project it belongs to.
    project_id: i64,
    /// Full path of the project.
    #[schema(example = "platform/tools/builder")]
    project_full_path: String,
    /// `build`, `bridge` or `external`.
    kind: String,
    /// Name in `.gitlab-ci.yml`.
    name: String,
    /// Stage it is part of.
    stage: Option<String>,
    /// GitLab's status in lower case.
    #[schema(example = "failed")]
    status: String,
    /// Branch, tag or source branch of its pipeline; empty when GitLab names none.
    ref_name: String,
    /// When it was created.
    created_at: Time,
    /// When a runner picked it up.
    started_at: Option<Time>,
    /// When it finished.
    finished_at: Option<Time>,
    /// Running time: whole seconds.
    duration: Option<i64>,
    /// Time it waited for a runner: seconds.
    queued_duration: Option<f64>,
    /// Test coverage: percent.
    coverage: Option<f64>,
    /// Whether a failure leaves the pipeline green.
    allow_failure: bool,
    /// Whether a newer run of the same job replaced it.
    retried: bool,
    /// Why it failed, in GitLab's words for it.
    #[schema(example = "script_failure")]
    failure_reason: Option<String>,
    /// Exit code of its script.
    exit_code: Option<i64>,
    /// Runner tags it asked for, sorted.
    tags: Vec<String>,
    /// Runner that took it.
    runner_id: Option<i64>,
    /// Pipeline that a bridge started.
    downstream_pipeline_id: Option<i64>,
    /// Its page in GitLab.
    web_url: Option<String>,
}

impl From<JobRow> for Job {
    fn from(row: JobRow) -> Self {
        Self {
            id: row.id.get(),
            pipeline_id: row.pipeline_id.get(),
            project_id: row.project_id.get(),
            project_full_path: row.project_full_path,
            kind: row.kind,
            name: row.name,
            stage: row.stage,
            status: row.status,
            ref_name: row.ref_name.unwrap_or_default(),
            created_at: row.created_at.into(),
            started_at: row.started_at.map(Time),
            finished_at: row.finished_at.map(Time),
            duration: row.duration,
            queued_duration: row.queued_duration,
            coverage: row.coverage,
            allow_failure: row.allow_failure,
            retried: row.retried,
            failure_reason: row.failure_reason,
            exit_code: row.exit_code,
            tags: row.tags,
            runner_id: row.runner_id.map(RunnerId::get),
            downstream_pipeline_id: row.downstream_pipeline_id.map(PipelineId::get),
            web_url: row.web_url,
        }
    }
}

/// Jobs, newest first.
///
/// `status` and the time range are those of the job; `ref_name` and `source` those of its pipeline.
#[utoipa::path(
    get,
    path = "/api/jobs",
    tag = "pipelines",
    operation_id = "list_jobs",
    params(PipelineParams, JobParams, Limit, Cursor),
    responses(
        (status = 200, description = "Newest first, by creation", body = Vec<Job>, headers(
            ("Link" = String, description = "The next page, `rel=\"next\"`; absent on the last"),
            ("X-Next-Cursor" = String, description = "`cursor` of the next page; absent on the last"),
        )),
        (status = 304, description = "The caller's copy is current"),
        (status = 400, description = "A parameter cannot be read", body = ErrorBody),
        (status = 503, description = "The first backfill is not complete, or the server is busy", body = ErrorBody),
    )
)]
pub(crate) async fn list_jobs(State(app): State<App>, ask: Ask) -> Result<Response, ApiError> {
    let filter = job_filter(&ask.params)?;
    let page = query::page(&ask.params)?;
    answer(&app, &ask, "", move |reader| {
        let (rows, next) = query::one_page(
            page,
            |page| reader.jobs(&filter, page),
            |row| (row.created_at, row.id.get()),
        )?;
        let jobs: Vec<Job> = rows.into_iter().map(Job::from).collect();
        Ok(Body::json(&jobs)?.followed_by(next))
    })
    .await
}
