//! `GET /api/sync`

use std::collections::HashSet;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use labtower_store::{ProjectSync, SyncState};
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::{Ask, put_next};
use crate::api::completeness::Completeness;
use crate::api::openapi::{Cursor, Limit, SyncParams};
use crate::error::{ApiError, ErrorBody};
use crate::overview::{Overview, Progress, ProjectCounts};
use crate::query::{integer, row_limit};
use crate::state::App;
use crate::time::Time;

/// Project states of an answer when the request names no `limit`.
const DEFAULT_LIMIT: usize = 100;

/// Where the synchronisation with GitLab stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Sync {
    /// `starting`, `discovering`, `backfilling`, `live`, `stopped`; `unknown` before the first start.
    phase: String,
    /// Whether data endpoints answer.
    serving_data: bool,
    /// When the first backfill was complete; null until then.
    history_complete_at: Option<Time>,
    /// Seconds the data lies behind GitLab: since the oldest success of a live project.
    lag_seconds: Option<i64>,
    /// How far the first backfill is.
    backfill: Progress,
    /// Requests to GitLab.
    requests: Requests,
    /// Polling of changes.
    polling: Polling,
    /// What is stored.
    stored: Stored,
    /// What GitLab sent of its own accord.
    webhooks: Webhooks,
    /// Whether everything GitLab lists is stored.
    completeness: Completeness,
    /// When the process started; null before its first start.
    started_at: Option<Time>,
    /// When it last wrote its progress.
    updated_at: Option<Time>,
    /// Version GitLab reports.
    gitlab_version: Option<String>,
    /// What does not work.
    problems: Vec<SyncProblem>,
    /// Projects by state.
    project_counts: ProjectCounts,
    /// State of each project, by id; one page of them.
    projects: Vec<ProjectState>,
    /// `cursor` of the next page of projects; null on the last.
    next_cursor: Option<String>,
}

/// Requests to GitLab since the process started.
#[derive(Debug, Serialize, ToSchema)]
struct Requests {
    /// Sent.
    used: u64,
    /// Still granted in GitLab's window, when it says so.
    remaining: Option<u64>,
    /// Granted per window, when it says so.
    limit: Option<u64>,
}

/// Polling of changes since the process started.
#[derive(Debug, Serialize, ToSchema)]
struct Polling {
    /// Cycles completed.
    cycles: u64,
    /// End of the last one.
    last_cycle_at: Option<Time>,
    /// How long it took: seconds.
    last_cycle_seconds: Option<f64>,
}

/// What GitLab sent of its own accord.
#[derive(Debug, Serialize, ToSchema)]
struct Webhooks {
    /// Kept and not yet applied.
    waiting: u64,
    /// When the oldest of them came.
    oldest_waiting_at: Option<Time>,
    /// Projects that are polled seldom because their webhooks tell everything.
    projects: u64,
    /// All that came, by kind and what became of them.
    counts: Vec<WebhookCount>,
}

/// Webhooks of a kind that had an outcome.
#[derive(Debug, Serialize, ToSchema)]
struct WebhookCount {
    /// GitLab's word for what they are about.
    kind: String,
    /// `received`, `repeated`, `applied`, `stale`, `noted`, `ignored`, `orphaned` or `unreadable`.
    outcome: String,
    /// How many, ever.
    count: u64,
    /// When the last one came.
    last_at: Time,
}

impl Webhooks {
    fn of(overview: &Overview) -> Self {
        let run = overview.run.as_ref();
        let counts = overview.webhooks.iter().map(|count| WebhookCount {
            kind: count.kind.clone(),
            outcome: count.outcome.clone(),
            count: count.count,
            last_at: count.last_at.into(),
        });
        Self {
            waiting: overview.backlog.waiting,
            oldest_waiting_at: overview.backlog.oldest_at.map(Time),
            projects: run.map_or(0, |run| run.hooked_projects),
            counts: counts.collect(),
        }
    }
}

/// What is stored.
#[derive(Debug, Serialize, ToSchema)]
struct Stored {
    /// Projects.
    projects: u64,
    /// Pipelines.
    pipelines: u64,
    /// Jobs.
    jobs: u64,
    /// Recorded versions of all of them.
    changes: u64,
    /// Bytes on disk.
    size_bytes: u64,
}

/// Something that does not work.
#[derive(Debug, Serialize, ToSchema)]
struct SyncProblem {
    /// What it concerns, for example `group platform`.
    scope: String,
    /// What happened.
    message: String,
    /// When it was first seen.
    since: Time,
    /// When it was last seen.
    last_at: Time,
    /// How often.
    count: u64,
}

/// State of one project.
#[derive(Debug, Serialize, ToSchema)]
struct ProjectState {
    /// Instance-wide id.
    project_id: i64,
    /// Full path; empty while only the id is known.
    project_full_path: String,
    /// `pending`, `backfilling`, `live` or `missing`.
    state: &'static str,
    /// GitLab's clock: everything up to here was read.
    watermark: Option<Time>,
    /// How far back its backfill reads.
    backfill_from: Option<Time>,
    /// Pipelines its backfill expects.
    backfill_total: Option<u64>,
    /// Pipelines its backfill wrote.
    backfill_rows: u64,
    /// Requests its backfill took.
    backfill_requests: u64,
    /// When it was last read without error.
    last_success_at: Option<Time>,
    /// What went wrong since.
    last_error: Option<String>,
    /// Failures in a row.
    failures: u64,
}

impl From<&ProjectSync> for ProjectState {
    fn from(project: &ProjectSync) -> Self {
        Self {
            project_id: project.project_id.get(),
            project_full_path: project.path_with_namespace.clone(),
            state: project.state.as_str(),
            watermark: project.watermark.map(Time),
            backfill_from: project.backfill_from.map(Time),
            backfill_total: project.backfill_total,
            backfill_rows: project.rows,
            backfill_requests: project.requests,
            last_success_at: project.last_success_at.map(Time),
            last_error: project.last_error.clone(),
            failures: project.failures,
        }
    }
}

impl Sync {
    fn of(overview: &Overview, page: Page, now: Timestamp, serving_data: bool) -> Self {
        let run = overview.run.as_ref();
        let totals = &overview.totals;
        Self {
            phase: overview.phase().to_owned(),
            serving_data,
            history_complete_at: overview.history_complete_at.map(Time),
            lag_seconds: overview.lag_seconds(now),
            backfill: overview.progress(),
            requests: Requests {
                used: run.map_or(0, |run| run.requests),
                remaining: run.and_then(|run| run.requests_remaining),
                limit: run.and_then(|run| run.requests_limit),
            },
            polling: Polling {
                cycles: run.map_or(0, |run| run.cycles),
                last_cycle_at: run.and_then(|run| run.last_cycle_at).map(Time),
                last_cycle_seconds: run.and_then(|run| run.last_cycle_seconds),
            },
            stored: Stored {
                projects: totals.projects,
                pipelines: totals.pipelines,
                jobs: totals.jobs,
                changes: totals.changes,
                size_bytes: totals.size_bytes,
            },
            webhooks: Webhooks::of(overview),
            completeness: Completeness::of(overview, now),
            started_at: run.map(|run| run.started_at.into()),
            updated_at: run.map(|run| run.updated_at.into()),
            gitlab_version: run.and_then(|run| run.gitlab_version.clone()),
            problems: overview
                .problems
                .iter()
                .map(|problem| SyncProblem {
                    scope: problem.scope.clone(),
                    message: problem.message.clone(),
                    since: problem.since.into(),
                    last_at: problem.last_at.into(),
                    count: problem.count,
                })
                .collect(),
            project_counts: overview.counts(),
            projects: page.rows,
            next_cursor: page.next.map(|id| id.to_string()),
        }
    }
}

/// Which projects an answer lists.
struct Selection {
    states: HashSet<String>,
    search: Option<String>,
    after: Option<i64>,
    limit: usize,
}

struct Page {
    rows: Vec<ProjectState>,
    next: Option<i64>,
}

impl Selection {
    fn read(ask: &Ask) -> Result<Self, ApiError> {
        let states = ask.params.list("state");
        if let Some(unknown) = states
            .iter()
            .find(|state| *state != "failing" && SyncState::parse(state).is_none())
        {
            let expected = "of `pending`, `backfilling`, `live`, `missing`, `failing`";
            return Err(ApiError::parameter("state", unknown, expected));
        }
        let cursor = ask.params.one("cursor");
        Ok(Self {
            states: states.into_iter().collect(),
            search: ask.params.one("search").map(str::to_lowercase),
            after: cursor.map(|text| integer("cursor", text)).transpose()?,
            limit: row_limit(&ask.params)?.unwrap_or(DEFAULT_LIMIT),
        })
    }

    fn admits(&self, project: &ProjectSync) -> bool {
        let state = self.states.is_empty()
            || self.states.contains(project.state.as_str())
            || (self.states.contains("failing") && project.last_error.is_some());
        let path = self
            .search
            .as_ref()
            .is_none_or(|search| project.path_with_namespace.to_lowercase().contains(search));
        state && path
    }

    fn page(&self, projects: &[ProjectSync]) -> Page {
        let mut chosen: Vec<&ProjectSync> = projects
            .iter()
            .filter(|project| {
                self.after
                    .is_none_or(|after| project.project_id.get() > after)
            })
            .filter(|project| self.admits(project))
            .collect();
        chosen.sort_by_key(|project| project.project_id);
        let more = chosen.len() > self.limit;
        chosen.truncate(self.limit);
        Page {
            next: chosen
                .last()
                .filter(|_| more)
                .map(|last| last.project_id.get()),
            rows: chosen.into_iter().map(ProjectState::from).collect(),
        }
    }
}

/// State of the synchronisation, answered at all times.
#[utoipa::path(
    get,
    path = "/api/sync",
    tag = "service",
    operation_id = "sync",
    params(SyncParams, Limit, Cursor),
    responses(
        (status = 200, description = "Where the synchronisation stands", body = Sync, headers(
            ("Link" = String, description = "The next page of projects, `rel=\"next\"`; absent on the last"),
            ("X-Next-Cursor" = String, description = "`cursor` of the next page; absent on the last"),
        )),
        (status = 400, description = "A parameter cannot be read", body = ErrorBody),
        (status = 503, description = "The server is busy", body = ErrorBody),
    )
)]
pub(crate) async fn sync(State(app): State<App>, ask: Ask) -> Result<Response, ApiError> {
    let selection = Selection::read(&ask)?;
    let overview = app.overview().await?;
    let page = selection.page(&overview.projects);
    let serving = overview.history_complete_at.is_some() || app.options().serve_during_backfill;
    let answer = Sync::of(&overview, page, app.now(), serving);
    let next = answer.next_cursor.clone();
    let mut response = Json(answer).into_response();
    if let Some(next) = next {
        put_next(response.headers_mut(), &ask.target, &next);
    }
    Ok(response)
}
