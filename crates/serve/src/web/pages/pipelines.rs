//! `GET /pipelines`: pipelines of all projects.

mod read;
mod wanted;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use labtower_store::{Cause, ChildPipeline, Page, PipelineRow};
use serde::Serialize;
use serde_json::Value;

use self::read::read;
use self::wanted::Wanted;
use super::link::{self, Choice};
use super::reply::{Formats, Ground, Shown, refuse, show, values};
use super::value::{Maybe, Seconds, When, short};
use crate::answer::Ask;
use crate::auth::Viewer;
use crate::error::{ApiError, ErrorBody};
use crate::query::{self, Params};
use crate::state::App;
use crate::web::failures::Kind;
use crate::web::frame::{Frame, respond};
use crate::web::pipeline::Line;
use crate::web::status::Sign;

/// Rows of a page when the address names no `limit`.
const PAGE: usize = 50;
/// Failed jobs shown of each pipeline.
const JOBS: usize = 6;

/// Statuses to choose from.
const STATUSES: [(&str, &str); 5] = [
    ("", "all"),
    ("failed", "failed"),
    ("success", "passed"),
    ("running", "running"),
    ("canceled", "canceled"),
];

/// A list of pipelines.
#[derive(Debug, Serialize)]
pub(crate) struct Pipelines {
    /// Newest first.
    #[serde(rename = "pipelines")]
    listed: Vec<Row>,
    /// `cursor` of the next page.
    next_cursor: Option<String>,
    #[serde(skip)]
    rows: Vec<PipelineRow>,
    #[serde(skip)]
    wanted: Wanted,
}

/// A pipeline.
#[derive(Debug, Serialize)]
struct Row {
    id: i64,
    iid: i64,
    project: String,
    status: String,
    #[serde(rename = "ref")]
    ref_name: Option<String>,
    ref_kind: String,
    sha: Option<String>,
    source: Option<String>,
    user: Option<String>,
    created_at: When,
    started_at: Option<When>,
    duration: Maybe<Seconds>,
    /// Median of the project's pipelines of 28 days.
    usual_duration: Maybe<Seconds>,
    queued: Maybe<Seconds>,
    coverage: Maybe<f64>,
    /// Failed for good, those allowed to fail too.
    failed_jobs: Vec<FailedJob>,
    /// Pipelines that it started.
    children: Vec<Child>,
    /// The pipeline that started it.
    upstream_id: Option<i64>,
    web_url: Option<String>,
}

/// A failed job of a pipeline.
#[derive(Debug, Clone, Serialize)]
pub(super) struct FailedJob {
    pub(super) job_id: i64,
    pub(super) name: String,
    pub(super) allow_failure: bool,
    pub(super) category: Option<String>,
    pub(super) headline: Option<String>,
    pub(super) group_id: Option<i64>,
}

/// A pipeline that another one started.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Child {
    pub(super) id: i64,
    pub(super) bridge: String,
    pub(super) project: Option<String>,
    pub(super) status: Option<String>,
}

/// Pipelines of all projects, newest first.
///
/// A page for people without `format`.
#[utoipa::path(
    get,
    path = "/pipelines",
    tag = "pipelines",
    operation_id = "pipelines_page",
    params(
        ("project" = Option<String>, Query, description = "Full paths of projects, comma-separated"),
        ("group" = Option<String>, Query, description = "Full path of a group; with all below it"),
        ("ref" = Option<String>, Query, description = "Names of refs, comma-separated"),
        ("source" = Option<String>, Query, description = "What started the pipelines, comma-separated"),
        ("status" = Option<String>, Query, description = "Statuses, comma-separated"),
        ("days" = Option<u16>, Query, description = "Days: 1 to 366; all without it"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of an earlier answer"),
        ("limit" = Option<usize>, Query, description = "Rows: 1 to 1000"),
        ("format" = Option<String>, Query, description = "`json` or `csv`; a page for people without it"),
    ),
    responses(
        (status = 200, description = "The pipelines of the page, and `next_cursor`", body = serde_json::Value),
        (status = 400, description = "A choice there is not", body = ErrorBody),
        (status = 503, description = "The history is incomplete", body = ErrorBody),
    )
)]
pub(super) async fn page(State(app): State<App>, viewer: Viewer, ask: Ask) -> Response {
    match Wanted::of(&ask.params).and_then(|wanted| Ok((wanted, place(&ask.params)?))) {
        Err(error) => refuse(&viewer, &ask, error),
        Ok((wanted, place)) => {
            show(&app, &viewer, &ask, move |reader, now| {
                read(reader, wanted, place, now)
            })
            .await
        }
    }
}

fn place(params: &Params) -> Result<Page, ApiError> {
    let mut page = query::page(params)?;
    if params.one("limit").is_none() {
        page.limit = PAGE;
    }
    Ok(page)
}

impl FailedJob {
    pub(super) fn new(cause: Cause) -> Self {
        Self {
            job_id: cause.job_id.get(),
            name: cause.name,
            allow_failure: cause.allow_failure,
            category: cause.category,
            headline: cause.headline,
            group_id: cause.group_id.map(|group| group.0),
        }
    }

    pub(super) fn kind(&self) -> Kind {
        Kind::of(self.category.as_deref())
    }

    pub(super) fn title(&self) -> &str {
        self.headline.as_deref().unwrap_or("no reason yet")
    }
}

impl Child {
    pub(super) fn new(child: ChildPipeline) -> Self {
        Self {
            id: child.id.get(),
            bridge: child.bridge,
            project: child.project,
            status: child.status,
        }
    }

    pub(super) fn sign(&self) -> Sign {
        Sign::of(self.status.as_deref().unwrap_or("unknown"))
    }
}

impl Row {
    /// Slower than usual by a quarter and more: by how much.
    fn slower(&self) -> String {
        match (self.duration.0, self.usual_duration.0) {
            (Some(duration), Some(usual)) if usual.0 > 0.0 && duration.0 > usual.0 * 1.25 => {
                format!("+{:.0} %", (duration.0 / usual.0 - 1.0) * 100.0)
            }
            _ => String::new(),
        }
    }

    fn shown_jobs(&self) -> &[FailedJob] {
        &self.failed_jobs[..self.failed_jobs.len().min(JOBS)]
    }

    fn more_jobs(&self) -> usize {
        self.failed_jobs.len().saturating_sub(JOBS)
    }

    fn project_page(&self) -> String {
        link::project(&self.project)
    }

    fn short_sha(&self) -> String {
        short(self.sha.as_deref())
    }
}

#[derive(Template)]
#[template(path = "pages/pipelines.html")]
struct PipelinesPage {
    frame: Frame,
    formats: Formats,
    list: Pipelines,
    lines: Vec<Line>,
    statuses: Vec<Choice>,
    more: Option<String>,
    first: Option<String>,
}

impl PipelinesPage {
    fn pairs(&self) -> impl Iterator<Item = (&Row, &Line)> {
        self.list.listed.iter().zip(&self.lines)
    }
}

impl Shown for Pipelines {
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "iid",
        "project",
        "status",
        "ref",
        "ref_kind",
        "sha",
        "source",
        "user",
        "created_at",
        "started_at",
        "duration",
        "usual_duration",
        "queued",
        "coverage",
        "failed_jobs",
        "upstream_id",
        "web_url",
    ];
    const REFRESH_SECONDS: u64 = 30;

    fn subject(&self) -> String {
        "Pipelines".to_owned()
    }

    fn rows(&self) -> Vec<Value> {
        values(&self.listed)
    }

    fn html(mut self, ground: Ground) -> Response {
        let target = &ground.target;
        let rows = std::mem::take(&mut self.rows);
        let status = match self.wanted.statuses.as_slice() {
            [] => "",
            [one] => one,
            _ => "several",
        };
        let page = PipelinesPage {
            statuses: link::choices(target, "status", status, &STATUSES),
            more: self
                .next_cursor
                .as_ref()
                .map(|cursor| link::with(target, &[("cursor", cursor)])),
            first: target.contains("cursor=").then(|| link::with(target, &[])),
            lines: rows
                .into_iter()
                .map(|row| Line::new(row, ground.now))
                .collect(),
            formats: ground.formats(),
            frame: ground.frame,
            list: self,
        };
        respond(StatusCode::OK, &page)
    }
}
