//! Of the instance: its OAuth applications, and the managers of its runners.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use serde_json::{Value, json};

use super::thing::{Kind, Thing};
use super::view::{View, instance};
use crate::app::App;
use crate::resources::runners::{contacted, find};
use crate::rest::error::ApiError;
use crate::rest::page::Paging;

const APPLICATION: Kind = Kind {
    name: "application",
    every: 9,
    most: 8,
    changes: 0,
    stays: 80,
};

/// Routes below `/api/v4`.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(
            "/applications",
            get(instance(|view, paging| {
                view.list(paging, &APPLICATION, |thing| application(view, thing))
            })),
        )
        .route("/runners/{id}/managers", get(managers))
}

/// Application, without its secret, which GitLab shows once only.
fn application(view: &View<'_>, thing: &Thing) -> Value {
    let mut dice = thing.dice.of("application");
    json!({
        "id": thing.id,
        "application_id": dice.hex(64),
        "application_name": format!("dashboard {}", thing.index + 1),
        "callback_url": format!("{}/callback/{}", view.app.url, thing.index + 1),
        "confidential": true,
        "scopes": ["read_api"],
    })
}

/// One manager a runner.
async fn managers(
    State(app): State<App>,
    Path(id): Path<String>,
    paging: Paging,
) -> Result<Response, ApiError> {
    let moment = app.moment();
    let row = find(&moment, &id)?;
    let runner = &moment.runners[row];
    paging.respond(&[row], |row| {
        json!({
            "id": runner.id,
            "system_id": format!("s_{:012x}", runner.id),
            "version": runner.version,
            "revision": "bda84871",
            "platform": "linux",
            "architecture": "amd64",
            "created_at": runner.created.rest(),
            "contacted_at": contacted(&moment, *row).rest(),
            "ip_address": null,
            "status": if runner.online { "online" } else { "offline" },
            "job_execution_status": "idle",
        })
    })
}
