//! Variables of pipelines, projects, groups and the instance. Their values are made up, but shown as GitLab does.

use axum::Router;
use axum::routing::get;
use serde_json::{Value, json};

use super::thing::{Kind, Thing};
use super::view::{Answer, View, group, instance, of_project, project};
use crate::app::App;
use crate::rest::page::Paging;

const VARIABLE: Kind = Kind {
    name: "variable",
    every: 6,
    most: 40,
    changes: 12,
    stays: 70,
};

/// Routes below `/api/v4`.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/projects/{id}/variables", get(project(list)))
        .route("/groups/{id}/variables", get(group(list)))
        .route("/admin/ci/variables", get(instance(list)))
        .route(
            "/projects/{id}/pipelines/{pipeline_id}/variables",
            get(of_project(of_pipeline)),
        )
}

fn list(view: &View<'_>, paging: &Paging) -> Answer {
    view.list(paging, &VARIABLE, variable)
}

/// Ci_Variable, with another value at every change.
fn variable(thing: &Thing) -> Value {
    let mut dice = thing.dice.of("value").at(thing.revision);
    json!({
        "variable_type": "env_var",
        "key": format!("SETTING_{}", thing.index + 1),
        "value": dice.hex(16),
        "hidden": false,
        "protected": thing.index.is_multiple_of(2),
        "masked": true,
        "raw": false,
        "environment_scope": "*",
        "description": null,
    })
}

/// Scheduled and triggered pipelines have some; here every third does.
fn of_pipeline(view: &View<'_>, id: &str, paging: &Paging) -> Answer {
    let row = view.app.pipeline(view.moment, view.index, id)?;
    let rows: &[u32] = if row % 3 == 0 { &[row] } else { &[] };
    paging.respond(rows, |_| {
        json!({ "variable_type": "env_var", "key": "DEPLOY_TARGET", "value": "blue", "raw": false })
    })
}
