//! `GET /api/stats/projects`

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::{Ask, Body, answer};
use crate::api::openapi::StatsParams;
use crate::error::{ApiError, ErrorBody};
use crate::query::stats_filter;
use crate::state::App;

/// Figures of one project.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProjectStats {
    /// Full path of the project, with any filter.
    #[schema(example = "platform/tools/builder")]
    project_name: String,
    /// Pipelines asked for.
    count: u64,
    /// Their mean running time: seconds; 0 when none has one.
    avg_duration: f64,
    /// Status of the project's newest pipeline, whatever was asked for.
    last_status: String,
    /// Instance-wide id of the project.
    project_id: i64,
    /// Short name of the project.
    project_short_name: String,
}

impl From<labtower_store::ProjectStats> for ProjectStats {
    fn from(row: labtower_store::ProjectStats) -> Self {
        Self {
            project_name: row.project_full_path,
            count: row.count,
            avg_duration: row.avg_duration,
            last_status: row.last_status,
            project_id: row.project_id.get(),
            project_short_name: row.project_name,
        }
    }
}

/// Count, mean running time and last status of each project, fastest first.
#[utoipa::path(
    get,
    path = "/api/stats/projects",
    tag = "statistics",
    operation_id = "project_stats",
    params(StatsParams),
    responses(
        (status = 200, description = "Shortest mean running time first", body = Vec<ProjectStats>),
        (status = 304, description = "The caller's copy is current"),
        (status = 400, description = "A parameter cannot be read", body = ErrorBody),
        (status = 503, description = "The first backfill is not complete, or the server is busy", body = ErrorBody),
    )
)]
pub(crate) async fn project_stats(State(app): State<App>, ask: Ask) -> Result<Response, ApiError> {
    let filter = stats_filter(&ask.params)?;
    answer(&app, &ask, "", move |reader| {
        let mut projects: Vec<ProjectStats> = reader
            .project_stats(&filter)?
            .into_iter()
            .map(ProjectStats::from)
            .collect();
        projects.sort_by(|a, b| {
            a.avg_duration
                .total_cmp(&b.avg_duration)
                .then_with(|| a.project_name.cmp(&b.project_name))
        });
        Body::json(&projects)
    })
    .await
}
