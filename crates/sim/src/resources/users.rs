//! `/users`; the token's own user is in `rest`.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::keyset::{Key, respond_keyset};
use super::order::sort_by;
use super::scene::number;
use crate::app::{App, Simulation};
use crate::rest::error::ApiError;
use crate::rest::page::Paging;
use crate::world::Moment;

/// Routes below `/api/v4`.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/users", get(list))
        .route("/users/{id}", get(one))
}

async fn list(State(app): State<App>, paging: Paging) -> Result<Response, ApiError> {
    let moment = app.moment();
    let params = &paging.params;
    let order = params.one_of(
        "order_by",
        &["id", "name", "username", "created_at", "updated_at"],
        "id",
    )?;
    let ascending = params.ascending("desc")?;
    let (username, search) = (
        params.get("username"),
        params.get("search").map(str::to_lowercase),
    );
    let (active, blocked) = (params.flag("active")?, params.flag("blocked")?);
    let mut rows: Vec<u32> = (0..moment.users.len() as u32).collect();
    rows.retain(|row| {
        let user = &moment.users[*row as usize];
        username.is_none_or(|username| user.username.eq_ignore_ascii_case(username))
            && search.as_ref().is_none_or(|search| {
                user.name.to_lowercase().contains(search) || user.username.contains(search)
            })
            && active != Some(user.blocked)
            && (blocked != Some(true) || user.blocked)
    });
    let user = |row: &u32| &moment.users[*row as usize];
    match order {
        "name" => sort_by(&mut rows, ascending, |row| {
            (user(row).name.clone(), user(row).id)
        }),
        "username" => sort_by(&mut rows, ascending, |row| {
            (user(row).username.clone(), user(row).id)
        }),
        "created_at" | "updated_at" => sort_by(&mut rows, ascending, |row| {
            (user(row).created, user(row).id)
        }),
        _ => sort_by(&mut rows, ascending, |row| ((), user(row).id)),
    }
    let render = |row: &u32| app.user_basic(&moment, Some(*row));
    if paging.is_keyset() {
        let key = |row: &u32| {
            let (id, user) = (user(row).id, user(row));
            match order {
                "name" => Key {
                    column: "name",
                    value: user.name.clone(),
                    id,
                },
                "username" => Key {
                    column: "username",
                    value: user.username.clone(),
                    id,
                },
                "id" => Key {
                    column: "id",
                    value: String::new(),
                    id,
                },
                _ => Key {
                    column: "created_at",
                    value: user.created.rest(),
                    id,
                },
            }
        };
        return respond_keyset(&paging, &rows, key, render);
    }
    paging.check_offset("User")?;
    paging.respond(&rows, render)
}

async fn one(State(app): State<App>, Path(id): Path<String>) -> Result<Response, ApiError> {
    let moment = app.moment();
    let id = number(&id)?;
    let found = moment.users.iter().position(|user| user.id == id);
    let index = found.ok_or_else(|| ApiError::not_found("User"))?;
    Ok(Json(app.user_profile(&moment, Some(index as u32))).into_response())
}

impl Simulation {
    /// User, or null.
    pub(crate) fn user_profile(&self, moment: &Moment<'_>, index: Option<u32>) -> Value {
        let mut value = self.user_basic(moment, index);
        let Some(user) = index.and_then(|index| moment.users.get(index as usize)) else {
            return value;
        };
        value["created_at"] = json!(user.created.rest());
        value["bio"] = json!("");
        value["location"] = Value::Null;
        value["linkedin"] = json!("");
        value["twitter"] = json!("");
        value["discord"] = json!("");
        value["website_url"] = json!("");
        value["github"] = json!("");
        value["job_title"] = json!("");
        value["pronouns"] = Value::Null;
        value["organization"] = Value::Null;
        value["bot"] = json!(user.bot);
        value["work_information"] = Value::Null;
        value["local_time"] = Value::Null;
        value
    }
}
