//! The page while the first backfill runs.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;

use super::format;
use super::frame::{self, Frame};
use super::sync::{self, ProjectBar, SyncView};
use crate::auth::Viewer;
use crate::overview::Overview;
use crate::state::App;

/// Seconds between looks at the progress.
const REFRESH_SECONDS: u64 = 2;

#[derive(Template)]
#[template(path = "progress.html")]
struct ProgressPage {
    frame: Frame,
    bar: Bar,
    sync: SyncView,
    projects: Vec<ProjectBar>,
}

/// How far the first backfill is.
#[derive(Debug)]
pub(crate) struct Bar {
    /// Whether the pipelines to expect have been counted.
    pub(crate) counted: bool,
    /// 0 to 100, one decimal.
    pub(crate) percent: f64,
    pub(crate) pipelines: String,
    pub(crate) total: String,
    pub(crate) eta: Option<String>,
}

impl Bar {
    /// The bar of `overview`.
    pub(crate) fn new(overview: &Overview) -> Self {
        let progress = overview.progress();
        Self {
            counted: progress.pipelines_total > 0,
            percent: progress.percent,
            pipelines: format::count(progress.pipelines),
            total: format::count(progress.pipelines_total),
            eta: progress
                .eta_seconds
                .map(|seconds| format::duration(seconds as i64)),
        }
    }
}

/// The page. It answers 200: a browser should show it, and it refreshes itself.
pub(crate) fn page(app: &App, viewer: &Viewer, overview: &Overview, now: Timestamp) -> Response {
    let poll_seconds = app.options().poll_interval.as_secs();
    let page = ProgressPage {
        frame: Frame::new(
            app,
            viewer,
            overview,
            "Reading history",
            REFRESH_SECONDS,
            now,
        ),
        bar: Bar::new(overview),
        sync: SyncView::new(overview, poll_seconds, now),
        projects: sync::bars(&overview.projects),
    };
    frame::respond(StatusCode::OK, &page)
}
