//! People who can see a project, who want to, and who are asked to.

use axum::Router;
use axum::routing::get;
use serde_json::{Value, json};

use super::thing::{Kind, Thing};
use super::view::{Answer, View, group, project};
use crate::app::App;
use crate::resources::members::{group_tree, inherited};
use crate::rest::page::Paging;

/// Answered after a few days: then it is gone.
const REQUEST: Kind = Kind {
    name: "access request",
    every: 5,
    most: 500,
    changes: 0,
    stays: 6,
};

/// Accepted, withdrawn or expired: then it is gone.
const INVITATION: Kind = Kind {
    name: "invitation",
    every: 6,
    most: 500,
    changes: 0,
    stays: 9,
};

/// Routes below `/api/v4`.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/projects/{id}/users", get(project(users)))
        .route("/groups/{id}/billable_members", get(group(billable)))
        .route("/projects/{id}/access_requests", get(project(requests)))
        .route("/groups/{id}/access_requests", get(group(requests)))
        .route("/projects/{id}/invitations", get(project(invitations)))
        .route("/groups/{id}/invitations", get(group(invitations)))
}

/// Members and those of the groups above.
fn users(view: &View<'_>, paging: &Paging) -> Answer {
    let rows = inherited(view.moment, view.index);
    paging.respond(&rows, |(user, _)| view.person(u64::from(*user)))
}

/// Groups at the top only.
fn billable(view: &View<'_>, paging: &Paging) -> Answer {
    view.needs(crate::config::Tier::Premium)?;
    if view.moment.groups[view.index as usize].parent.is_some() {
        return Err(crate::rest::error::ApiError::bad_request(
            "only available for top level groups",
        ));
    }
    let rows = group_tree(view.moment, view.index);
    paging.respond(&rows, |(user, _)| {
        let mut value = view.person(u64::from(*user));
        value["membership_state"] = json!("active");
        value
    })
}

/// One request a person: the newest.
fn requests(view: &View<'_>, paging: &Paging) -> Answer {
    let mut rows: Vec<(u64, Thing)> = REQUEST
        .of(&view.place)
        .into_iter()
        .map(|thing| (thing.dice.of("who").below(view.place.users), thing))
        .collect();
    rows.reverse();
    rows.sort_by_key(|(who, _)| *who);
    rows.dedup_by_key(|(who, _)| *who);
    paging.respond(&rows, |(who, thing)| {
        let mut value = view.person(*who);
        value["requested_at"] = json!(thing.created.rest());
        value
    })
}

fn invitations(view: &View<'_>, paging: &Paging) -> Answer {
    view.list(paging, &INVITATION, |thing| invitation(view, thing))
}

/// Invitation.
fn invitation(view: &View<'_>, thing: &Thing) -> Value {
    let mut dice = thing.dice.of("invitation");
    let by = view.person(dice.next());
    let level = [20, 30, 40][dice.below(3) as usize];
    json!({
        "access_level": level,
        "created_at": thing.created.rest(),
        "expires_at": null,
        "invite_email": format!("guest-{}@example.com", thing.id),
        "invite_token": dice.hex(20),
        "user_name": null,
        "created_by_name": by["name"],
    })
}
