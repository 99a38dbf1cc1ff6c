//! `/projects/:id/pipeline_schedules`.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::order::{Window, sort_by};
use super::scene::number;
use crate::app::{App, Simulation};
use crate::rest::error::ApiError;
use crate::rest::page::Paging;
use crate::world::{DAY, MINUTE, Moment, Schedule, Source, Status, Time};

/// Routes below `/api/v4`.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/projects/{id}/pipeline_schedules", get(list))
        .route(
            "/projects/{id}/pipeline_schedules/{pipeline_schedule_id}",
            get(one),
        )
        .route(
            "/projects/{id}/pipeline_schedules/{pipeline_schedule_id}/pipelines",
            get(pipelines),
        )
}

async fn list(
    State(app): State<App>,
    Path(id): Path<String>,
    paging: Paging,
) -> Result<Response, ApiError> {
    let moment = app.moment();
    let index = app.project(&moment, &id)?;
    let scope = paging.params.get("scope");
    if scope.is_some_and(|scope| !["active", "inactive"].contains(&scope)) {
        return Err(ApiError::invalid("scope"));
    }
    let own = moment
        .schedules
        .iter()
        .filter(|schedule| schedule.project == index);
    let rows: Vec<&Schedule> = own
        .filter(|schedule| scope.is_none_or(|scope| schedule.active == (scope == "active")))
        .collect();
    paging.respond(&rows, |schedule| render(&app, &moment, schedule))
}

async fn one(
    State(app): State<App>,
    Path((id, schedule)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let moment = app.moment();
    let index = app.project(&moment, &id)?;
    let schedule = find(&moment, index, &schedule)?;
    let mut value = render(&app, &moment, schedule);
    let last = started(&moment, schedule)
        .first()
        .map(|row| moment.pipeline(*row));
    value["last_pipeline"] = last.map_or(Value::Null, |facts| app.pipeline_basic(&moment, &facts));
    value["variables"] = json!([]);
    Ok(Json(value).into_response())
}

async fn pipelines(
    State(app): State<App>,
    Path((id, schedule)): Path<(String, String)>,
    paging: Paging,
) -> Result<Response, ApiError> {
    let moment = app.moment();
    let index = app.project(&moment, &id)?;
    let schedule = find(&moment, index, &schedule)?;
    let window = Window::of(&paging.params)?;
    let ascending = paging.params.ascending("asc")?;
    let status = match paging.params.get("status") {
        None => None,
        Some(text) => Some(Status::parse(text).ok_or_else(|| ApiError::invalid("status"))?),
    };
    let mut rows: Vec<_> = started(&moment, schedule)
        .into_iter()
        .map(|row| moment.pipeline(row))
        .collect();
    rows.retain(|facts| {
        window.holds(facts.created, facts.updated)
            && status.is_none_or(|status| facts.status == status)
    });
    sort_by(&mut rows, ascending, |facts| ((), facts.id));
    paging.respond(&rows, |facts| app.pipeline_basic(&moment, facts))
}

fn find<'a>(moment: &'a Moment<'_>, project: u32, id: &str) -> Result<&'a Schedule, ApiError> {
    let id = number(id)?;
    let found = moment
        .schedules
        .iter()
        .find(|schedule| schedule.id == id && schedule.project == project);
    found.ok_or_else(|| ApiError::not_found("Pipeline Schedule"))
}

/// The pipelines it started, newest first; a project has one schedule at most.
pub(super) fn started(moment: &Moment<'_>, schedule: &Schedule) -> Vec<u32> {
    moment
        .pipelines_of(schedule.project)
        .filter(|row| moment.pipelines[*row as usize].source == Source::Schedule)
        .collect()
}

/// When it is next due.
pub(super) fn next_run(moment: &Moment<'_>, schedule: &Schedule) -> Time {
    let now = moment.at();
    let minute = i64::from(schedule.hour) * 60 + i64::from(schedule.minute);
    let today = Time(now.0.div_euclid(DAY) * DAY).plus(minute * MINUTE);
    if today > now { today } else { today.plus(DAY) }
}

/// PipelineSchedule.
fn render(app: &Simulation, moment: &Moment<'_>, schedule: &Schedule) -> Value {
    let project = &moment.projects[schedule.project as usize];
    json!({
        "id": schedule.id,
        "description": schedule.description,
        "ref": format!("refs/heads/{}", project.default_branch),
        "cron": format!("{} {} * * *", schedule.minute, schedule.hour),
        "cron_timezone": "UTC",
        "next_run_at": next_run(moment, schedule).rest(),
        "active": schedule.active,
        "created_at": schedule.created.rest(),
        "updated_at": schedule.created.rest(),
        "owner": app.user_basic(moment, Some(schedule.owner)),
        "inputs": [],
    })
}
