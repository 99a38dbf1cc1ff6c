//! Audit events of projects, groups and the instance.

use axum::Router;
use axum::routing::get;
use serde_json::{Value, json};

use super::thing::{Kind, Thing};
use super::view::{Answer, View, group, instance, project};
use crate::app::App;
use crate::config::Tier;
use crate::resources::keyset::{Key, respond_keyset};
use crate::resources::order::Window;
use crate::rest::page::Paging;

const AUDIT_EVENT: Kind = Kind {
    name: "audit event",
    every: 1,
    most: 100_000,
    changes: 0,
    stays: 0,
};

/// Routes below `/api/v4`.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(
            "/projects/{id}/audit_events",
            get(project(|view, paging| {
                let project = view.project();
                list(view, paging, "Project", project.id, &project.full_path)
            })),
        )
        .route(
            "/groups/{id}/audit_events",
            get(group(|view, paging| {
                let group = &view.moment.groups[view.index as usize];
                list(view, paging, "Group", group.id, &group.full_path)
            })),
        )
        .route(
            "/audit_events",
            get(instance(|view, paging| {
                list(view, paging, "Gitlab::Audit::InstanceScope", 1, "")
            })),
        )
}

/// Newest first, always.
fn list(view: &View<'_>, paging: &Paging, kind: &str, id: u64, path: &str) -> Answer {
    view.needs(Tier::Premium)?;
    let window = Window::of(&paging.params)?;
    let mut rows = AUDIT_EVENT.of(&view.place);
    rows.retain(|event| window.holds(event.created, event.updated));
    rows.reverse();
    let show = |event: &Thing| render(view, event, kind, id, path);
    if paging.is_keyset() {
        let key = |event: &Thing| Key {
            column: "id",
            value: String::new(),
            id: event.id,
        };
        return respond_keyset(paging, &rows, key, show);
    }
    paging.respond(&rows, show)
}

/// AuditEvent.
fn render(view: &View<'_>, event: &Thing, kind: &str, id: u64, path: &str) -> Value {
    let mut dice = event.dice.of("audit event");
    let (name, change) = [
        ("project_setting_updated", "merge method"),
        ("member_updated", "access level"),
        ("deploy_token_created", "deploy token"),
        ("protected_branch_updated", "allow force push"),
    ][dice.below(4) as usize];
    let author = view.person(dice.next());
    json!({
        "id": event.id,
        "author_id": author["id"],
        "entity_id": id,
        "entity_type": kind,
        "event_name": name,
        "details": {
            "change": change,
            "author_name": author["name"],
            "author_class": "User",
            "target_id": id,
            "target_type": kind,
            "target_details": path,
            "ip_address": "192.0.2.7",
            "entity_path": path,
        },
        "created_at": event.created.rest(),
    })
}
