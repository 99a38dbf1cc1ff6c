//! `GET /health`: how far the data can be trusted.

mod completeness;
mod lines;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use labtower_store::{FailureFilter, FailureHealth, Reader, SyncState};
use serde::Serialize;
use serde_json::Value;

use self::completeness::Completeness;
use self::lines::{
    FailingProject, Named, ProblemLine, SinkLine, TrackerLine, Unexplained, WebhookLine, WrongLine,
};
use super::link;
use super::reply::{Formats, Ground, Shown, refuse, show, values};
use super::value::{Count, Maybe, Seconds, Share, When};
use super::verdict::since;
use crate::answer::{AnswerError, Ask};
use crate::auth::Viewer;
use crate::error::ErrorBody;
use crate::overview::Overview;
use crate::query;
use crate::state::App;
use crate::web::format;
use crate::web::frame::{Frame, respond};

/// Days of failures looked at.
const DAYS: i64 = 30;
/// Projects with trouble shown.
const PROJECTS: usize = 50;
/// Seconds between looks at the page.
const REFRESH_SECONDS: u64 = 15;

/// How far the data can be trusted.
#[derive(Debug, Serialize)]
pub(crate) struct Health {
    phase: &'static str,
    gitlab_version: Option<String>,
    version: &'static str,
    /// Since the oldest success of a live project.
    lag_seconds: Maybe<Seconds>,
    projects: Count,
    live: Count,
    pending: Count,
    backfilling: Count,
    missing: Count,
    failing: Count,
    /// Requests to GitLab since the process started.
    requests: Count,
    requests_remaining: Maybe<Count>,
    requests_limit: Maybe<Count>,
    last_cycle_at: Option<When>,
    last_cycle_seconds: Maybe<Seconds>,
    /// Parts of projects, such as schedules, that could not be read when last tried.
    failing_parts: Count,
    days: i64,
    failed_jobs: Count,
    explained: Count,
    explained_share: Maybe<Share>,
    /// Failed jobs without a reason yet.
    waiting: Count,
    /// Those whose log could not be read yet.
    trying: Count,
    oldest_waiting: Option<When>,
    last_trace_error: Option<String>,
    /// Reasons that say no more than `unknown`.
    unknown: Count,
    unknown_share: Maybe<Share>,
    /// Reasons that people called wrong.
    said_wrong: Count,
    /// Those by what had decided, most first.
    wrong_by_decider: Vec<WrongLine>,
    explainer_version: Option<String>,
    groups: Count,
    groups_with_issue: Count,
    by_decider: Vec<Named>,
    by_trace: Vec<Named>,
    by_category: Vec<Named>,
    by_version: Vec<Named>,
    problems: Vec<ProblemLine>,
    /// Whether everything GitLab lists is stored.
    completeness: Completeness,
    /// Projects whose last attempt failed.
    failing_projects: Vec<FailingProject>,
    trackers: Vec<TrackerLine>,
    sinks: Vec<SinkLine>,
    /// Webhooks that are kept and not yet applied.
    webhooks_waiting: Count,
    /// Projects that are polled seldom because their webhooks tell everything.
    webhook_projects: Count,
    webhooks: Vec<WebhookLine>,
    /// Failed jobs without a reason yet, newest first.
    unexplained: Vec<Unexplained>,
    /// `cursor` of the next page of those.
    next_cursor: Option<String>,
}

/// Whether the data can be believed: what was synchronised, what waits, what was not explained.
///
/// A page for people without `format`.
#[utoipa::path(
    get,
    path = "/health",
    tag = "service",
    operation_id = "health",
    params(
        ("cursor" = Option<String>, Query, description = "`next_cursor` of an earlier answer"),
        ("limit" = Option<usize>, Query, description = "Rows: 1 to 1000"),
        ("format" = Option<String>, Query, description = "`json` or `csv`; a page for people without it"),
    ),
    responses(
        (status = 200, description = "Figures, problems, and a page of failures without a kind", body = serde_json::Value),
        (status = 400, description = "A choice there is not", body = ErrorBody),
        (status = 503, description = "The history is incomplete", body = ErrorBody),
    )
)]
pub(super) async fn page(State(app): State<App>, viewer: Viewer, ask: Ask) -> Response {
    match query::page(&ask.params) {
        Err(error) => refuse(&viewer, &ask, error),
        Ok(page) => {
            show(&app, &viewer, &ask, move |reader, now| {
                read(reader, page, now)
            })
            .await
        }
    }
}

fn read(
    reader: &Reader<'_>,
    page: labtower_store::Page,
    now: Timestamp,
) -> Result<Health, AnswerError> {
    let overview = Overview::read(reader)?;
    let from = since(now, DAYS);
    let found = reader.failure_health(from)?;
    let filter = FailureFilter {
        category: Some("unexplained".to_owned()),
        from: Some(from),
        ..FailureFilter::default()
    };
    let (rows, next) = query::one_page(
        page,
        |page| reader.failures(&filter, page),
        |row| (row.created_at, row.job_id.get()),
    )?;
    let mut health = Health::new(&overview, &found, now);
    health.failing_parts = Count(reader.failing_parts()? as u64);
    health.trackers = reader
        .issue_trackers()?
        .into_iter()
        .map(TrackerLine::new)
        .collect();
    health.next_cursor = next.map(|cursor| cursor.to_string());
    health.unexplained = rows
        .into_iter()
        .map(|row| Unexplained {
            job_id: row.job_id.get(),
            project: row.project,
            job: row.name,
            created_at: When(row.created_at),
            failure_reason: row.failure_reason,
            web_url: format::link(row.web_url),
        })
        .collect();
    Ok(health)
}

impl Health {
    fn new(overview: &Overview, found: &FailureHealth, now: Timestamp) -> Self {
        let counts = overview.counts();
        let run = overview.run.as_ref();
        Self {
            phase: overview.phase(),
            gitlab_version: run.and_then(|run| run.gitlab_version.clone()),
            version: env!("CARGO_PKG_VERSION"),
            lag_seconds: Maybe(overview.lag_seconds(now).map(Seconds::whole)),
            projects: Count(counts.total),
            live: Count(counts.live),
            pending: Count(counts.pending),
            backfilling: Count(counts.backfilling),
            missing: Count(counts.missing),
            failing: Count(counts.failing),
            requests: Count(run.map_or(0, |run| run.requests)),
            requests_remaining: Maybe(run.and_then(|run| run.requests_remaining).map(Count)),
            requests_limit: Maybe(run.and_then(|run| run.requests_limit).map(Count)),
            last_cycle_at: run.and_then(|run| run.last_cycle_at).map(When),
            last_cycle_seconds: Maybe(run.and_then(|run| run.last_cycle_seconds).map(Seconds)),
            failing_parts: Count(0),
            days: DAYS,
            failed_jobs: Count(found.failed_jobs),
            explained: Count(found.explained),
            explained_share: Share::of(found.explained, found.failed_jobs),
            waiting: Count(found.waiting),
            trying: Count(found.trying),
            oldest_waiting: found.oldest_waiting.map(When),
            last_trace_error: found.last_error.clone(),
            unknown: Count(found.unknown),
            unknown_share: Share::of(found.unknown, found.explained),
            said_wrong: Count(found.said_wrong),
            wrong_by_decider: found.wrong_by_decider.iter().map(WrongLine::new).collect(),
            explainer_version: found.version.clone(),
            groups: Count(found.groups),
            groups_with_issue: Count(found.groups_with_issue),
            by_decider: named(&found.by_decider),
            by_trace: named(&found.by_trace),
            by_category: named(&found.by_category),
            by_version: named(&found.by_version),
            problems: overview
                .problems
                .iter()
                .map(|problem| ProblemLine {
                    scope: problem.scope.clone(),
                    message: problem.message.clone(),
                    since: When(problem.since),
                    count: Count(problem.count),
                })
                .collect(),
            completeness: Completeness::new(overview, now),
            failing_projects: failing_projects(overview),
            trackers: Vec::new(),
            sinks: overview.sinks.iter().map(SinkLine::new).collect(),
            webhooks_waiting: Count(overview.backlog.waiting),
            webhook_projects: Count(run.map_or(0, |run| run.hooked_projects)),
            webhooks: overview.webhooks.iter().map(WebhookLine::new).collect(),
            unexplained: Vec::new(),
            next_cursor: None,
        }
    }
}

fn named(counts: &[(String, u64)]) -> Vec<Named> {
    counts
        .iter()
        .map(|(name, count)| Named {
            name: name.clone(),
            count: Count(*count),
        })
        .collect()
}

fn failing_projects(overview: &Overview) -> Vec<FailingProject> {
    overview
        .projects
        .iter()
        .filter(|project| project.state != SyncState::Missing)
        .filter_map(|project| {
            Some(FailingProject {
                project: project.path_with_namespace.clone(),
                error: project.last_error.clone()?,
            })
        })
        .take(PROJECTS)
        .collect()
}

#[derive(Template)]
#[template(path = "pages/health.html")]
struct HealthPage {
    frame: Frame,
    formats: Formats,
    health: Health,
    more: Option<String>,
}

impl Shown for Health {
    const COLUMNS: &'static [&'static str] = &[
        "job_id",
        "project",
        "job",
        "created_at",
        "failure_reason",
        "web_url",
    ];
    const REFRESH_SECONDS: u64 = REFRESH_SECONDS;

    fn subject(&self) -> String {
        "Data health".to_owned()
    }

    fn rows(&self) -> Vec<Value> {
        values(&self.unexplained)
    }

    fn html(self, ground: Ground) -> Response {
        let page = HealthPage {
            more: self
                .next_cursor
                .as_ref()
                .map(|cursor| link::with(&ground.target, &[("cursor", cursor)])),
            formats: ground.formats(),
            frame: ground.frame,
            health: self,
        };
        respond(StatusCode::OK, &page)
    }
}
