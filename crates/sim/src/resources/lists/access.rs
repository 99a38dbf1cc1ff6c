//! Deploy tokens and keys, push rules.

use axum::Router;
use axum::routing::get;
use serde_json::{Value, json};

use super::thing::{Kind, Thing};
use super::view::{Answer, View, group, object, project};
use crate::app::App;
use crate::config::Tier;
use crate::rest::page::Paging;
use crate::world::{DAY, Time};

const TOKEN: Kind = Kind {
    name: "deploy token",
    every: 10,
    most: 60,
    changes: 0,
    stays: 70,
};

const KEY: Kind = Kind {
    name: "deploy key",
    every: 13,
    most: 40,
    changes: 2,
    stays: 80,
};

/// Routes below `/api/v4`.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/projects/{id}/deploy_tokens", get(project(tokens)))
        .route("/groups/{id}/deploy_tokens", get(group(tokens)))
        .route(
            "/projects/{id}/deploy_keys",
            get(project(|view, paging| view.list(paging, &KEY, key))),
        )
        .route("/projects/{id}/push_rule", get(project(push_rule)))
        .route("/groups/{id}/push_rule", get(group(push_rule)))
}

/// DeployToken: expired ones stay in the list until someone removes them.
fn tokens(view: &View<'_>, paging: &Paging) -> Answer {
    view.list(paging, &TOKEN, |thing| {
        let expires = thing.created.plus(30 * DAY);
        let expired = expires <= view.place.now;
        json!({
            "id": thing.id,
            "name": format!("puller {}", thing.index + 1),
            "username": format!("gitlab+deploy-token-{}", thing.id),
            "expires_at": expires.rest(),
            "scopes": ["read_repository", "read_registry"],
            "revoked": false,
            "expired": expired,
        })
    })
}

/// DeployKeysProject, used now and then.
fn key(thing: &Thing) -> Value {
    let mut dice = thing.dice.of("key");
    json!({
        "id": thing.id,
        "title": format!("server {}", thing.index + 1),
        "created_at": thing.created.rest(),
        "expires_at": null,
        "last_used_at": (thing.revision > 0).then(|| thing.updated.rest()),
        "key": format!("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5{}", dice.hex(44)),
        "usage_type": "auth_and_signing",
        "fingerprint": dice.hex(32),
        "fingerprint_sha256": format!("SHA256:{}", dice.hex(43)),
        "projects_with_write_access": [],
        "projects_with_readonly_access": [],
        "can_push": thing.index.is_multiple_of(3),
    })
}

fn push_rule(view: &View<'_>, _: &Paging) -> Answer {
    view.exists_from(Tier::Premium)?;
    let created: Time = view.place.begin;
    Ok(object(json!({
        "id": view.place.ordinal + 1,
        "created_at": created.rest(),
        "commit_message_regex": "",
        "commit_message_negative_regex": "",
        "branch_name_regex": "",
        "deny_delete_tag": view.place.dice.of("push rule").below(2) == 0,
        "member_check": false,
        "prevent_secrets": true,
        "author_email_regex": "@example\\.com$",
        "file_name_regex": "",
        "max_file_size": 100,
        "commit_committer_check": false,
        "reject_unsigned_commits": false,
    })))
}
