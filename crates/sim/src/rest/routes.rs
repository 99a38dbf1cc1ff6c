//! All REST routes.

use axum::Router;

use super::{groups, jobs, pipelines, projects, version};
use crate::app::App;
use crate::resources;

/// Everything below `/api/v4`.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .merge(version::routes())
        .merge(groups::routes())
        .merge(projects::routes())
        .merge(pipelines::routes())
        .merge(jobs::routes())
        .merge(resources::routes())
}
