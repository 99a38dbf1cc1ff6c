//! `GET /p/{project}/-/jobs/{name}`: is this job flaky?

mod runs;

use std::collections::{BTreeMap, HashMap};

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use labtower_model::{Glyph, Histogram, Place, Project};
use labtower_store::{GroupId, HistoryFilter, Reader, Run};
use serde::Serialize;
use serde_json::Value;

use self::runs::{RunRow, rows};
use super::draw::Points;
use super::link::{self, Choice};
use super::reply::{Formats, Ground, Shown, refuse, show, values};
use super::value::{Count, Maybe, Seconds, When};
use super::verdict::{Concentrated, Judged, concentrated, judge, outcome, recurring, since};
use crate::answer::{AnswerError, Ask};
use crate::auth::Viewer;
use crate::error::{ApiError, ErrorBody};
use crate::query::{Params, integer};
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
            offset: params
                .one("offset")
                .map(|text| integer("offset", text))
                .transpose()?
                .map_or(0, |offset| usize::try_from(offset).unwrap_or(0)),
        })
    }
}

fn read(
    reader: &Reader<'_>,
    project: &str,
    name: &str,
    wanted: Wanted,
    now: Timestamp,
) -> Result<JobHistory, AnswerError> {
    let Some(stored) = reader.project_at(project)? else {
        return Err(ApiError::no_such_path(&format!("/{}", link::project(project))).into());
    };
    let refs = refs(&stored, &wanted);
    let from = since(now, wanted.days);
    let runs = reader.job_history(&HistoryFilter {
        project: project.to_owned(),
        names: vec![name.to_owned()],
        from,
        refs: refs.clone(),
        sources: wanted.sources.clone(),
        limit: RUNS,
    })?;
    let found = judge(&runs, &recurring(reader, &runs, now)?);
    let other_projects = reader
        .jobs_named(name, from)?
        .iter()
        .filter(|other| other.project_id != stored.id)
        .count() as u64;
    let (durations, queue) = (
        times(&runs, |run| run.duration.map(|s| s as f64)),
        times(&runs, |run| run.queued_duration),
    );
    Ok(JobHistory {
        project: project.to_owned(),
        job: name.to_owned(),
        days: wanted.days,
        refs,
        sources: wanted.sources,
        duration_p50: quantile(&durations, 0.5),
        duration_p95: quantile(&durations, 0.95),
        queue_p50: quantile(&queue, 0.5),
        queue_p95: quantile(&queue, 0.95),
        groups: groups(&runs),
        concentrations: places(&runs),
        other_projects: Count(other_projects),
        next_offset: (wanted.offset + PAGE < runs.len()).then_some(wanted.offset + PAGE),
        total_runs: Count(runs.len() as u64),
        runs: rows(runs.iter().skip(wanted.offset).take(PAGE), &found),
        judged: Judged::new(&found),
    })
}

/// The default branch unless asked otherwise; everything where it is not known.
fn refs(project: &Project, wanted: &Wanted) -> Vec<String> {
    if wanted.any_ref || !wanted.refs.is_empty() {
        return wanted.refs.clone();
    }
    project.default_branch.iter().cloned().collect()
}

/// Times of the runs that passed or failed.
pub(super) fn times(runs: &[Run], time: impl Fn(&Run) -> Option<f64>) -> Histogram {
    let mut histogram = Histogram::default();
    for run in runs.iter().filter(|run| outcome(run).is_some()) {
        if let Some(seconds) = time(run) {
            histogram.add(seconds);
        }
    }
    histogram
}

/// A quantile as a figure.
pub(super) fn quantile(times: &Histogram, share: f64) -> Maybe<Seconds> {
    Maybe(times.quantile(share).map(Seconds))
}

pub(super) fn groups(runs: &[Run]) -> Vec<GroupCount> {
    let mut counts: BTreeMap<GroupId, GroupCount> = BTreeMap::new();
    // Newest first: what a group is shown by is its newest failure.
    for run in runs {
        let Some(group_id) = run.group_id else {
            continue;
        };
        counts
            .entry(group_id)
            .or_insert_with(|| GroupCount {
                group_id,
                headline: run.headline.clone().unwrap_or_default(),
                category: run.category.clone(),
                failures: Count(0),
                last_at: When(run.created_at),
            })
            .failures
            .0 += 1;
    }
    let mut groups: Vec<GroupCount> = counts.into_values().collect();
    groups.sort_by(|a, b| {
        b.failures
            .cmp(&a.failures)
            .then_with(|| a.group_id.cmp(&b.group_id))
    });
    groups
}

/// Runners and tags where the job fails more than elsewhere.
fn places(runs: &[Run]) -> Vec<Concentrated> {
    let mut tags: HashMap<&str, (u64, u64)> = HashMap::new();
    let mut runners: HashMap<String, (u64, u64)> = HashMap::new();
    let mut total = (0, 0);
    for run in runs.iter().filter(|run| outcome(run).is_some()) {
        let failed = u64::from(run.status == "failed");
        total = (total.0 + failed, total.1 + 1);
        let add = |cell: &mut (u64, u64)| *cell = (cell.0 + failed, cell.1 + 1);
        for tag in &run.tags {
            add(tags.entry(tag).or_default());
        }
        if let Some(runner) = run.runner_id {
            add(runners.entry(format!("#{runner}")).or_default());
        }
    }
    let place = |value: &str, (failures, runs): (u64, u64)| Place {
        value: value.to_owned(),
        failures,
        runs,
    };
    let tags: Vec<Place> = tags
        .into_iter()
        .map(|(tag, cell)| place(tag, cell))
        .collect();
    let runners: Vec<Place> = runners
        .iter()
        .map(|(runner, cell)| place(runner, *cell))
        .collect();
    let mut found = concentrated("tag", &tags, Some(total));
    found.extend(concentrated("runner", &runners, Some(total)));
    found
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
