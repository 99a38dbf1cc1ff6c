//! `GET /p/{project}`: how one project's default branch is.

mod reports;

use std::collections::HashSet;

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use labtower_model::{Cron, Nights, PipelineSchedule, Project, wilson};
use labtower_store::{Filter, GroupId, HistoryFilter, Page, PipelineRow, Reader, Run};
use serde::Serialize;
use serde_json::Value;

use self::reports::Tests;
use super::draw::Bars;
use super::job::{GroupCount, groups, quantile, times};
use super::link::{self, Choice};
use super::reply::{Formats, Ground, Shown, refuse, show, values};
use super::value::{Count, Maybe, Seconds, Share, When};
use super::verdict::{
    Judged, RUNS, VERDICT_DAYS, by_job, by_rank, judge, outcome, recurring, since,
};
use crate::answer::{AnswerError, Ask};
use crate::auth::Viewer;
use crate::error::{ApiError, ErrorBody};
use crate::state::App;
use crate::web::failures::Kind;
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
/// A scheduled pipeline may come so much later than it is due.
const GRACE: SignedDuration = SignedDuration::from_secs(3600);

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

/// A job of the default branch.
#[derive(Debug, Serialize)]
struct JobLine {
    job: String,
    stage: Option<String>,
    #[serde(flatten)]
    judged: Judged,
    duration_p50: Maybe<Seconds>,
    duration_p95: Maybe<Seconds>,
    /// Median of the newer half of its runs against that of the older half: 0.1 is a tenth slower.
    duration_trend: Maybe<f64>,
    last_headline: Option<String>,
    last_category: Option<String>,
    last_failed_job: Option<i64>,
    /// One for each date.
    nights: Vec<Night>,
}

/// A job on one day.
#[derive(Debug, Clone, Default, Serialize)]
struct Night {
    passed: u32,
    failed: u32,
    /// Kind of its newest failure.
    category: Option<String>,
}

/// A schedule.
#[derive(Debug, Serialize)]
struct ScheduleLine {
    id: i64,
    description: String,
    #[serde(rename = "ref")]
    ref_name: Option<String>,
    cron: Option<String>,
    time_zone: Option<String>,
    active: bool,
    next_run_at: Option<When>,
    last_run_at: Option<When>,
    /// `ok`, `late` (GitLab should have started it by now), `missing` (a run was due and did not come), `off` or `unknown`.
    state: &'static str,
    /// When the run was due that did not come.
    missed_at: Option<When>,
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

/// One job from its runs, newest first.
fn job_line(
    runs: &[&Run],
    known: &HashSet<GroupId>,
    nights: &Nights,
    dates: &[jiff::civil::Date],
) -> JobLine {
    let mut cells = vec![Night::default(); dates.len()];
    for run in runs.iter().filter(|run| outcome(run).is_some()) {
        let day = nights.day_of(run.created_at);
        let Ok(place) = dates.binary_search(&day) else {
            continue;
        };
        let cell = &mut cells[place];
        if run.status == "success" {
            cell.passed += 1;
        } else {
            cell.failed += 1;
            cell.category = cell.category.take().or_else(|| run.category.clone());
        }
    }
    let own: Vec<Run> = runs.iter().map(|run| (*run).clone()).collect();
    let durations = times(&own, |run| run.duration.map(|seconds| seconds as f64));
    let last_failed = runs.iter().find(|run| run.status == "failed");
    JobLine {
        job: runs.first().map(|run| run.name.clone()).unwrap_or_default(),
        stage: runs.first().and_then(|run| run.stage.clone()),
        judged: Judged::new(&judge(runs.iter().copied(), known)),
        duration_p50: quantile(&durations, 0.5),
        duration_p95: quantile(&durations, 0.95),
        duration_trend: trend(&own),
        last_headline: last_failed.and_then(|run| run.headline.clone()),
        last_category: last_failed.and_then(|run| run.category.clone()),
        last_failed_job: last_failed.map(|run| run.job_id.get()),
        nights: cells,
    }
}

/// How much slower the newer half of the runs was than the older one; absent of fewer than eight each.
fn trend(runs: &[Run]) -> Maybe<f64> {
    let half = runs.len() / 2;
    if half < 8 {
        return Maybe(None);
    }
    let median = |runs: &[Run]| times(runs, |run| run.duration.map(|s| s as f64)).quantile(0.5);
    let (newer, older) = (median(&runs[..half]), median(&runs[half..]));
    Maybe(
        newer
            .zip(older)
            .filter(|(_, older)| *older > 0.0)
            .map(|(newer, older)| newer / older - 1.0),
    )
}

fn schedules(
    reader: &Reader<'_>,
    project: &Project,
    now: Timestamp,
) -> Result<Vec<ScheduleLine>, AnswerError> {
    let mut lines = Vec::new();
    for schedule in reader.schedules_of(project.id)? {
        let last = match &schedule.ref_name {
            Some(name) => reader.scheduled_run(project.id, name, false)?,
            None => None,
        };
        lines.push(schedule_line(schedule, last, now));
    }
    Ok(lines)
}

fn schedule_line(
    schedule: PipelineSchedule,
    last: Option<Timestamp>,
    now: Timestamp,
) -> ScheduleLine {
    let due_by = now.checked_sub(GRACE).unwrap_or(now);
    let missed = missed(&schedule, last, due_by);
    let late = schedule.next_run_at.is_some_and(|next| next < due_by);
    let state = match (schedule.active, missed.is_some(), late) {
        (false, ..) => "off",
        (true, true, _) => "missing",
        (true, false, true) => "late",
        (true, false, false) if last.is_some() => "ok",
        _ => "unknown",
    };
    ScheduleLine {
        id: schedule.id.get(),
        description: schedule.description.unwrap_or_default(),
        ref_name: schedule.ref_name,
        cron: schedule.cron,
        time_zone: schedule.cron_timezone,
        active: schedule.active,
        next_run_at: schedule.next_run_at.map(When),
        last_run_at: last.map(When),
        state,
        missed_at: missed.filter(|_| schedule.active).map(When),
    }
}

/// The first run that was due after the last one, and did not come.
fn missed(
    schedule: &PipelineSchedule,
    last: Option<Timestamp>,
    due_by: Timestamp,
) -> Option<Timestamp> {
    let cron = Cron::parse(schedule.cron.as_deref()?)?;
    let zone = match schedule.cron_timezone.as_deref() {
        None | Some("" | "UTC" | "Etc/UTC") => TimeZone::UTC,
        Some(name) => TimeZone::get(name).ok()?,
    };
    // A run comes some minutes after it is due: the one that came is not the next.
    let from = last?.checked_add(SignedDuration::from_secs(60)).ok()?;
    (from < due_by)
        .then(|| cron.first_between(from, due_by, &zone))
        .flatten()
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

impl Night {
    fn mark(&self) -> &'static str {
        match (self.failed, self.passed) {
            (0, 0) => "",
            (0, _) => "✓",
            _ => Kind::of(self.category.as_deref()).letter,
        }
    }

    fn class(&self) -> &'static str {
        match (self.failed, self.passed) {
            (0, 0) => "none",
            (0, _) => "pass",
            (_, 0) => "fail",
            _ => "flake",
        }
    }

    fn words(&self) -> String {
        match (self.failed, self.passed) {
            (0, 0) => "no run".to_owned(),
            (failed, passed) => format!("{passed} passed, {failed} failed"),
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

impl JobLine {
    fn page(&self, project: &str) -> String {
        link::job(project, &self.job)
    }

    fn kind(&self) -> Kind {
        Kind::of(self.last_category.as_deref())
    }

    fn trend_words(&self) -> String {
        match self.duration_trend.0 {
            Some(change) if change.abs() >= 0.05 => format!("{:+.0} %", change * 100.0),
            _ => String::new(),
        }
    }

    /// What the row of the strip says, for those who do not see it.
    fn summary(&self) -> String {
        let red = self.nights.iter().filter(|night| night.failed > 0).count();
        let ran = self
            .nights
            .iter()
            .filter(|night| night.failed + night.passed > 0)
            .count();
        format!("failed on {red} of {ran} days with runs")
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
