//! `GET /failures/job/{id}`: a failed job, why it failed and what to do about it.
//!
//! The same card is shown over the grid: with the header `X-Fragment` the answer is the card alone.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::{SignedDuration, Timestamp};
use labtower_model::JobId;
use labtower_store::{
    AuditRow, FailedTestRow, GroupRow, HistoryFilter, IssueMatch, Reader, ReasonRow, Run,
};

use super::actions::WHOSE;
use super::category::Kind;
use super::job::Job;
use crate::answer::{AnswerError, Ask};
use crate::auth::Viewer;
use crate::error::{ApiError, ErrorBody};
use crate::overview::Overview;
use crate::query::integer;
use crate::state::App;
use crate::web::fault;
use crate::web::frame::{self, Frame};
use crate::web::reading::read;

/// Header by which a script asks for the card alone.
const FRAGMENT: &str = "x-fragment";
/// Days of history in which the last green run is looked for.
const DAYS: i64 = 90;
/// Runs looked at.
const RUNS: usize = 300;
/// Actions shown.
const DEEDS: usize = 20;
/// Failed tests shown.
const TESTS: usize = 20;
/// Issues proposed.
const PROPOSALS: usize = 5;
/// Titles less alike than this share words that all failures have.
const ALIKE: f64 = 0.25;

/// What the card is made of, all of one instant.
pub(super) struct Rows {
    pub(super) reason: ReasonRow,
    pub(super) group: Option<GroupRow>,
    /// Runs of the same job on the same ref, newest first.
    pub(super) runs: Vec<Run>,
    pub(super) alike: Vec<IssueMatch>,
    /// What people did about the job, newest first.
    pub(super) deeds: Vec<AuditRow>,
}

#[derive(Template)]
#[template(path = "job.html")]
struct JobPage {
    frame: Frame,
    job: Job,
    kinds: &'static [Kind],
    whose: [&'static str; 5],
    done: Option<i64>,
}

#[derive(Template)]
#[template(path = "job_card.html")]
struct JobCard {
    frame: Frame,
    job: Job,
    kinds: &'static [Kind],
    whose: [&'static str; 5],
    done: Option<i64>,
}

/// A failed job: its reason, group, issues, and what changed since it was green.
///
/// A page for people without `format=json`.
#[utoipa::path(
    get,
    path = "/failures/job/{id}",
    tag = "failures",
    operation_id = "failed_job",
    params(
        ("id" = i64, Path, description = "Instance-wide id of the job"),
        ("format" = Option<String>, Query, description = "`json`"),
    ),
    responses(
        (status = 200, description = "All that is known of it", body = serde_json::Value),
        (status = 400, description = "The id is no number", body = ErrorBody),
        (status = 404, description = "No failed job with this id is stored", body = ErrorBody),
        (status = 503, description = "The history is incomplete", body = ErrorBody),
    )
)]
pub(crate) async fn card(
    State(app): State<App>,
    viewer: Viewer,
    Path(id): Path<String>,
    ask: Ask,
) -> Response {
    let as_json = match ask.params.one("format") {
        None | Some("html") => false,
        Some("json") => true,
        Some(other) => {
            return ApiError::parameter("format", other, "`html` or `json`").into_response();
        }
    };
    let refuse = |error: ApiError| {
        if as_json {
            error.into_response()
        } else {
            fault(&viewer.back_to("/failures"), &error)
        }
    };
    let id = match integer("id", &id) {
        Ok(id) => id,
        Err(error) => return refuse(error),
    };
    let now = app.now();
    let question = move |reader: &Reader<'_>| Rows::read(reader, JobId(id), now);
    let (overview, rows) = if as_json {
        match app.read(question).await {
            Ok(rows) => (None, rows),
            Err(error) => return error.into_response(),
        }
    } else {
        match read(&app, &viewer, question).await {
            Ok((overview, rows)) => (Some(overview), rows),
            Err(instead) => return instead,
        }
    };
    let Some(rows) = rows else {
        return refuse(ApiError::not_stored("failed job", id));
    };
    match overview {
        None => axum::Json(rows.reason).into_response(),
        Some(overview) => page(&app, &viewer, &ask, &overview, rows, now),
    }
}

fn page(
    app: &App,
    viewer: &Viewer,
    ask: &Ask,
    overview: &Overview,
    rows: Rows,
    now: Timestamp,
) -> Response {
    let done = ask.params.one("done").and_then(|id| id.parse().ok());
    let job = Job::new(rows, app.options(), viewer, ask.params.one("match"), now);
    let subject = format!("{} in {}", job.name, job.project);
    let frame = Frame::new(app, viewer, overview, subject, 0, now);
    let (kinds, whose) = (Kind::ALL, WHOSE);
    let mut response = if wants_fragment(&ask.headers) {
        frame::respond(
            StatusCode::OK,
            &JobCard {
                frame,
                job,
                kinds,
                whose,
                done,
            },
        )
    } else {
        frame::respond(
            StatusCode::OK,
            &JobPage {
                frame,
                job,
                kinds,
                whose,
                done,
            },
        )
    };
    response
        .headers_mut()
        .append(header::VARY, HeaderValue::from_static(FRAGMENT));
    response
}

fn wants_fragment(headers: &HeaderMap) -> bool {
    headers.contains_key(FRAGMENT)
}

impl Rows {
    fn read(reader: &Reader<'_>, id: JobId, now: Timestamp) -> Result<Option<Self>, AnswerError> {
        let Some(mut reason) = reader.reason(id)? else {
            return Ok(None);
        };
        Self::add_tests(reader, &mut reason)?;
        let failure = &reason.failure;
        let group = match failure.group_id {
            Some(group) => reader.group(group, now, 30)?,
            None => None,
        };
        let from = failure
            .created_at
            .checked_sub(SignedDuration::from_hours(24 * DAYS))
            .unwrap_or(Timestamp::MIN);
        let runs = reader.job_history(&HistoryFilter {
            project: failure.project.clone(),
            names: vec![failure.name.clone()],
            from,
            refs: failure.ref_name.iter().cloned().collect(),
            sources: Vec::new(),
            limit: RUNS,
        })?;
        let mut trackers: Vec<String> = reader
            .issue_trackers()?
            .into_iter()
            .map(|tracker| tracker.project_path)
            .collect();
        if !trackers.contains(&failure.project) {
            trackers.push(failure.project.clone());
        }
        let text = failure.headline.as_deref().unwrap_or(&failure.name);
        let mut alike = reader.issues_like(text, &trackers, PROPOSALS)?;
        alike.retain(|found| found.similarity >= ALIKE);
        Ok(Some(Self {
            reason,
            group,
            runs,
            alike,
            deeds: reader.audit_about(&format!("job {id}"), DEEDS)?,
        }))
    }

    /// Puts the tests of GitLab's report in the place of those the log tells of: it may have come after the log.
    /// Of a job that ran again, the report has the newer run.
    fn add_tests(reader: &Reader<'_>, reason: &mut ReasonRow) -> Result<(), AnswerError> {
        let failure = &reason.failure;
        let Some(explained) = reason.explained.as_mut().filter(|_| !failure.retried) else {
            return Ok(());
        };
        let cases = reader.test_cases(failure.pipeline_id)?.into_iter();
        let failed = cases.filter(|case| case.suite == failure.name && case.is_failed());
        let tests: Vec<FailedTestRow> = failed
            .take(TESTS)
            .map(|case| FailedTestRow {
                suite: case.suite,
                name: case.name,
                classname: case.classname,
                file: None,
                message: case.message,
            })
            .collect();
        if !tests.is_empty() {
            explained.body.tests = tests;
        }
        Ok(())
    }
}
