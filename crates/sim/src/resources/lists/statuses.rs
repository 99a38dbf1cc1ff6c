//! Statuses of a commit: the jobs of its pipelines.

use axum::Router;
use axum::routing::get;
use serde_json::{Value, json};

use super::view::{Answer, View, of_project};
use crate::app::App;
use crate::resources::commits::find;
use crate::resources::scene::history;
use crate::rest::entity::time;
use crate::rest::error::ApiError;
use crate::rest::page::Paging;
use crate::world::{JobFacts, JobKind};

/// Routes below `/api/v4`.
pub(super) fn routes() -> Router<App> {
    Router::new().route(
        "/projects/{id}/repository/commits/{sha}/statuses",
        get(of_project(list)),
    )
}

fn list(view: &View<'_>, sha: &str, paging: &Paging) -> Answer {
    let (moment, params) = (view.moment, &paging.params);
    let commit = find(view.project(), &history(moment, view.index), sha)
        .ok_or_else(|| ApiError::not_found("Commit"))?;
    let all = params.flag("all")?.unwrap_or(false);
    let (name, stage) = (params.get("name"), params.get("stage"));
    let wanted = match params.get("pipeline_id") {
        None => None,
        Some(text) => Some(
            text.parse::<u64>()
                .map_err(|_| ApiError::invalid("pipeline_id"))?,
        ),
    };
    let ascending = params.ascending("asc")?;
    let pipelines = moment
        .pipelines_of(view.index)
        .filter(|row| moment.pipelines[*row as usize].commit == commit)
        .filter(|row| wanted.is_none_or(|id| moment.pipeline(*row).id == id));
    let mut rows: Vec<JobFacts> = pipelines
        .flat_map(|row| moment.jobs(row))
        .filter(|job| job.kind != JobKind::Bridge && (all || !job.retried))
        .filter(|job| name.is_none_or(|name| *job.name == *name))
        .filter(|job| stage.is_none_or(|stage| job.stage == stage))
        .collect();
    rows.sort_by_key(|job| job.id);
    if !ascending {
        rows.reverse();
    }
    paging.respond(&rows, |job| status(view, job))
}

/// CommitStatus.
fn status(view: &View<'_>, job: &JobFacts) -> Value {
    let pipeline = view.moment.pipeline(job.pipeline);
    json!({
        "id": job.id,
        "sha": pipeline.sha,
        "ref": *job.ref_name,
        "status": job.status.as_str(),
        "name": *job.name,
        "target_url": format!("{}/-/jobs/{}", view.app.project_url(view.project()), job.id),
        "description": null,
        "created_at": job.created.rest(),
        "started_at": time(job.started),
        "finished_at": time(job.finished),
        "allow_failure": job.allow_failure,
        "coverage": job.coverage,
        "pipeline_id": pipeline.id,
        "author": view.app.user_basic(view.moment, job.user),
    })
}
