//! `GET /pipelines/{id}`: one pipeline, job by job in time, with the chain that decided when it ended.

mod lanes;

use std::collections::HashMap;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use labtower_model::{JobTimes, PipelineId, critical_path};
use labtower_store::{JobRow, PipelineRow, Reader};
use serde::Serialize;
use serde_json::Value;

use self::lanes::Lanes;
use super::link;
use super::pipelines::{Child, FailedJob};
use super::reply::{Formats, Ground, Shown, refuse, show, values};
use super::value::{Maybe, Seconds, Share, When, short};
use crate::answer::{AnswerError, Ask};
use crate::auth::Viewer;
use crate::error::{ApiError, ErrorBody};
use crate::query::integer;
use crate::state::App;
use crate::web::failures::Kind;
use crate::web::format;
use crate::web::frame::{Frame, respond};
use crate::web::pipeline::Line;
use crate::web::status::Sign;

/// A pipeline with its jobs.
#[derive(Debug, Serialize)]
pub(crate) struct PipelineDetail {
    id: i64,
    iid: i64,
    project: String,
    status: String,
    #[serde(rename = "ref")]
    ref_name: Option<String>,
    sha: Option<String>,
    source: Option<String>,
    user: Option<String>,
    created_at: When,
    started_at: Option<When>,
    finished_at: Option<When>,
    duration: Maybe<Seconds>,
    queued: Maybe<Seconds>,
    coverage: Maybe<f64>,
    failure_reason: Option<String>,
    web_url: Option<String>,
    /// The pipeline that started it.
    upstream_id: Option<i64>,
    children: Vec<Child>,
    /// The chain of jobs that decided when it ended, in order.
    critical_path: Vec<Link>,
    /// From its creation to the last job's end.
    total_seconds: Seconds,
    /// By stage, then by time.
    jobs: Vec<Job>,
    #[serde(skip)]
    row: PipelineRow,
}

/// A job of the critical path.
#[derive(Debug, Serialize)]
struct Link {
    job_id: i64,
    name: String,
    /// Neither waiting for a runner nor running.
    idle_seconds: Seconds,
    queued_seconds: Seconds,
    ran_seconds: Seconds,
    /// Of the whole time.
    share: Maybe<Share>,
}

/// A job.
#[derive(Debug, Serialize)]
struct Job {
    id: i64,
    name: String,
    stage: Option<String>,
    kind: String,
    status: String,
    allow_failure: bool,
    retried: bool,
    /// Whether it is on the critical path.
    critical: bool,
    started_at: Option<When>,
    finished_at: Option<When>,
    duration: Maybe<Seconds>,
    queued: Maybe<Seconds>,
    runner_id: Option<i64>,
    tags: Vec<String>,
    category: Option<String>,
    headline: Option<String>,
    group_id: Option<i64>,
    downstream_pipeline_id: Option<i64>,
    web_url: Option<String>,
}

/// A pipeline: its jobs over time, its critical path, what came before and after it.
///
/// A page for people without `format`.
#[utoipa::path(
    get,
    path = "/pipelines/{id}",
    tag = "pipelines",
    operation_id = "pipeline_page",
    params(
        ("id" = i64, Path, description = "Instance-wide id of the pipeline"),
        ("format" = Option<String>, Query, description = "`json` or `csv`; a page for people without it"),
    ),
    responses(
        (status = 200, description = "All that is known of the pipeline", body = serde_json::Value),
        (status = 400, description = "A choice there is not", body = ErrorBody),
        (status = 404, description = "No such pipeline is stored", body = ErrorBody),
        (status = 503, description = "The history is incomplete", body = ErrorBody),
    )
)]
pub(super) async fn page(
    State(app): State<App>,
    Path(id): Path<String>,
    viewer: Viewer,
    ask: Ask,
) -> Response {
    match integer("id", &id) {
        Err(error) => refuse(&viewer, &ask, error),
        Ok(id) => {
            show(&app, &viewer, &ask, move |reader, now| {
                read(reader, id, now)
            })
            .await
        }
    }
}

fn read(reader: &Reader<'_>, id: i64, now: Timestamp) -> Result<PipelineDetail, AnswerError> {
    let Some(row) = reader.pipeline(PipelineId(id))? else {
        return Err(ApiError::not_stored("pipeline", id).into());
    };
    let rows = in_order(reader.jobs_of(row.id)?);
    let path = path(&row, &rows);
    let mut causes: HashMap<i64, FailedJob> = reader
        .causes(&[row.id])?
        .into_iter()
        .map(|cause| (cause.job_id.get(), FailedJob::new(cause)))
        .collect();
    let end = rows
        .iter()
        .filter_map(|(_, job)| job.finished_at)
        .max()
        .or(row.finished_at)
        .unwrap_or(now);
    let total = (end.as_second() - row.created_at.as_second()).max(0);
    let critical_path: Vec<Link> = path
        .iter()
        .map(|step| {
            let job = &rows[step.job].1;
            let seconds = step.idle + step.queued + step.ran;
            Link {
                job_id: job.id.get(),
                name: job.name.clone(),
                idle_seconds: Seconds::whole(step.idle),
                queued_seconds: Seconds::whole(step.queued),
                ran_seconds: Seconds::whole(step.ran),
                share: Share::of(seconds.unsigned_abs(), total.unsigned_abs()),
            }
        })
        .collect();
    let jobs = rows
        .iter()
        .map(|(_, job)| {
            let critical = critical_path.iter().any(|link| link.job_id == job.id.get());
            Job::new(job, causes.remove(&job.id.get()), critical)
        })
        .collect();
    let children = reader.children(&[row.id])?;
    Ok(PipelineDetail {
        id,
        iid: row.iid.get(),
        project: row.project_full_path.clone(),
        status: row.status.clone(),
        ref_name: row.ref_name.clone(),
        sha: row.sha.clone(),
        source: row.source.clone(),
        user: row.user_name.clone(),
        created_at: When(row.created_at),
        started_at: row.started_at.map(When),
        finished_at: row.finished_at.map(When),
        duration: Maybe(row.duration.map(Seconds::whole)),
        queued: Maybe(row.queued_duration.map(Seconds)),
        coverage: Maybe(row.coverage),
        failure_reason: row.failure_reason.clone(),
        web_url: format::link(row.web_url.clone()),
        upstream_id: reader.upstream(row.id)?.map(|(_, pipeline)| pipeline.get()),
        children: children.into_iter().map(Child::new).collect(),
        critical_path,
        total_seconds: Seconds::whole(total),
        jobs,
        row,
    })
}

/// Jobs with the place of their stage: stages as their first jobs were created, jobs within by start.
fn in_order(mut rows: Vec<JobRow>) -> Vec<(usize, JobRow)> {
    rows.sort_by_key(|job| job.id);
    let mut stages: Vec<String> = Vec::new();
    let mut placed: Vec<(usize, JobRow)> = rows
        .into_iter()
        .map(|job| {
            let stage = job.stage.clone().unwrap_or_default();
            let place = stages.iter().position(|known| *known == stage);
            let place = place.unwrap_or_else(|| {
                stages.push(stage);
                stages.len() - 1
            });
            (place, job)
        })
        .collect();
    placed.sort_by_key(|(stage, job)| (*stage, job.started_at.is_none(), job.started_at, job.id));
    placed
}

/// The critical path; places are those in `rows`.
fn path(pipeline: &PipelineRow, rows: &[(usize, JobRow)]) -> Vec<labtower_model::Step> {
    let mut places = Vec::new();
    let mut times = Vec::new();
    for (place, (stage, job)) in rows.iter().enumerate() {
        let (Some(started_at), Some(finished_at)) = (job.started_at, job.finished_at) else {
            continue;
        };
        let waited = job.queued_duration.unwrap_or(0.0).round() as i64;
        places.push(place);
        times.push(JobTimes {
            stage: *stage,
            ready_at: Timestamp::from_second(started_at.as_second() - waited).unwrap_or(started_at),
            started_at,
            finished_at,
        });
    }
    let mut path = critical_path(pipeline.created_at, &times);
    for step in &mut path {
        step.job = places[step.job];
    }
    path
}

impl Job {
    fn new(row: &JobRow, cause: Option<FailedJob>, critical: bool) -> Self {
        Self {
            id: row.id.get(),
            name: row.name.clone(),
            stage: row.stage.clone(),
            kind: row.kind.clone(),
            status: row.status.clone(),
            allow_failure: row.allow_failure,
            retried: row.retried,
            critical,
            started_at: row.started_at.map(When),
            finished_at: row.finished_at.map(When),
            duration: Maybe(row.duration.map(Seconds::whole)),
            queued: Maybe(row.queued_duration.map(Seconds)),
            runner_id: row.runner_id.map(|id| id.get()),
            tags: row.tags.clone(),
            category: cause.as_ref().and_then(|cause| cause.category.clone()),
            headline: cause.as_ref().and_then(|cause| cause.headline.clone()),
            group_id: cause.and_then(|cause| cause.group_id),
            downstream_pipeline_id: row.downstream_pipeline_id.map(PipelineId::get),
            web_url: format::link(row.web_url.clone()),
        }
    }

    fn sign(&self) -> Sign {
        Sign::of(&self.status)
    }

    fn reason_kind(&self) -> Kind {
        Kind::of(self.category.as_deref())
    }

    fn history(&self, project: &str) -> String {
        link::job(project, &self.name)
    }
}

#[derive(Template)]
#[template(path = "pages/pipeline.html")]
struct PipelinePage {
    frame: Frame,
    formats: Formats,
    detail: PipelineDetail,
    line: Line,
    lanes: Lanes,
}

impl PipelinePage {
    fn project_page(&self) -> String {
        link::project(&self.detail.project)
    }

    fn short_sha(&self) -> String {
        short(self.detail.sha.as_deref())
    }
}

impl Shown for PipelineDetail {
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "name",
        "stage",
        "kind",
        "status",
        "allow_failure",
        "retried",
        "critical",
        "started_at",
        "finished_at",
        "duration",
        "queued",
        "runner_id",
        "category",
        "headline",
        "group_id",
        "downstream_pipeline_id",
        "web_url",
    ];

    fn subject(&self) -> String {
        format!("Pipeline {} of {}", self.id, self.project)
    }

    fn rows(&self) -> Vec<Value> {
        values(&self.jobs)
    }

    fn html(self, ground: Ground) -> Response {
        let page = PipelinePage {
            lanes: Lanes::new(&self, ground.now),
            line: Line::new(self.row.clone(), ground.now),
            formats: ground.formats(),
            frame: ground.frame,
            detail: self,
        };
        respond(StatusCode::OK, &page)
    }
}
