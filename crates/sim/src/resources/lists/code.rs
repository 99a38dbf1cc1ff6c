//! Protected branches and tags.

use axum::Router;
use axum::routing::get;
use serde_json::{Value, json};

use super::thing::{Kind, Thing};
use super::view::{Answer, View, project};
use crate::app::App;
use crate::rest::page::Paging;

/// Beside the default branch: branches of releases.
const BRANCH: Kind = Kind {
    name: "protected branch",
    every: 14,
    most: 12,
    changes: 20,
    stays: 70,
};

/// Routes below `/api/v4`.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/projects/{id}/protected_branches", get(project(branches)))
        .route("/projects/{id}/protected_tags", get(project(tags)))
}

fn branches(view: &View<'_>, paging: &Paging) -> Answer {
    let mut rows: Vec<Option<Thing>> = vec![None];
    rows.extend(BRANCH.of(&view.place).into_iter().map(Some));
    paging.respond(&rows, |row| branch(view, row.as_ref()))
}

/// ProtectedBranch: the default branch, or one of a release.
fn branch(view: &View<'_>, thing: Option<&Thing>) -> Value {
    let id = thing.map_or(view.place.ordinal + 1, |thing| thing.id + (1 << 16));
    let name = thing.map_or_else(
        || view.project().default_branch.to_owned(),
        |thing| format!("release-{}", thing.index + 1),
    );
    json!({
        "id": id,
        "name": name,
        "push_access_levels": [access(id * 4, if thing.is_none() { 0 } else { 40 })],
        "merge_access_levels": [access(id * 4 + 1, 30)],
        "allow_force_push": thing.is_some_and(|thing| thing.revision % 2 == 1),
        "unprotect_access_levels": [],
        "code_owner_approval_required": false,
        "inherited": false,
    })
}

/// ProtectedTag.
fn tags(view: &View<'_>, paging: &Paging) -> Answer {
    paging.respond(
        &[view.place.ordinal + 1],
        |id| json!({ "name": "v*", "create_access_levels": [access(id * 4 + 2, 40)] }),
    )
}

/// ProtectedRefAccess.
fn access(id: u64, level: u64) -> Value {
    json!({
        "id": id,
        "access_level": level,
        "access_level_description": match level {
            0 => "No one",
            30 => "Developers + Maintainers",
            _ => "Maintainers",
        },
        "user_id": null,
        "group_id": null,
        "deploy_key_id": null,
    })
}
