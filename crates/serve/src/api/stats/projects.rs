//! `GET /api/stats/projects`

use std::sync::Arc;

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
    #[schema(value_type = String, example = "platform/tools/builder")]
    project_name: Arc<str>,
    /// Pipelines asked for.
    count: u64,
    /// Their mean running time: seconds; 0 when none has one.
    avg_duration: f64,
    /// Status of the project's newest pipeline, whatever was asked for.
    #[schema(value_type = String)]
    last_status: Arc<str>,
    /// Instance-wide id of the project.
    project_id: i64,
    /// Short name of the project.
    #[schema(value_type = String)]
    project_short_name: Arc<str>,
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

/// Usual length of a project's JSON: bytes.
const ROW: usize = 200;

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
        // Sorted by the store.
        let rows = reader.project_stats(&filter)?;
        let projects: Vec<ProjectStats> = rows.into_iter().map(ProjectStats::from).collect();
        Body::long_json(&projects, projects.len() * ROW)
    })
    .await
}
