//! Repositories of the container registry and their tags.

use axum::Router;
use axum::routing::get;
use serde_json::{Value, json};

use super::thing::{Kind, Thing};
use super::view::{Answer, View, of_project, project};
use crate::app::App;
use crate::resources::scene::number;
use crate::rest::error::ApiError;
use crate::rest::page::Paging;

const REPOSITORY: Kind = Kind {
    name: "registry repository",
    every: 9,
    most: 6,
    changes: 2,
    stays: 50,
};

/// Routes below `/api/v4`.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/projects/{id}/registry/repositories", get(project(list)))
        .route(
            "/projects/{id}/registry/repositories/{repository_id}/tags",
            get(of_project(tags)),
        )
}

fn list(view: &View<'_>, paging: &Paging) -> Answer {
    let counted = paging.params.flag("tags_count")?.unwrap_or(false);
    view.list(paging, &REPOSITORY, |thing| {
        let mut value = repository(view, thing);
        if counted {
            value["tags_count"] = json!(names(thing).len());
        }
        value
    })
}

fn path(view: &View<'_>, thing: &Thing) -> String {
    let name = ["app", "worker", "tools"][thing.index as usize % 3];
    format!("{}/{name}", view.project().full_path)
}

/// ContainerRegistry_Repository.
fn repository(view: &View<'_>, thing: &Thing) -> Value {
    let path = path(view, thing);
    json!({
        "id": thing.id,
        "name": path.rsplit('/').next(),
        "path": path,
        "project_id": view.project().id,
        "location": format!("registry.example.com/{path}"),
        "created_at": thing.created.rest(),
        "cleanup_policy_started_at": null,
        "status": null,
    })
}

/// Every change pushes a tag; only the newest five are kept.
fn names(thing: &Thing) -> Vec<String> {
    let oldest = thing.revision.saturating_sub(4);
    let mut names: Vec<String> = (oldest..=thing.revision)
        .map(|number| format!("build-{number}"))
        .collect();
    names.push("latest".to_owned());
    names
}

fn tags(view: &View<'_>, id: &str, paging: &Paging) -> Answer {
    let id = number(id)?;
    let mut repositories = REPOSITORY.of(&view.place).into_iter();
    let repository = repositories
        .find(|thing| thing.id == id)
        .ok_or_else(|| ApiError::not_found("Repository"))?;
    let path = path(view, &repository);
    paging.respond(&names(&repository), |name| {
        json!({
            "name": name,
            "path": format!("{path}:{name}"),
            "location": format!("registry.example.com/{path}:{name}"),
        })
    })
}
