//! `GET /jobs/{name}`: jobs of one name in all projects where one failed.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use labtower_store::{HistoryFilter, Reader};
use serde::Serialize;
use serde_json::Value;

use super::link::{self, Choice};
use super::reply::{Formats, Ground, Shown, refuse, show, values};
use super::value::{Count, When};
use super::verdict::{Judged, VERDICT_DAYS, by_rank, judge, recurring, since};
use crate::answer::{AnswerError, Ask};
use crate::auth::Viewer;
use crate::error::{ApiError, ErrorBody};
use crate::query::offset;
use crate::state::App;
use crate::web::frame::{Frame, respond};

/// Projects of a page: the history of each is read.
const PAGE: usize = 40;
/// Runs looked at of each.
const RUNS: usize = 500;

/// Jobs of one name.
#[derive(Debug, Serialize)]
pub(crate) struct NamedJobs {
    job: String,
    days: i64,
    /// Refs: `default` or `any`.
    refs: &'static str,
    /// Projects where it failed.
    projects: Count,
    /// Those of this page: broken ones first, then by how sure it is that they are flaky.
    rows: Vec<Row>,
    next_offset: Option<usize>,
}

/// The job in one project.
#[derive(Debug, Serialize)]
struct Row {
    project: String,
    last_failed_at: When,
    #[serde(flatten)]
    judged: Judged,
}

impl Row {
    fn history(&self, name: &str) -> String {
        link::job(&self.project, name)
    }
}

/// Jobs of one name, in all projects where one failed.
///
/// A page for people without `format`.
#[utoipa::path(
    get,
    path = "/jobs/{name}",
    tag = "failures",
    operation_id = "jobs_named",
    params(
        ("name" = String, Path, description = "Name of the jobs, percent-encoded"),
        ("ref" = Option<String>, Query, description = "`default` or `any`; the default branch without it"),
        ("offset" = Option<usize>, Query, description = "Rows before the window"),
        ("format" = Option<String>, Query, description = "`json` or `csv`; a page for people without it"),
    ),
    responses(
        (status = 200, description = "`rows` with a verdict each, and `next_offset`", body = serde_json::Value),
        (status = 400, description = "A choice there is not", body = ErrorBody),
        (status = 503, description = "The history is incomplete", body = ErrorBody),
    )
)]
pub(super) async fn page(
    State(app): State<App>,
    Path(name): Path<String>,
    viewer: Viewer,
    ask: Ask,
) -> Response {
    let offset = match offset(&ask.params) {
        Ok(offset) => offset,
        Err(error) => return refuse(&viewer, &ask, error),
    };
    let any_ref = match ask.params.one("ref") {
        None | Some("default") => false,
        Some("any") => true,
        Some(other) => {
            let error = ApiError::parameter("ref", other, "`default` or `any`");
            return refuse(&viewer, &ask, error);
        }
    };
    show(&app, &viewer, &ask, move |reader, now| {
        read(reader, name, any_ref, offset, now)
    })
    .await
}

fn read(
    reader: &Reader<'_>,
    name: String,
    any_ref: bool,
    offset: usize,
    now: Timestamp,
) -> Result<NamedJobs, AnswerError> {
    let from = since(now, VERDICT_DAYS);
    let all = reader.jobs_named(&name, from)?;
    let mut rows = Vec::new();
    for found in all.iter().skip(offset).take(PAGE) {
        let default = reader
            .project_at(&found.project)?
            .and_then(|project| project.default_branch);
        let runs = reader.job_history(&HistoryFilter {
            project: found.project.clone(),
            names: vec![name.clone()],
            from,
            refs: if any_ref {
                Vec::new()
            } else {
                default.into_iter().collect()
            },
            sources: Vec::new(),
            limit: RUNS,
        })?;
        rows.push(Row {
            project: found.project.clone(),
            last_failed_at: When(found.last_failed_at),
            judged: Judged::new(&judge(&runs, &recurring(reader, &runs, now)?)),
        });
    }
    rows.sort_by(|a, b| by_rank(&a.judged, &b.judged));
    Ok(NamedJobs {
        job: name,
        days: VERDICT_DAYS,
        refs: if any_ref { "any" } else { "default" },
        projects: Count(all.len() as u64),
        rows,
        next_offset: (offset + PAGE < all.len()).then_some(offset + PAGE),
    })
}

#[derive(Template)]
#[template(path = "pages/jobs.html")]
struct JobsPage {
    frame: Frame,
    formats: Formats,
    jobs: NamedJobs,
    refs: Vec<Choice>,
    more: Option<String>,
}

impl Shown for NamedJobs {
    const COLUMNS: &'static [&'static str] = &[
        "project",
        "verdict",
        "runs",
        "passes",
        "failures",
        "failure_rate",
        "flakes",
        "flaky_rate",
        "flaky_rate_low",
        "flaky_rate_high",
        "wasted_seconds",
        "retries",
        "last_failed_at",
    ];

    fn subject(&self) -> String {
        format!("{} in all projects", self.job)
    }

    fn rows(&self) -> Vec<Value> {
        values(&self.rows)
    }

    fn html(self, ground: Ground) -> Response {
        let current = if self.refs == "any" { "any" } else { "" };
        let page = JobsPage {
            refs: link::choices(
                &ground.target,
                "ref",
                current,
                &[("", "default branches"), ("any", "all refs")],
            ),
            more: self
                .next_offset
                .map(|offset| link::with(&ground.target, &[("offset", &offset.to_string())])),
            formats: ground.formats(),
            frame: ground.frame,
            jobs: self,
        };
        respond(StatusCode::OK, &page)
    }
}
