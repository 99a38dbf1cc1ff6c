//! What answers, and who asks: `/version`, `/metadata`, `/user`, `/personal_access_tokens/self`.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::REVISION;
use crate::app::App;
use crate::auth::Caller;
use crate::world::DAY;

/// The routes of this file.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/version", get(version))
        .route("/metadata", get(metadata))
        .route("/user", get(user))
        .route("/personal_access_tokens/self", get(token))
}

async fn version(State(app): State<App>) -> Json<Value> {
    Json(json!({ "version": app.config.version, "revision": REVISION }))
}

async fn metadata(State(app): State<App>) -> Json<Value> {
    Json(json!({
        "version": app.config.version,
        "revision": REVISION,
        "kas": { "enabled": false, "externalUrl": null, "externalK8sProxyUrl": null, "version": null },
        "enterprise": app.config.version.ends_with("-ee"),
    }))
}

async fn user(State(app): State<App>) -> Json<Value> {
    let moment = app.moment();
    let mut user = app.user_basic(&moment, Some(0));
    user["created_at"] = moment.users[0].created.rest().into();
    user["bot"] = false.into();
    user["email"] = format!("{}@acme.example", moment.users[0].username).into();
    Json(user)
}

async fn token(State(app): State<App>, caller: Caller) -> Json<Value> {
    let moment = app.moment();
    let created = moment.origin.plus(-20 * DAY);
    Json(json!({
        "id": 4711,
        "name": "labtower",
        "description": null,
        "revoked": false,
        "created_at": created.rest(),
        "scopes": [if caller.writes { "api" } else { "read_api" }],
        "user_id": moment.users[0].id,
        "last_used_at": moment.now.rest(),
        "active": true,
        "expires_at": moment.now.plus(90 * DAY).day(),
    }))
}
