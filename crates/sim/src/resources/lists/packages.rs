//! Packages and their files.

use axum::Router;
use axum::routing::get;
use serde_json::{Value, json};

use super::thing::{Kind, Thing};
use super::view::{Answer, View, of_project, project};
use crate::app::App;
use crate::resources::order::sort_by;
use crate::resources::scene::number;
use crate::rest::error::ApiError;
use crate::rest::page::Paging;

/// Cleaned up after about two months.
const PACKAGE: Kind = Kind {
    name: "package",
    every: 2,
    most: 20_000,
    changes: 5,
    stays: 60,
};

/// Routes below `/api/v4`.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/projects/{id}/packages", get(project(list)))
        .route(
            "/projects/{id}/packages/{package_id}/package_files",
            get(of_project(files)),
        )
}

fn list(view: &View<'_>, paging: &Paging) -> Answer {
    let params = &paging.params;
    let order = params.one_of(
        "order_by",
        &["created_at", "name", "version", "type"],
        "created_at",
    )?;
    let ascending = params.ascending("asc")?;
    let (kind, name) = (params.get("package_type"), params.get("package_name"));
    let mut rows = PACKAGE.of(&view.place);
    rows.retain(|thing| {
        kind.is_none_or(|kind| type_of(view) == kind)
            && name.is_none_or(|name| name_of(view, thing).contains(name))
    });
    match order {
        "name" => sort_by(&mut rows, ascending, |thing| {
            (name_of(view, thing), thing.id)
        }),
        // Versions ascend with time.
        _ => sort_by(&mut rows, ascending, |thing| (thing.created, thing.id)),
    }
    paging.respond(&rows, |thing| package(view, thing))
}

fn type_of(view: &View<'_>) -> &'static str {
    ["generic", "npm", "maven", "pypi"][view.place.dice.of("package type").below(4) as usize]
}

fn name_of(view: &View<'_>, thing: &Thing) -> String {
    let part = thing.dice.of("part").below(2);
    let path = &view.project().path;
    if part == 0 {
        path.clone()
    } else {
        format!("{path}-client")
    }
}

/// Package, downloaded now and then.
fn package(view: &View<'_>, thing: &Thing) -> Value {
    let project = view.project();
    json!({
        "id": thing.id,
        "name": name_of(view, thing),
        "version": format!("1.{}.{}", thing.index / 10, thing.index % 10),
        "package_type": type_of(view),
        "status": "default",
        "_links": { "web_path": format!("/{}/-/packages/{}", project.full_path, thing.id) },
        "created_at": thing.created.rest(),
        "last_downloaded_at": (thing.revision > 0).then(|| thing.updated.rest()),
        "creator_id": view.person(thing.dice.of("creator").next())["id"],
        "project_id": project.id,
        "project_path": project.full_path,
        "tags": [],
    })
}

/// Files of one package have ids of their own range.
const PER_PACKAGE: u64 = 4;

fn files(view: &View<'_>, id: &str, paging: &Paging) -> Answer {
    let id = number(id)?;
    let mut packages = PACKAGE.of(&view.place).into_iter();
    let package = packages
        .find(|thing| thing.id == id)
        .ok_or_else(|| ApiError::not_found("Package"))?;
    let rows: Vec<u64> = (0..=package.dice.of("files").below(PER_PACKAGE - 1)).collect();
    paging.respond(&rows, |number| {
        let mut dice = package.dice.of("file").at(*number);
        json!({
            "id": package.id * PER_PACKAGE + number,
            "package_id": package.id,
            "created_at": package.created.rest(),
            "file_name": format!("{}-{number}.tar.gz", view.project().path),
            "size": dice.between(1_000, 80_000_000),
            "file_md5": dice.hex(32),
            "file_sha1": dice.hex(40),
            "file_sha256": dice.hex(64),
            "pipelines": [],
        })
    })
}
