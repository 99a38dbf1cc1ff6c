//! `GET /p/{project}/-/jobs/{name}`: is this job flaky?

mod read;
mod runs;

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use labtower_model::Glyph;
use labtower_store::GroupId;
use serde::Serialize;
use serde_json::Value;

use self::read::read;
pub(super) use self::read::{groups, quantile, times};
use self::runs::RunRow;
use super::draw::Points;
use super::link::{self, Choice};
use super::reply::{Formats, Ground, Shown, refuse, show, values};
use super::value::{Count, Maybe, Seconds, When};
use super::verdict::{Concentrated, Judged};
use crate::answer::Ask;
use crate::auth::Viewer;
use crate::error::{ApiError, ErrorBody};
use crate::query::{Params, offset};
use crate::state::App;
use crate::web::failures::Kind;
use crate::web::frame::{Frame, respond};

/// Runs looked at, at most.
const RUNS: usize = 2000;
/// Runs of a page of the table.
const PAGE: usize = 100;
/// Groups shown at once.
const GROUPS: usize = 8;
/// Runs of the strip.
const STRIP: usize = 60;

/// The history of a job.
#[derive(Debug, Serialize)]
pub(crate) struct JobHistory {
    project: String,
    job: String,
    days: i64,
    /// Refs looked at; empty for all.
    refs: Vec<String>,
    /// What started the pipelines looked at; empty for all.
    sources: Vec<String>,
    #[serde(flatten)]
    judged: Judged,
    duration_p50: Maybe<Seconds>,
    duration_p95: Maybe<Seconds>,
    queue_p50: Maybe<Seconds>,
    queue_p95: Maybe<Seconds>,
    /// Failures by group, most first.
    groups: Vec<GroupCount>,
    /// Where it fails more than elsewhere.
    concentrations: Vec<Concentrated>,
    /// Other projects where a job of this name failed.
    other_projects: Count,
    /// Runs of this page of the table, newest first.
    #[serde(rename = "history")]
    runs: Vec<RunRow>,
    /// All runs, canceled ones too.
    total_runs: Count,
    /// `offset` of the next page of runs.
    next_offset: Option<usize>,
}

/// Failures of a group.
#[derive(Debug, Serialize)]
pub(super) struct GroupCount {
    pub(super) group_id: GroupId,
    pub(super) headline: String,
    pub(super) category: Option<String>,
    pub(super) failures: Count,
    pub(super) last_at: When,
}

/// The page's state, from its address.
struct Wanted {
    days: i64,
    any_ref: bool,
    refs: Vec<String>,
    sources: Vec<String>,
    offset: usize,
}

/// The history of a job: is it flaky, what failed, and what it cost.
///
/// A page for people without `format`.
#[utoipa::path(
    get,
    path = "/p/{project}/-/jobs/{name}",
    tag = "failures",
    operation_id = "job_history",
    params(
        ("project" = String, Path, description = "Full path of the project; its slashes as they are"),
        ("name" = String, Path, description = "Name of the job, percent-encoded"),
        ("days" = Option<u16>, Query, description = "Days of history: 1 to 365; 28 without it"),
        ("ref" = Option<String>, Query, description = "Names of refs, comma-separated, `default` or `any`; the default branch without it"),
        ("source" = Option<String>, Query, description = "What started the pipelines, comma-separated; `any` for all"),
        ("offset" = Option<usize>, Query, description = "Rows before the window"),
        ("format" = Option<String>, Query, description = "`json` or `csv`; a page for people without it"),
    ),
    responses(
        (status = 200, description = "The verdict with its evidence, durations, groups and runs", body = serde_json::Value),
        (status = 400, description = "A choice there is not", body = ErrorBody),
        (status = 404, description = "No such job is stored", body = ErrorBody),
        (status = 503, description = "The history is incomplete", body = ErrorBody),
    )
)]
pub(super) async fn page(
    app: &App,
    project: &str,
    name: &str,
    viewer: &Viewer,
    ask: &Ask,
) -> Response {
    let wanted = match Wanted::of(&ask.params) {
        Ok(wanted) => wanted,
        Err(error) => return refuse(viewer, ask, error),
    };
    let (project, name) = (project.to_owned(), name.to_owned());
    show(app, viewer, ask, move |reader, now| {
        read(reader, &project, &name, wanted, now)
    })
    .await
}

impl Wanted {
    fn of(params: &Params) -> Result<Self, ApiError> {
        let days = params.one("days").unwrap_or("28");
        let sources = params.list("source");
        Ok(Self {
            days: days
                .parse()
                .ok()
                .filter(|days| (1..=365).contains(days))
                .ok_or_else(|| {
                    ApiError::parameter("days", days, "a number of days from 1 to 365")
                })?,
            any_ref: params.one("ref") == Some("any"),
            refs: match params.one("ref") {
                None | Some("default" | "any") => Vec::new(),
                Some(_) => params.list("ref"),
            },
            sources: if sources.iter().any(|source| source == "any") {
                Vec::new()
            } else {
                sources
            },
            offset: offset(params)?,
        })
    }
}

impl GroupCount {
    pub(super) fn glyph(&self) -> Glyph {
        Glyph::of(self.group_id.0)
    }

    pub(super) fn kind(&self) -> Kind {
        Kind::of(self.category.as_deref())
    }
}

#[derive(Template)]
#[template(path = "pages/job.html")]
struct JobPage {
    frame: Frame,
    formats: Formats,
    history: JobHistory,
    days: Vec<Choice>,
    refs: Vec<Choice>,
    sources: Vec<Choice>,
    durations: Points,
    more: Option<String>,
}

impl JobPage {
    fn new(history: JobHistory, ground: Ground) -> Self {
        let target = &ground.target;
        let one_source = match history.sources.as_slice() {
            [] => "",
            [one] => one,
            _ => "several",
        };
        Self {
            days: link::choices(
                target,
                "days",
                &history.days.to_string(),
                &[("7", "7 d"), ("14", "14 d"), ("28", "28 d"), ("90", "90 d")],
            ),
            refs: link::choices(
                target,
                "ref",
                if history.refs.is_empty() { "any" } else { "" },
                &[("", "default branch"), ("any", "all refs")],
            ),
            sources: link::choices(
                target,
                "source",
                one_source,
                &[
                    ("", "all sources"),
                    ("schedule", "schedules"),
                    ("push", "pushes"),
                    ("merge_request_event", "merge requests"),
                ],
            ),
            durations: points(&history),
            more: history
                .next_offset
                .map(|offset| link::with(target, &[("offset", &offset.to_string())])),
            formats: ground.formats(),
            frame: ground.frame,
            history,
        }
    }

    /// The last runs, oldest first.
    fn strip(&self) -> impl Iterator<Item = &RunRow> {
        let last = self.history.runs.len().min(STRIP);
        self.history.runs[..last].iter().rev()
    }

    fn first_groups(&self) -> &[GroupCount] {
        &self.history.groups[..self.history.groups.len().min(GROUPS)]
    }

    fn other_groups(&self) -> &[GroupCount] {
        &self.history.groups[self.history.groups.len().min(GROUPS)..]
    }

    fn project_page(&self) -> String {
        link::project(&self.history.project)
    }

    fn everywhere(&self) -> String {
        link::jobs(&self.history.job)
    }
}

/// Durations of the runs of this page, oldest first, and their median.
fn points(history: &JobHistory) -> Points {
    let values = history
        .runs
        .iter()
        .rev()
        .filter_map(|run| {
            let duration = run.duration.0?;
            Some((
                duration.0,
                run.class(),
                format!("{}: {duration}", run.created_at),
            ))
        })
        .collect();
    Points::new(values, history.duration_p50.0.map(|seconds| seconds.0))
}

impl Shown for JobHistory {
    const COLUMNS: &'static [&'static str] = &[
        "job_id",
        "pipeline_id",
        "created_at",
        "status",
        "evidence",
        "category",
        "headline",
        "group_id",
        "ref",
        "sha",
        "source",
        "duration",
        "queued",
        "runner_id",
        "retried",
        "allow_failure",
        "web_url",
    ];

    fn subject(&self) -> String {
        format!("{} in {}", self.job, self.project)
    }

    fn rows(&self) -> Vec<Value> {
        values(&self.runs)
    }

    fn html(self, ground: Ground) -> Response {
        respond(StatusCode::OK, &JobPage::new(self, ground))
    }
}
