//! `/__sim/*`: looking at the simulator and steering it; never limited, faulted or counted.

use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::app::App;
use crate::config::{Faults, Limits};

/// The admin routes.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route(
            "/__sim/requests",
            get(async |State(app): State<App>| Json(app.counter.all()))
                .delete(async |State(app): State<App>| app.reset_requests()),
        )
        .route(
            "/__sim/operations",
            get(async |State(app): State<App>| Json(app.operations.all())),
        )
        .route("/__sim/truth", get(truth))
        .route("/__sim/advance", post(advance))
        .route(
            "/__sim/freeze",
            post(async |State(app): State<App>| app.freeze()),
        )
        .route(
            "/__sim/faults",
            get(async |State(app): State<App>| Json(Faults::clone(&app.faults()))).put(faults),
        )
        .route("/__sim/limits", put(limits))
        .route("/__sim/move", post(move_project))
        .route(
            "/__sim/now",
            get(async |State(app): State<App>| Json(now(&app))),
        )
        .route(
            "/__sim/webhooks",
            get(async |State(app): State<App>| Json(app.webhooks.counts())),
        )
        .route(
            "/__sim/throttled",
            get(async |State(app): State<App>| {
                Json(json!({ "throttled": app.limiter.throttled() }))
            }),
        )
}

#[derive(Deserialize)]
struct Advance {
    seconds: f64,
}

async fn truth(State(app): State<App>) -> Json<Value> {
    Json(serde_json::to_value(app.truth()).unwrap_or_default())
}

async fn advance(
    State(app): State<App>,
    Query(by): Query<Advance>,
) -> Result<Json<Value>, StatusCode> {
    let by = Duration::try_from_secs_f64(by.seconds).map_err(|_| StatusCode::BAD_REQUEST)?;
    app.advance(by);
    Ok(Json(now(&app)))
}

/// Takes a set of faults, or the name of one as a JSON string.
async fn faults(
    State(app): State<App>,
    Json(faults): Json<Value>,
) -> Result<Json<Faults>, (StatusCode, String)> {
    let faults = match faults.as_str() {
        Some(name) => Faults::scenario(name)
            .ok_or((StatusCode::BAD_REQUEST, format!("no scenario `{name}`")))?,
        None => serde_json::from_value(faults)
            .map_err(|error| (StatusCode::BAD_REQUEST, error.to_string()))?,
    };
    app.set_faults(faults.clone());
    Ok(Json(faults))
}

#[derive(Deserialize)]
struct Move {
    project: u64,
    to: String,
}

async fn move_project(State(app): State<App>, Query(by): Query<Move>) -> StatusCode {
    if app.move_project(by.project, &by.to) {
        StatusCode::NO_CONTENT
    } else {
        StatusCode::NOT_FOUND
    }
}

async fn limits(State(app): State<App>, Json(limits): Json<Limits>) {
    app.limiter.set(limits);
}

fn now(app: &App) -> Value {
    json!({ "now": app.now().rest() })
}
