//! `/projects/:id/members`, `/groups/:id/members`, and both with inherited members under `/all`.

use axum::Json;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::{Value, json};

use super::Dice;
use super::scene::number;
use crate::app::{App, Simulation};
use crate::rest::error::ApiError;
use crate::rest::page::Paging;
use crate::world::{DAY, Moment};

/// Routes below `/api/v4`.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/projects/{id}/members", get(of_project))
        .route("/projects/{id}/members/all", get(all_of_project))
        .route("/projects/{id}/members/{user_id}", get(one_of_project))
        .route("/projects/{id}/members/all/{user_id}", get(any_of_project))
        .route("/groups/{id}/members", get(of_group))
        .route("/groups/{id}/members/all", get(all_of_group))
}

/// A user's index and access level: 10 guest, 20 reporter, 30 developer, 40 maintainer, 50 owner.
type Member = (u32, u64);

async fn of_project(
    State(app): State<App>,
    Path(id): Path<String>,
    paging: Paging,
) -> Result<Response, ApiError> {
    let moment = app.moment();
    let index = app.project(&moment, &id)?;
    let rows = project_members(&moment, index);
    list(&app, &moment, rows, &paging)
}

async fn all_of_project(
    State(app): State<App>,
    Path(id): Path<String>,
    paging: Paging,
) -> Result<Response, ApiError> {
    let moment = app.moment();
    let index = app.project(&moment, &id)?;
    let rows = inherited(&moment, index);
    list(&app, &moment, rows, &paging)
}

async fn one_of_project(
    State(app): State<App>,
    Path((id, user)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let moment = app.moment();
    let index = app.project(&moment, &id)?;
    one(&app, &moment, project_members(&moment, index), &user)
}

async fn any_of_project(
    State(app): State<App>,
    Path((id, user)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let moment = app.moment();
    let index = app.project(&moment, &id)?;
    one(&app, &moment, inherited(&moment, index), &user)
}

async fn of_group(
    State(app): State<App>,
    Path(id): Path<String>,
    paging: Paging,
) -> Result<Response, ApiError> {
    let moment = app.moment();
    let group = app.group(&moment, &id)?;
    let rows = group_members(&moment, group);
    list(&app, &moment, rows, &paging)
}

async fn all_of_group(
    State(app): State<App>,
    Path(id): Path<String>,
    paging: Paging,
) -> Result<Response, ApiError> {
    let moment = app.moment();
    let group = app.group(&moment, &id)?;
    let rows = group_tree(&moment, group);
    list(&app, &moment, rows, &paging)
}

fn list(
    app: &Simulation,
    moment: &Moment<'_>,
    mut rows: Vec<Member>,
    paging: &Paging,
) -> Result<Response, ApiError> {
    if let Some(query) = paging.params.get("query") {
        let query = query.to_lowercase();
        rows.retain(|(user, _)| {
            let user = &moment.users[*user as usize];
            user.name.to_lowercase().contains(&query) || user.username.contains(&query)
        });
    }
    paging.respond(&rows, |member| render(app, moment, *member))
}

fn one(
    app: &Simulation,
    moment: &Moment<'_>,
    rows: Vec<Member>,
    user: &str,
) -> Result<Response, ApiError> {
    let id = number(user)?;
    let found = rows
        .into_iter()
        .find(|(user, _)| moment.users[*user as usize].id == id);
    let member = found.ok_or_else(|| ApiError::not_found(""))?;
    Ok(Json(render(app, moment, member)).into_response())
}

/// The creator, and about one user in five.
fn project_members(moment: &Moment<'_>, index: u32) -> Vec<Member> {
    let project = &moment.projects[index as usize];
    let mut rows = vec![(project.creator, 40)];
    rows.extend(drawn(moment, Dice::new(project.seed).of("members"), 0.2));
    merge(rows)
}

/// The first user, and about one user in eight.
fn group_members(moment: &Moment<'_>, group: u32) -> Vec<Member> {
    let mut rows = vec![(0, 50)];
    rows.extend(drawn(
        moment,
        Dice::new(moment.seed)
            .of("group members")
            .at(u64::from(group)),
        0.12,
    ));
    merge(rows)
}

/// Members of the group and of all groups above it.
pub(super) fn group_tree(moment: &Moment<'_>, group: u32) -> Vec<Member> {
    let mut rows = Vec::new();
    let mut at = Some(group);
    while let Some(group) = at {
        rows.extend(group_members(moment, group));
        at = moment.groups[group as usize].parent;
    }
    merge(rows)
}

pub(super) fn inherited(moment: &Moment<'_>, project: u32) -> Vec<Member> {
    let mut rows = project_members(moment, project);
    rows.extend(group_tree(moment, moment.projects[project as usize].group));
    merge(rows)
}

fn drawn(moment: &Moment<'_>, dice: Dice, share: f64) -> Vec<Member> {
    (0..moment.users.len() as u32)
        .filter_map(|user| {
            let mut dice = dice.at(u64::from(user));
            let level = [20, 30, 30, 30, 40][dice.below(5) as usize];
            let member = dice.chance(share);
            // One in four leaves in the first months.
            let leaves = dice.chance(0.25).then(|| {
                let after = dice.below(150 * DAY as u64) as i64;
                moment.origin.plus(after)
            });
            let left = leaves.is_some_and(|at| at <= moment.at());
            (member && !left).then_some((user, level))
        })
        .collect()
}

/// One row a user, with the highest of his levels.
fn merge(mut rows: Vec<Member>) -> Vec<Member> {
    rows.sort_by_key(|(user, level)| (*user, std::cmp::Reverse(*level)));
    rows.dedup_by_key(|(user, _)| *user);
    rows
}

/// Member.
fn render(app: &Simulation, moment: &Moment<'_>, (user, level): Member) -> Value {
    let row = &moment.users[user as usize];
    let mut value = app.user_basic(moment, Some(user));
    value["access_level"] = json!(level);
    value["created_at"] = json!(row.created.rest());
    value["created_by"] = Value::Null;
    value["expires_at"] = Value::Null;
    value["membership_state"] = json!("active");
    value
}
