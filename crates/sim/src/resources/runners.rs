//! `/runners`, `/runners/all`, `/projects/:id/runners`, `/groups/:id/runners` and what belongs to one.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::keyset::{Key, respond_keyset};
use super::scene::{number, visible_projects};
use crate::app::{App, Simulation};
use crate::rest::error::ApiError;
use crate::rest::page::Paging;
use crate::rest::query::Params;
use crate::world::{JobFacts, MINUTE, Moment, RunnerKind, Status, Time};

/// Routes below `/api/v4`.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/runners", get(owned))
        .route("/runners/all", get(all))
        .route("/runners/{id}", get(one))
        .route("/runners/{id}/jobs", get(jobs))
        .route("/projects/{id}/runners", get(of_project))
        .route("/groups/{id}/runners", get(of_group))
}

async fn all(State(app): State<App>, paging: Paging) -> Result<Response, ApiError> {
    let moment = app.moment();
    let rows = (0..moment.runners.len()).collect();
    list(&app, &moment, rows, &paging)
}

/// Fields of a job that lists of a runner's jobs do not have.
const WHOLE_JOB_ONLY: &[&str] = &[
    "artifacts",
    "artifacts_expire_at",
    "artifacts_file",
    "archived",
    "runner",
    "runner_manager",
    "tag_list",
];

/// The runners the token's owner manages: those of groups.
async fn owned(State(app): State<App>, paging: Paging) -> Result<Response, ApiError> {
    let moment = app.moment();
    let rows =
        (0..moment.runners.len()).filter(|row| moment.runners[*row].kind != RunnerKind::Instance);
    list(&app, &moment, rows.collect(), &paging)
}

async fn of_project(
    State(app): State<App>,
    Path(id): Path<String>,
    paging: Paging,
) -> Result<Response, ApiError> {
    let moment = app.moment();
    let index = app.project(&moment, &id)?;
    let group = moment.projects[index as usize].group;
    let rows = serving(&moment, group);
    list(&app, &moment, rows, &paging)
}

async fn of_group(
    State(app): State<App>,
    Path(id): Path<String>,
    paging: Paging,
) -> Result<Response, ApiError> {
    let moment = app.moment();
    let group = app.group(&moment, &id)?;
    let rows = serving(&moment, group);
    list(&app, &moment, rows, &paging)
}

async fn one(State(app): State<App>, Path(id): Path<String>) -> Result<Response, ApiError> {
    let moment = app.moment();
    let index = find(&moment, &id)?;
    let runner = &moment.runners[index];
    let mut value = app.runner_basic(&moment, Some(index as u32));
    let group = match runner.kind {
        RunnerKind::Instance => None,
        RunnerKind::Group(group) => Some(&moment.groups[group as usize]),
    };
    value["tag_list"] = json!(runner.tags);
    value["run_untagged"] = json!(false);
    value["locked"] = json!(false);
    value["maximum_timeout"] = Value::Null;
    value["access_level"] = json!("not_protected");
    value["version"] = json!(runner.version);
    value["revision"] = json!("bda84871");
    value["platform"] = json!("linux");
    value["architecture"] = json!(if runner.tags.contains(&"arm64") {
        "arm64"
    } else {
        "amd64"
    });
    value["contacted_at"] = json!(contacted(&moment, index).rest());
    value["maintenance_note"] = Value::Null;
    value["projects"] = json!([]);
    value["groups"] = json!(
        group
            .map(|group| json!({
                "id": group.id,
                "web_url": format!("{}/groups/{}", app.url, group.full_path),
                "name": group.name,
            }))
            .into_iter()
            .collect::<Vec<_>>()
    );
    Ok(Json(value).into_response())
}

async fn jobs(
    State(app): State<App>,
    Path(id): Path<String>,
    paging: Paging,
) -> Result<Response, ApiError> {
    let moment = app.moment();
    let runner = find(&moment, &id)? as u32;
    let status = match paging.params.get("status") {
        None => None,
        Some(text) => Some(Status::parse(text).ok_or_else(|| ApiError::invalid("status"))?),
    };
    paging.params.one_of("order_by", &["id"], "id")?;
    let ascending = paging.params.ascending("desc")?;
    let mut rows = Vec::new();
    for project in visible_projects(&app, &moment, None) {
        for pipeline in moment.pipelines_of(project) {
            let jobs = moment.jobs(pipeline).into_iter();
            rows.extend(jobs.filter(|job| {
                job.runner == Some(runner) && status.is_none_or(|status| job.status == status)
            }));
        }
    }
    rows.sort_by_key(|job| job.id);
    if !ascending {
        rows.reverse();
    }
    let render = |job: &JobFacts| {
        let project = &moment.projects[job.project as usize];
        let mut value = app.job_json(&moment, job, &moment.pipeline(job.pipeline));
        // JobBasic: without what only whole jobs show.
        if let Some(fields) = value.as_object_mut() {
            fields.retain(|name, _| !WHOLE_JOB_ONLY.contains(&name.as_str()));
        }
        value["project"] = json!({
            "id": project.id,
            "description": project.description,
            "name": project.name,
            "path": project.path,
            "path_with_namespace": project.full_path,
            "created_at": project.created.rest(),
        });
        value
    };
    if paging.is_keyset() {
        let key = |job: &JobFacts| Key {
            column: "id",
            value: String::new(),
            id: job.id,
        };
        return respond_keyset(&paging, &rows, key, render);
    }
    paging.respond(&rows, render)
}

/// When a runner was last heard of: online ones ask all the time.
pub(super) fn contacted(moment: &Moment<'_>, row: usize) -> Time {
    let runner = &moment.runners[row];
    if runner.online {
        moment.at().plus(-MINUTE)
    } else {
        runner.created
    }
}

pub(super) fn find(moment: &Moment<'_>, id: &str) -> Result<usize, ApiError> {
    let id = number(id)?;
    let found = moment.runners.iter().position(|runner| runner.id == id);
    found.ok_or_else(|| ApiError::not_found("Runner"))
}

/// The runners that projects of a group can use.
fn serving(moment: &Moment<'_>, group: u32) -> Vec<usize> {
    let serves = |kind| match kind {
        RunnerKind::Instance => true,
        RunnerKind::Group(of) => moment.is_within(group, of),
    };
    (0..moment.runners.len())
        .filter(|row| serves(moment.runners[*row].kind))
        .collect()
}

fn list(
    app: &Simulation,
    moment: &Moment<'_>,
    mut rows: Vec<usize>,
    paging: &Paging,
) -> Result<Response, ApiError> {
    filter(moment, &mut rows, &paging.params)?;
    // Newest first.
    rows.reverse();
    paging.respond(&rows, |row| app.runner_basic(moment, Some(*row as u32)))
}

fn filter(moment: &Moment<'_>, rows: &mut Vec<usize>, params: &Params) -> Result<(), ApiError> {
    let optional = |name: &str, values: &[&str]| match params.get(name) {
        Some(value) if !values.contains(&value) => Err(ApiError::invalid(name)),
        value => Ok(value),
    };
    let kind = optional("type", &["instance_type", "group_type", "project_type"])?;
    let status = optional(
        "status",
        &[
            "active",
            "paused",
            "online",
            "offline",
            "never_contacted",
            "stale",
        ],
    )?;
    let paused = params.flag("paused")?;
    let tags = params.all("tag_list").join(",");
    let wanted: Vec<&str> = tags.split(',').filter(|tag| !tag.is_empty()).collect();
    rows.retain(|row| {
        let runner = &moment.runners[*row];
        kind.is_none_or(|kind| kind_of(runner.kind) == kind)
            && paused.is_none_or(|paused| runner.paused == paused)
            && wanted.iter().all(|tag| runner.tags.contains(tag))
            && match status {
                None => true,
                Some("active") => !runner.paused,
                Some("paused") => runner.paused,
                Some("online") => runner.online,
                Some("offline") => !runner.online,
                Some(_) => false,
            }
            && params
                .get("version_prefix")
                .is_none_or(|prefix| runner.version.starts_with(prefix))
    });
    Ok(())
}

const fn kind_of(kind: RunnerKind) -> &'static str {
    match kind {
        RunnerKind::Instance => "instance_type",
        RunnerKind::Group(_) => "group_type",
    }
}
