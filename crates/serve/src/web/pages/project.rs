//! `GET /p/{project}`: how one project's default branch is.

mod jobs;
mod reports;
mod schedules;

use std::collections::HashSet;

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use labtower_model::{Nights, Project, wilson};
use labtower_store::{Filter, GroupId, HistoryFilter, Page, PipelineRow, Reader};
use serde::Serialize;
use serde_json::Value;

use self::jobs::{JobLine, job_line};
use self::reports::Tests;
use self::schedules::{ScheduleLine, schedules};
use super::draw::Bars;
use super::job::{GroupCount, groups};
use super::link::{self, Choice};
use super::reply::{Formats, Ground, Shown, refuse, show, values};
use super::value::{Count, Maybe, Seconds, Share, When};
use super::verdict::{RUNS, VERDICT_DAYS, by_job, by_rank, recurring, since};
use crate::answer::{AnswerError, Ask};
use crate::auth::Viewer;
use crate::error::{ApiError, ErrorBody};
use crate::state::App;
use crate::web::format;
use crate::web::frame::{Frame, respond};
use crate::web::pipeline::Line;

/// Jobs shown.
const JOBS: usize = 200;
/// Groups shown.
const GROUPS: usize = 10;
/// Pipelines listed.
const LATEST: usize = 20;
/// Pipelines among which the last change between red and green is sought.
const LOOK_BACK: usize = 500;

/// A project.
#[derive(Debug, Serialize)]
pub(crate) struct ProjectDetail {
    project: String,
    web_url: Option<String>,
    default_branch: Option<String>,
    /// Days of the strip.
    days: u16,
    /// Status of the newest finished pipeline of the default branch.
    state: Option<String>,
    /// Since when it is so; absent when it was so for as long as was looked back.
    state_since: Option<When>,
    /// Pipelines of the default branch in 28 days.
    pipelines: Count,
    passed: Count,
    failed: Count,
    /// Passed of passed and failed.
    success_rate: Maybe<Share>,
    success_rate_low: Maybe<Share>,
    success_rate_high: Maybe<Share>,
    duration_p50: Maybe<Seconds>,
    /// Runner time of failed jobs in 28 days.
    failed_seconds: Seconds,
    /// Whether there are more runs in 28 days than were looked at.
    cut: bool,
    /// Columns of the strip.
    dates: Vec<String>,
    /// The one to look at first comes first.
    jobs: Vec<JobLine>,
    schedules: Vec<ScheduleLine>,
    groups: Vec<GroupCount>,
    /// Open issues that its groups are linked to.
    open_issues: Vec<OpenIssue>,
    /// Newest test reports of the default branch.
    tests: Tests,
    latest: Vec<Latest>,
    #[serde(skip)]
    lines: Vec<PipelineRow>,
}

/// An open issue.
#[derive(Debug, Serialize)]
struct OpenIssue {
    issue: String,
    title: Option<String>,
    web_url: Option<String>,
    group_id: GroupId,
}

/// A pipeline of the list.
#[derive(Debug, Serialize)]
struct Latest {
    id: i64,
    status: String,
    #[serde(rename = "ref")]
    ref_name: Option<String>,
    source: Option<String>,
    created_at: When,
    duration: Maybe<Seconds>,
}

/// A project: its default branch, jobs by night, schedules, groups, tests and newest pipelines.
///
/// A page for people without `format`.
#[utoipa::path(
    get,
    path = "/p/{project}",
    tag = "failures",
    operation_id = "project",
    params(
        ("project" = String, Path, description = "Full path of the project; its slashes as they are"),
        ("days" = Option<u16>, Query, description = "Nights: 1 to 90; 14 without it"),
        ("format" = Option<String>, Query, description = "`json` or `csv`; a page for people without it"),
    ),
    responses(
        (status = 200, description = "All that is known of the project", body = serde_json::Value),
        (status = 400, description = "A choice there is not", body = ErrorBody),
        (status = 404, description = "No such project is stored", body = ErrorBody),
        (status = 503, description = "The history is incomplete", body = ErrorBody),
    )
)]
pub(super) async fn page(app: &App, path: &str, viewer: &Viewer, ask: &Ask) -> Response {
    let days = ask.params.one("days").unwrap_or("14");
    let Some(days) = days.parse().ok().filter(|days| (1..=90).contains(days)) else {
        let error = ApiError::parameter("days", days, "a number of days from 1 to 90");
        return refuse(viewer, ask, error);
    };
    let options = &app.options().failures;
    let nights = Nights::new(options.time_zone.clone(), options.day_starts_at);
    let path = path.to_owned();
    show(app, viewer, ask, move |reader, now| {
        let Some(project) = reader.project_at(&path)? else {
            return Err(ApiError::no_such_path(&format!("/{}", link::project(&path))).into());
        };
        read(reader, project, days, &nights, now)
    })
    .await
}

fn read(
    reader: &Reader<'_>,
    project: Project,
    days: u16,
    nights: &Nights,
    now: Timestamp,
) -> Result<ProjectDetail, AnswerError> {
    let path = project.path_with_namespace.clone();
    let own_branch = Filter {
        projects: vec![path.clone()],
        refs: project.default_branch.iter().cloned().collect(),
        ..Filter::default()
    };
    let from = since(now, VERDICT_DAYS);
    let summary = reader.summary(&Filter {
        from: Some(from),
        ..own_branch.clone()
    })?;
    let finished = reader.pipelines(
        &Filter {
            statuses: vec!["success".to_owned(), "failed".to_owned()],
            ..own_branch.clone()
        },
        &Page {
            limit: LOOK_BACK,
            before: None,
        },
    )?;
    let runs = reader.job_history(&HistoryFilter {
        project: path.clone(),
        names: Vec::new(),
        from,
        refs: own_branch.refs.clone(),
        sources: Vec::new(),
        limit: RUNS,
    })?;
    let lines = reader.pipelines(
        &Filter {
            projects: vec![path.clone()],
            ..Filter::default()
        },
        &Page {
            limit: LATEST,
            before: None,
        },
    )?;
    let dates = nights.last(days, now);
    let known = recurring(reader, &runs, now)?;
    let mut jobs: Vec<JobLine> = by_job(&runs)
        .into_values()
        .map(|runs| job_line(&runs, &known, nights, &dates))
        .collect();
    jobs.sort_by(|a, b| by_rank(&a.judged, &b.judged).then_with(|| a.job.cmp(&b.job)));
    jobs.truncate(JOBS);
    let mut groups = groups(&runs);
    groups.truncate(GROUPS);
    let judged = summary.success_count + summary.failed_count;
    let bounds = wilson(summary.success_count, judged);
    let tests = Tests::read(reader, &finished)?;
    Ok(ProjectDetail {
        tests,
        web_url: format::link(project.web_url.clone()),
        days,
        state: finished.first().map(|row| row.status.clone()),
        state_since: state_since(&finished),
        pipelines: Count(summary.total_count),
        passed: Count(summary.success_count),
        failed: Count(summary.failed_count),
        success_rate: Share::of(summary.success_count, judged),
        success_rate_low: Maybe(bounds.map(|bounds| Share(bounds.low))),
        success_rate_high: Maybe(bounds.map(|bounds| Share(bounds.high))),
        duration_p50: Maybe(summary.p50.map(Seconds)),
        failed_seconds: Seconds::whole(
            runs.iter()
                .filter(|run| run.status == "failed")
                .filter_map(|run| run.duration)
                .sum(),
        ),
        cut: runs.len() == RUNS,
        dates: dates.iter().map(ToString::to_string).collect(),
        jobs,
        schedules: schedules(reader, &project, now)?,
        open_issues: open_issues(reader, &groups)?,
        groups,
        latest: lines.iter().map(Latest::new).collect(),
        lines,
        default_branch: project.default_branch,
        project: path,
    })
}

/// When the newest pipelines began to be what they are.
fn state_since(finished: &[PipelineRow]) -> Option<When> {
    let state = &finished.first()?.status;
    let changed = finished.iter().position(|row| row.status != *state)?;
    finished
        .get(changed.checked_sub(1)?)
        .map(|row| When(row.created_at))
}

/// Issues of the groups that are not known to be closed, each once.
fn open_issues(reader: &Reader<'_>, groups: &[GroupCount]) -> Result<Vec<OpenIssue>, AnswerError> {
    let ids: Vec<GroupId> = groups.iter().map(|group| group.group_id).collect();
    let mut seen = HashSet::new();
    let mut issues = Vec::new();
    for found in reader.issues_of_groups(&ids)? {
        if found.state.as_deref() != Some("closed") && seen.insert(found.key.clone()) {
            issues.push(OpenIssue {
                issue: found.key.to_string(),
                title: found.title,
                web_url: format::link(found.web_url),
                group_id: found.group_id,
            });
        }
    }
    Ok(issues)
}

impl Latest {
    fn new(row: &PipelineRow) -> Self {
        Self {
            id: row.id.get(),
            status: row.status.clone(),
            ref_name: row.ref_name.clone(),
            source: row.source.clone(),
            created_at: When(row.created_at),
            duration: Maybe(row.duration.map(Seconds::whole)),
        }
    }
}

impl ProjectDetail {
    /// Heads of the strip: date, and day of the month.
    fn heads(&self) -> impl Iterator<Item = (&str, &str)> {
        self.dates
            .iter()
            .map(|date| (date.as_str(), date.get(8..).unwrap_or(date)))
    }
}

#[derive(Template)]
#[template(path = "pages/project.html")]
struct ProjectPage {
    frame: Frame,
    formats: Formats,
    detail: ProjectDetail,
    days: Vec<Choice>,
    latest: Vec<Line>,
    /// Failed tests of each report, drawn.
    tests: Bars,
}

impl ProjectPage {
    fn pipelines(&self) -> String {
        format!("pipelines?project={}", link::quoted(&self.detail.project))
    }

    fn failures(&self) -> String {
        format!("failures?project={}", link::quoted(&self.detail.project))
    }
}

impl Shown for ProjectDetail {
    const COLUMNS: &'static [&'static str] = &[
        "job",
        "stage",
        "verdict",
        "runs",
        "passes",
        "failures",
        "failure_rate",
        "flakes",
        "flaky_rate",
        "flaky_rate_low",
        "flaky_rate_high",
        "duration_p50",
        "duration_p95",
        "last_category",
        "last_headline",
    ];

    fn subject(&self) -> String {
        self.project.clone()
    }

    fn rows(&self) -> Vec<Value> {
        values(&self.jobs)
    }

    fn html(mut self, ground: Ground) -> Response {
        let lines = std::mem::take(&mut self.lines);
        let page = ProjectPage {
            days: link::choices(
                &ground.target,
                "days",
                &self.days.to_string(),
                &[("7", "7 d"), ("14", "14 d"), ("30", "30 d")],
            ),
            latest: lines
                .into_iter()
                .map(|row| Line::new(row, ground.now))
                .collect(),
            tests: self.tests.bars(),
            formats: ground.formats(),
            frame: ground.frame,
            detail: self,
        };
        respond(StatusCode::OK, &page)
    }
}
