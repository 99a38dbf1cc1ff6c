//! Pages on jobs, groups of failures, projects, pipelines, trends and the health of the data.
//!
//! One page, one file here and one template. Each page is one struct, which the template, `?format=json` and
//! `?format=csv` all take their figures from, so that they cannot differ; [`reply`] sends it, [`value`] holds the
//! figures that are written one way for people and another for programs.

mod draw;
mod flaky;
mod group;
mod groups;
mod health;
mod job;
mod jobs;
mod kept;
mod link;
mod pattern;
mod pipeline;
mod pipelines;
mod project;
mod reply;
mod trends;
mod usage;
mod value;
mod verdict;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use utoipa::OpenApi;

use crate::answer::Ask;
use crate::auth::Viewer;
use crate::state::App;

pub(crate) use flaky::FlakyJobs;
pub(crate) use kept::Instance;
pub(crate) use usage::Days;

/// What the pages are for programs, with `format=json`; some addresses cannot be written as the router has them.
#[derive(Debug, OpenApi)]
#[openapi(paths(
    project::page,
    job::page,
    jobs::page,
    groups::page,
    group::page,
    pattern::page,
    pipelines::page,
    pipeline::page,
    trends::page,
    health::page,
))]
pub(crate) struct Pages;

/// The pages' addresses.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/p/{*path}", get(project_or_job))
        .route("/jobs/{*name}", get(jobs::page))
        .route("/groups", get(groups::page))
        .route("/g/{id}", get(group::page))
        .route("/pattern", get(pattern::page))
        .route("/pipelines", get(pipelines::page))
        .route("/pipelines/{id}", get(pipeline::page))
        .route("/trends", get(trends::page))
        .route("/health", get(health::page))
}

/// `/p/{project}` or `/p/{project}/-/jobs/{name}`: paths of projects have slashes, but never `/-/`.
async fn project_or_job(
    State(app): State<App>,
    Path(path): Path<String>,
    viewer: Viewer,
    ask: Ask,
) -> Response {
    match path.split_once("/-/jobs/") {
        Some((project, name)) => job::page(&app, project, name, &viewer, &ask).await,
        None => project::page(&app, path.trim_end_matches('/'), &viewer, &ask).await,
    }
}
