//! `/projects/:id/deployments`.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::order::{sort_by, within};
use super::rollout::{Deployment, deployments};
use super::scene::{history, number};
use super::tale::{End, Request};
use super::{environments, merge_requests};
use crate::app::{App, Simulation};
use crate::rest::error::ApiError;
use crate::rest::page::Paging;
use crate::world::Moment;

/// Routes below `/api/v4`.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/projects/{id}/deployments", get(list))
        .route("/projects/{id}/deployments/{deployment_id}", get(one))
        .route(
            "/projects/{id}/deployments/{deployment_id}/merge_requests",
            get(shipped),
        )
}

/// GitLab's words.
const STATUSES: &[&str] = &[
    "created", "running", "success", "failed", "canceled", "skipped", "blocked",
];

async fn list(
    State(app): State<App>,
    Path(id): Path<String>,
    paging: Paging,
) -> Result<Response, ApiError> {
    let moment = app.moment();
    let index = app.project(&moment, &id)?;
    let params = &paging.params;
    let order = params.one_of(
        "order_by",
        &[
            "id",
            "iid",
            "created_at",
            "updated_at",
            "finished_at",
            "ref",
        ],
        "id",
    )?;
    let ascending = params.ascending("asc")?;
    let updated = (
        params.time("updated_after")?,
        params.time("updated_before")?,
    );
    let finished = (
        params.time("finished_after")?,
        params.time("finished_before")?,
    );
    let status = params.get("status");
    if status.is_some_and(|status| !STATUSES.contains(&status)) {
        return Err(ApiError::invalid("status"));
    }
    let by_update = updated.0.or(updated.1).is_some();
    let by_finish = finished.0.or(finished.1).is_some();
    check_pairs(by_update, by_finish, order, status)?;

    let mut rows = deployments(&moment, index);
    rows.retain(|row| {
        within(updated, row.updated())
            && (!by_finish || row.finished().is_some_and(|at| within(finished, at)))
            && status.is_none_or(|status| row.status() == status)
            && params
                .get("environment")
                .is_none_or(|name| row.environment.name == name)
    });
    match order {
        // With a filter on updates GitLab orders by them, whatever was asked.
        _ if by_update => sort_by(&mut rows, ascending, |row| (row.updated(), row.id())),
        "updated_at" => sort_by(&mut rows, ascending, |row| (row.updated(), row.id())),
        "finished_at" => sort_by(&mut rows, ascending, |row| (row.finished(), row.id())),
        "ref" => sort_by(&mut rows, ascending, |row| {
            (row.pipeline.ref_name.clone(), row.id())
        }),
        _ => sort_by(&mut rows, ascending, |row| ((), row.id())),
    }
    paging.respond(&rows, |row| render(&app, &moment, index, row))
}

async fn one(
    State(app): State<App>,
    Path((id, deployment)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let moment = app.moment();
    let index = app.project(&moment, &id)?;
    let wanted = number(&deployment)?;
    let found = deployments(&moment, index)
        .into_iter()
        .find(|row| row.id() == wanted);
    let row = found.ok_or_else(|| ApiError::not_found("Deployment"))?;
    let mut value = render(&app, &moment, index, &row);
    value["pending_approval_count"] = json!(0);
    value["approvals"] = json!([]);
    value["approval_summary"] = json!({ "rules": [] });
    Ok(Json(value).into_response())
}

/// The merge requests that reached the environment with this deployment: merged since the one before it.
async fn shipped(
    State(app): State<App>,
    Path((id, deployment)): Path<(String, String)>,
    paging: Paging,
) -> Result<Response, ApiError> {
    let moment = app.moment();
    let index = app.project(&moment, &id)?;
    let wanted = number(&deployment)?;
    let all = deployments(&moment, index);
    let found = all.iter().position(|row| row.id() == wanted);
    let position = found.ok_or_else(|| ApiError::not_found("Deployment"))?;
    let this = &all[position];
    let commit_of = |row: &Deployment| moment.pipelines[row.pipeline.index as usize].commit;
    let before = all[..position]
        .iter()
        .filter(|row| row.environment == this.environment && row.status() == "success")
        .map(commit_of)
        .max();
    let mut rows: Vec<(u32, Request)> = Vec::new();
    if this.status() == "success" {
        let merged = history(&moment, index)
            .requests
            .into_iter()
            .filter(|request| match request.end {
                End::Merged { commit, .. } => {
                    commit <= commit_of(this) && before.is_none_or(|before| commit > before)
                }
                _ => false,
            });
        rows.extend(merged.map(|request| (index, request)));
    }
    rows.reverse();
    paging.respond(&rows, |row| merge_requests::basic(&app, &moment, row))
}

/// The filters that do not go together.
fn check_pairs(
    by_update: bool,
    by_finish: bool,
    order: &str,
    status: Option<&str>,
) -> Result<(), ApiError> {
    let refuse = |text: &str| Err(ApiError::message(StatusCode::BAD_REQUEST, text));
    if by_update && by_finish {
        return refuse("Both `updated_at` filter and `finished_at` filter can not be specified");
    }
    if by_finish && order != "finished_at" {
        return refuse("`finished_at` filter and `finished_at` sorting must be paired");
    }
    if by_finish && status != Some("success") {
        return refuse("`finished_at` filter must be combined with `success` status filter.");
    }
    Ok(())
}

/// Deployment.
pub(super) fn render(
    app: &Simulation,
    moment: &Moment<'_>,
    project: u32,
    row: &Deployment,
) -> Value {
    json!({
        "id": row.id(),
        "iid": row.index + 1,
        "ref": row.pipeline.ref_name,
        "sha": row.pipeline.sha,
        "created_at": row.job.created.rest(),
        "updated_at": row.updated().rest(),
        "status": row.status(),
        "user": app.user_basic(moment, row.job.user),
        "environment": environments::basic(moment, project, &row.environment),
        "deployable": app.job_json(moment, &row.job, &row.pipeline),
    })
}
