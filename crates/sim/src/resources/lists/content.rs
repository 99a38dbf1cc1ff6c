//! Wikis and snippets.

use axum::Router;
use axum::routing::get;
use serde_json::{Value, json};

use super::thing::{Kind, Thing};
use super::view::{Answer, View, group, instance, project};
use crate::app::App;
use crate::config::Tier;
use crate::resources::scene::{project_place, visible_projects};
use crate::rest::page::Paging;

const SNIPPET: Kind = Kind {
    name: "snippet",
    every: 6,
    most: 500,
    changes: 9,
    stays: 80,
};

const PAGE: Kind = Kind {
    name: "wiki page",
    every: 5,
    most: 200,
    changes: 4,
    stays: 90,
};

/// Routes below `/api/v4`.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/projects/{id}/snippets", get(project(snippets)))
        .route("/snippets/all", get(instance(all_snippets)))
        .route("/projects/{id}/wikis", get(project(pages)))
        .route(
            "/groups/{id}/wikis",
            get(group(|view, paging| {
                view.exists_from(Tier::Premium)?;
                pages(view, paging)
            })),
        )
}

/// Newest first.
fn snippets(view: &View<'_>, paging: &Paging) -> Answer {
    let mut rows = SNIPPET.of(&view.place);
    rows.reverse();
    paging.respond(&rows, |thing| snippet(view, view.index, thing))
}

fn all_snippets(view: &View<'_>, paging: &Paging) -> Answer {
    let projects = visible_projects(view.app, view.moment, None).into_iter();
    let mut rows: Vec<(u32, Thing)> = projects
        .flat_map(|project| {
            let things = SNIPPET.of(&project_place(view.moment, project));
            things.into_iter().map(move |thing| (project, thing))
        })
        .collect();
    rows.sort_by_key(|(_, thing)| std::cmp::Reverse(thing.id));
    paging.respond(&rows, |(project, thing)| snippet(view, *project, thing))
}

/// ProjectSnippet.
fn snippet(view: &View<'_>, project: u32, thing: &Thing) -> Value {
    let project = &view.moment.projects[project as usize];
    let base = format!("{}/-/snippets/{}", view.app.project_url(project), thing.id);
    let name = format!("notes-{}.md", thing.index + 1);
    json!({
        "id": thing.id,
        "title": format!("Notes {}", thing.index + 1),
        "description": (thing.revision > 0).then(|| format!("Edited {} times", thing.revision)),
        "visibility": "internal",
        "author": view.person(thing.dice.of("author").next()),
        "created_at": thing.created.rest(),
        "updated_at": thing.updated.rest(),
        "project_id": project.id,
        "web_url": base,
        "raw_url": format!("{base}/raw"),
        "file_name": name,
        "files": [{ "path": name, "raw_url": format!("{base}/raw/main/{name}") }],
        "imported": false,
        "imported_from": "none",
    })
}

fn pages(view: &View<'_>, paging: &Paging) -> Answer {
    let with_content = paging.params.flag("with_content")?.unwrap_or(false);
    view.list(paging, &PAGE, |thing| page(thing, with_content))
}

/// WikiPage.
fn page(thing: &Thing, with_content: bool) -> Value {
    let topics = ["Runbook", "Einführung", "Decisions", "Releases"];
    let topic = topics[thing.index as usize % 4];
    let mut value = json!({
        "format": "markdown",
        "slug": format!("{topic}-{}", thing.index + 1),
        "title": format!("{topic} {}", thing.index + 1),
        "wiki_page_meta_id": thing.id,
    });
    if with_content {
        value["content"] = json!(format!("# {topic}\n\nVersion {}.", thing.revision + 1));
        value["encoding"] = json!("UTF-8");
        value["front_matter"] = json!({});
    }
    value
}
