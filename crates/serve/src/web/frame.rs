//! What every page has: head, header, footer.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use jiff::Timestamp;

use super::assets;
use crate::auth::Viewer;
use crate::error::ApiError;
use crate::overview::Overview;
use crate::state::App;

/// Head, header and footer of a page.
#[derive(Debug)]
pub(crate) struct Frame {
    /// What leads from this page to `/`; every link of ours begins with it.
    pub(crate) root: String,
    /// Entries of the navigation.
    pub(crate) nav: Vec<Entry>,
    /// Name of this installation.
    pub(crate) title: String,
    /// What the page is about, for the window's title.
    pub(crate) subject: String,
    /// Who looks at it.
    pub(crate) viewer: Viewer,
    /// Version of this program.
    pub(crate) version: &'static str,
    /// Version of style and script.
    pub(crate) assets: &'static str,
    /// What the process does, in one word.
    pub(crate) phase: &'static str,
    /// Seconds after which the page is fetched anew; 0 for never.
    pub(crate) refresh_seconds: u64,
    /// When the page was made: `2026-11-21 07:14:03 UTC`.
    pub(crate) made_at: String,
}

/// A link of the navigation.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) name: &'static str,
    /// Path without the leading slash.
    pub(crate) path: &'static str,
    /// Whether this page belongs to it.
    pub(crate) current: bool,
}

/// The navigation: name, path, and first parts of the paths that belong to it.
const NAVIGATION: &[(&str, &str, &[&str])] = &[
    ("Overview", "", &[""]),
    ("Failures", "failures", &["failures", "g", "groups", "jobs"]),
    ("Pipelines", "pipelines", &["pipelines"]),
    ("Trends", "trends", &["trends"]),
    ("Health", "health", &["health"]),
];

impl Frame {
    /// The frame of a page about `overview` for `viewer`.
    pub(crate) fn new(
        app: &App,
        viewer: &Viewer,
        overview: &Overview,
        subject: impl Into<String>,
        refresh_seconds: u64,
        now: Timestamp,
    ) -> Self {
        Self {
            root: viewer.root(),
            viewer: viewer.clone(),
            nav: NAVIGATION
                .iter()
                .map(|(name, path, sections)| Entry {
                    name,
                    path,
                    current: sections.contains(&viewer.section()),
                })
                .collect(),
            title: app.options().title.clone(),
            subject: subject.into(),
            version: env!("CARGO_PKG_VERSION"),
            assets: assets::version(),
            phase: overview.phase(),
            refresh_seconds,
            made_at: now.strftime("%F %T UTC").to_string(),
        }
    }
}

/// Makes a page of a template.
pub(crate) fn respond(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => {
            tracing::error!(%error, "failed to make a page");
            ApiError::internal().into_response()
        }
    }
}
