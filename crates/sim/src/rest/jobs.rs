//! Jobs and bridges.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::entity::time;
use super::error::ApiError;
use super::page::{Paging, Totals};
use super::query::Params;
use crate::app::{App, Simulation};
use crate::world::{
    DAY, JobFacts, JobKind, Moment, PipelineFacts, RunnerKind, Status, Target, mix,
};

/// The routes of this file.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route(
            "/projects/{id}/pipelines/{pipeline_id}/jobs",
            get(pipeline_jobs),
        )
        .route(
            "/projects/{id}/pipelines/{pipeline_id}/bridges",
            get(bridges),
        )
        .route("/projects/{id}/jobs", get(project_jobs))
        .route("/projects/{id}/jobs/{job_id}", get(one))
}

/// The statuses of `scope`; empty for all.
fn scopes(params: &Params) -> Result<Vec<Status>, ApiError> {
    let invalid = || ApiError::message(StatusCode::BAD_REQUEST, "Scope contains invalid value(s)");
    params
        .all("scope")
        .into_iter()
        .map(|text| Status::parse(text).ok_or_else(invalid))
        .collect()
}

async fn pipeline_jobs(
    State(app): State<App>,
    Path((id, pipeline)): Path<(String, String)>,
    paging: Paging,
) -> Result<Response, ApiError> {
    let retried = paging.params.flag("include_retried")?.unwrap_or(false);
    of_pipeline(&app, &id, &pipeline, &paging, |job| {
        job.kind == JobKind::Build && (retried || !job.retried)
    })
}

async fn bridges(
    State(app): State<App>,
    Path((id, pipeline)): Path<(String, String)>,
    paging: Paging,
) -> Result<Response, ApiError> {
    of_pipeline(&app, &id, &pipeline, &paging, |job| {
        job.kind == JobKind::Bridge && !job.retried
    })
}

fn of_pipeline(
    app: &App,
    id: &str,
    pipeline: &str,
    paging: &Paging,
    keep: impl Fn(&JobFacts) -> bool,
) -> Result<Response, ApiError> {
    let scopes = scopes(&paging.params)?;
    let moment = app.moment();
    let project = app.project(&moment, id)?;
    let pipeline = app.pipeline(&moment, project, pipeline)?;
    let mut rows = moment.jobs(pipeline);
    rows.retain(|job| keep(job) && (scopes.is_empty() || scopes.contains(&job.status)));
    rows.reverse();
    let facts = moment.pipeline(pipeline);
    paging.respond(&rows, |job| app.job_json(&moment, job, &facts))
}

async fn project_jobs(
    State(app): State<App>,
    Path(id): Path<String>,
    paging: Paging,
) -> Result<Response, ApiError> {
    let scopes = scopes(&paging.params)?;
    let moment = app.moment();
    let project = app.project(&moment, &id)?;
    let ref_name = paging.params.get("ref");
    let keep = |job: &JobFacts| {
        (scopes.is_empty() || scopes.contains(&job.status))
            && ref_name.is_none_or(|name| *job.ref_name == *name)
    };
    let render = |job: &JobFacts| app.job_json(&moment, job, &moment.pipeline(job.pipeline));
    if paging.is_keyset() {
        let plain = paging
            .params
            .get("order_by")
            .is_none_or(|order| order == "id");
        if !plain || paging.params.ascending("desc")? {
            return Err(ApiError::no_keyset());
        }
        let before = match paging.params.get("cursor") {
            None => u64::MAX,
            Some(cursor) => {
                super::cursor::parse(cursor).ok_or_else(|| ApiError::invalid("cursor"))?
            }
        };
        let mut rows = moment.jobs_before(project, before).filter(keep);
        let page: Vec<JobFacts> = rows.by_ref().take(paging.per_page).collect();
        let next = page
            .last()
            .filter(|_| rows.next().is_some())
            .map(|last| ("cursor", super::cursor::of("id", "", last.id)));
        return Ok(paging.respond_keyset(page.iter().map(render).collect(), next));
    }
    paging.check_offset("Ci::Build")?;
    // One row beyond the page tells whether there is a next one; totals are never shown here.
    let wanted = paging.page * paging.per_page + 1;
    let rows: Vec<JobFacts> = moment.jobs_of(project).filter(keep).take(wanted).collect();
    Ok(paging.offset(&rows, Totals::Hidden, render))
}

async fn one(
    State(app): State<App>,
    Path((id, job)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let moment = app.moment();
    let project = app.project(&moment, &id)?;
    let job = app.job(&moment, project, &job)?;
    let facts = moment.pipeline(job.pipeline);
    Ok(Json(app.job_json(&moment, &job, &facts)).into_response())
}

impl Simulation {
    /// The build with this id in this project.
    ///
    /// # Errors
    /// 404 for bridges, jobs of other projects and unknown ones.
    #[expect(
        clippy::unused_self,
        reason = "read beside its siblings, which need it"
    )]
    pub(crate) fn job(
        &self,
        moment: &Moment<'_>,
        project: u32,
        id: &str,
    ) -> Result<JobFacts, ApiError> {
        id.parse::<u64>()
            .ok()
            .and_then(|id| moment.job(id))
            .filter(|job| job.project == project && job.kind == JobKind::Build)
            .ok_or_else(|| ApiError::not_found(""))
    }

    /// A job (with artifacts and runner) or a bridge (with its downstream pipeline).
    pub(crate) fn job_json(
        &self,
        moment: &Moment<'_>,
        job: &JobFacts,
        pipeline: &PipelineFacts,
    ) -> Value {
        let project = &moment.projects[job.project as usize];
        let url = self.project_url(project);
        let growing = self.config.growing_durations;
        let duration = job
            .duration_ms
            .filter(|_| growing || job.finished.is_some());
        let queued = job.queued_ms.filter(|_| growing || job.started.is_some());
        let mut json = json!({
            "id": job.id,
            "status": job.status.as_str(),
            "stage": job.stage,
            "name": &*job.name,
            "ref": pipeline.ref_name,
            "tag": matches!(pipeline.target, Target::Tag(_)),
            "coverage": job.coverage,
            "allow_failure": job.allow_failure,
            "created_at": job.created.rest(),
            "started_at": time(job.started),
            "finished_at": time(job.finished),
            "erased_at": null,
            "duration": duration.map(|ms| ms as f64 / 1_000.0),
            "queued_duration": queued.map(|ms| ms as f64 / 1_000.0),
            "user": self.user_full(moment, job.user),
            "commit": self.commit_json(moment, pipeline),
            "pipeline": self.pipeline_basic(moment, pipeline),
            "web_url": format!("{url}/-/jobs/{}", job.id),
            "project": { "ci_job_token_scope_enabled": false },
        });
        if let Some(reason) = job.failure_reason {
            json["failure_reason"] = reason.into();
        }
        if job.kind == JobKind::Bridge {
            json["downstream_pipeline"] = job.downstream.map_or(Value::Null, |child| {
                self.pipeline_basic(moment, &moment.pipeline(child))
            });
            return json;
        }
        let artifacts = artifacts(job);
        if let Some(archive) = artifacts
            .first()
            .filter(|file| file["file_type"] == "archive")
        {
            json["artifacts_file"] =
                json!({ "filename": archive["filename"], "size": archive["size"] });
        }
        json["artifacts_expire_at"] = time(
            job.finished
                .filter(|_| job.artifacts)
                .map(|at| at.plus(30 * DAY)),
        );
        json["artifacts"] = artifacts.into();
        json["runner"] = self.runner_basic(moment, job.runner);
        json["runner_manager"] = runner_manager(moment, job.runner);
        json["tag_list"] = json!(job.tags);
        json["archived"] = false.into();
        json
    }

    /// A user as jobs show it.
    fn user_full(&self, moment: &Moment<'_>, user: Option<u32>) -> Value {
        let mut json = self.user_basic(moment, user);
        if let Some(user) = user.and_then(|user| moment.users.get(user as usize)) {
            json["created_at"] = user.created.rest().into();
            json["bio"] = "".into();
            json["location"] = Value::Null;
            json["job_title"] = "".into();
            json["bot"] = user.bot.into();
        }
        json
    }

    /// The commit of a pipeline, as jobs show it.
    fn commit_json(&self, moment: &Moment<'_>, pipeline: &PipelineFacts) -> Value {
        let project = &moment.projects[pipeline.project as usize];
        let index = moment.pipelines[pipeline.index as usize].commit;
        let commit = &project.commits[index as usize];
        let author = &moment.users[commit.author as usize];
        let title = commit_title(project.seed, index);
        let email = format!("{}@acme.example", author.username);
        json!({
            "id": pipeline.sha,
            "short_id": &pipeline.sha[..8],
            "created_at": commit.at.rest(),
            "parent_ids": commit.parent.map(|parent| project.sha(parent)).into_iter().collect::<Vec<_>>(),
            "title": title,
            "message": format!("{title}\n"),
            "author_name": author.name,
            "author_email": email,
            "authored_date": commit.at.rest(),
            "committer_name": author.name,
            "committer_email": email,
            "committed_date": commit.at.rest(),
            "trailers": {},
            "extended_trailers": {},
            "web_url": format!("{}/-/commit/{}", self.project_url(project), pipeline.sha),
        })
    }

    /// A runner, or null.
    #[expect(
        clippy::unused_self,
        reason = "read beside its siblings, which need it"
    )]
    pub(crate) fn runner_basic(&self, moment: &Moment<'_>, runner: Option<u32>) -> Value {
        let Some(runner) = runner.and_then(|runner| moment.runners.get(runner as usize)) else {
            return Value::Null;
        };
        json!({
            "id": runner.id,
            "description": runner.description,
            "ip_address": null,
            "active": !runner.paused,
            "paused": runner.paused,
            "is_shared": runner.kind == RunnerKind::Instance,
            "runner_type": if runner.kind == RunnerKind::Instance { "instance_type" } else { "group_type" },
            "name": "gitlab-runner",
            "online": runner.online,
            "created_at": runner.created.rest(),
            "status": if runner.online { "online" } else { "offline" },
            "job_execution_status": if runner.online && !runner.paused { "active" } else { "idle" },
        })
    }
}

/// First line of a commit's message.
pub(crate) fn commit_title(seed: u64, commit: u32) -> String {
    use crate::world::CHANGES;
    let word = CHANGES[(mix(seed ^ 0x717, u64::from(commit)) % CHANGES.len() as u64) as usize]
        .replace('-', " ");
    let mut letters = word.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

fn runner_manager(moment: &Moment<'_>, runner: Option<u32>) -> Value {
    let Some(runner) = runner.and_then(|runner| moment.runners.get(runner as usize)) else {
        return Value::Null;
    };
    json!({
        "id": 1_000 + runner.id,
        "system_id": format!("s_{:012x}", mix(runner.id, 1) >> 16),
        "version": runner.version,
        "revision": "a1b2c3d4",
        "platform": "linux",
        "architecture": "amd64",
        "created_at": runner.created.rest(),
        "contacted_at": moment.at().rest(),
        "ip_address": "10.0.0.7",
        "status": if runner.online { "online" } else { "offline" },
        "job_execution_status": "active",
    })
}

/// A file a job left behind.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ArtifactFile {
    kind: &'static str,
    format: Option<&'static str>,
    /// Name of the file.
    pub(crate) name: &'static str,
    /// Bytes.
    pub(crate) size: u64,
}

impl ArtifactFile {
    /// All files of a job; the archive is first.
    pub(crate) fn all(job: &JobFacts) -> Vec<Self> {
        let file = |salt, most, kind, name, format| Self {
            kind,
            format,
            name,
            size: 200 + mix(job.salt, salt) % most,
        };
        let mut files = Vec::new();
        if job.artifacts {
            files.push(file(1, 9_000_000, "archive", "artifacts.zip", Some("zip")));
            files.push(file(2, 3_000, "metadata", "metadata.gz", Some("gzip")));
        }
        if job.tests {
            files.push(file(3, 90_000, "junit", "junit.xml.gz", Some("gzip")));
        }
        if job.started.is_some() {
            files.push(file(4, 200_000, "trace", "job.log", None));
        }
        files
    }
}

fn artifacts(job: &JobFacts) -> Vec<Value> {
    let json = |file: ArtifactFile| json!({ "file_type": file.kind, "size": file.size, "filename": file.name, "file_format": file.format });
    ArtifactFile::all(job).into_iter().map(json).collect()
}
