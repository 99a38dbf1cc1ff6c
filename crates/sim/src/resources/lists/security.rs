//! Vulnerabilities of projects.

use axum::Router;
use axum::routing::get;
use serde_json::{Value, json};

use super::thing::{Kind, Thing};
use super::view::{View, project};
use crate::app::App;
use crate::config::Tier;

const VULNERABILITY: Kind = Kind {
    name: "vulnerability",
    every: 5,
    most: 2_000,
    changes: 6,
    stays: 0,
};

/// Routes below `/api/v4`.
pub(super) fn routes() -> Router<App> {
    Router::new().route(
        "/projects/{id}/vulnerabilities",
        get(project(|view, paging| {
            view.needs(Tier::Ultimate)?;
            view.list(paging, &VULNERABILITY, |thing| render(view, thing))
        })),
    )
}

/// Vulnerability: detected, then confirmed or dismissed, in the end resolved.
fn render(view: &View<'_>, thing: &Thing) -> Value {
    let mut dice = thing.dice.of("vulnerability");
    let (project, author) = (view.project(), view.person(dice.next()));
    let title = dice.pick(&[
        "SQL injection in search",
        "Outdated TLS library",
        "Token in source code",
        "Cross-site scripting in comments",
    ]);
    let state = match thing.revision {
        0 | 1 => "detected",
        2..=4 if dice.chance(0.3) => "dismissed",
        2..=4 => "confirmed",
        _ => "resolved",
    };
    let at = |wanted: &str| (state == wanted).then(|| thing.updated.rest());
    json!({
        "id": thing.id,
        "title": title,
        "description": format!("{title}, found by a scan of the default branch."),
        "state": state,
        "severity": dice.pick(&["critical", "high", "medium", "low"]),
        "confidence": "unknown",
        "report_type": dice.pick(&["sast", "dependency_scanning", "secret_detection"]),
        "project": { "id": project.id, "name": project.name, "full_path": project.full_path },
        "author_id": author["id"],
        "resolved_on_default_branch": state == "resolved",
        "project_default_branch": project.default_branch,
        "created_at": thing.created.rest(),
        "updated_at": thing.updated.rest(),
        "detected_at": thing.created.rest(),
        "confirmed_at": at("confirmed"),
        "dismissed_at": at("dismissed"),
        "resolved_at": at("resolved"),
    })
}
