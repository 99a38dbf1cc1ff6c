//! Badges of projects and groups, and files that people uploaded into descriptions.

use axum::Router;
use axum::routing::get;
use serde_json::{Value, json};

use super::thing::{Kind, Thing};
use super::view::{View, group, project};
use crate::app::App;

const BADGE: Kind = Kind {
    name: "badge",
    every: 11,
    most: 3,
    changes: 0,
    stays: 0,
};

const UPLOAD: Kind = Kind {
    name: "upload",
    every: 4,
    most: 400,
    changes: 0,
    stays: 60,
};

/// Routes below `/api/v4`.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(
            "/projects/{id}/badges",
            get(project(|view, paging| {
                view.list(paging, &BADGE, |thing| badge(view, thing, "project"))
            })),
        )
        .route(
            "/groups/{id}/badges",
            get(group(|view, paging| {
                view.list(paging, &BADGE, |thing| badge(view, thing, "group"))
            })),
        )
        .route(
            "/projects/{id}/uploads",
            get(project(|view, paging| {
                view.list(paging, &UPLOAD, |thing| upload(view, thing))
            })),
        )
        .route(
            "/groups/{id}/uploads",
            get(group(|view, paging| {
                view.list(paging, &UPLOAD, |thing| upload(view, thing))
            })),
        )
}

/// Badge.
fn badge(view: &View<'_>, thing: &Thing, kind: &str) -> Value {
    let name = ["pipeline", "coverage", "release"][thing.index as usize % 3];
    let image = format!("{}/badges/{name}.svg", view.app.url);
    json!({
        "name": name,
        "link_url": format!("{}/%{{project_path}}", view.app.url),
        "image_url": image,
        "rendered_link_url": format!("{}/acme", view.app.url),
        "rendered_image_url": image,
        "id": thing.id,
        "kind": kind,
    })
}

/// MarkdownUploadAdmin.
fn upload(view: &View<'_>, thing: &Thing) -> Value {
    let mut dice = thing.dice.of("upload");
    let by = view.person(dice.next());
    let name = dice.pick(&["screenshot", "trace", "diagram", "Übersicht"]);
    json!({
        "id": thing.id,
        "size": dice.between(2_000, 4_000_000),
        "filename": format!("{name}-{}.png", thing.index + 1),
        "created_at": thing.created.rest(),
        "uploaded_by": { "id": by["id"], "username": by["username"], "name": by["name"] },
    })
}
