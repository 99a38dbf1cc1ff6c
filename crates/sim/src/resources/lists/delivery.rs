//! What steers deployments: feature flags, freeze periods, resource groups, domains, protected environments.

use axum::Router;
use axum::routing::get;
use serde_json::{Value, json};

use super::thing::{Kind, Thing};
use super::view::{Answer, View, project};
use crate::app::App;
use crate::config::Tier;
use crate::resources::rollout::{deployments, environments};
use crate::rest::page::Paging;
use crate::world::DAY;

/// Removed once everyone has the feature.
const FLAG: Kind = Kind {
    name: "feature flag",
    every: 4,
    most: 2_000,
    changes: 3,
    stays: 25,
};

const USER_LIST: Kind = Kind {
    name: "user list",
    every: 15,
    most: 5,
    changes: 4,
    stays: 0,
};

const FREEZE: Kind = Kind {
    name: "freeze period",
    every: 12,
    most: 4,
    changes: 10,
    stays: 40,
};

const DOMAIN: Kind = Kind {
    name: "pages domain",
    every: 16,
    most: 3,
    changes: 8,
    stays: 0,
};

const RESOURCE_GROUP: Kind = Kind {
    name: "resource group",
    every: 8,
    most: 3,
    changes: 12,
    stays: 0,
};

/// Routes below `/api/v4`.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(
            "/projects/{id}/feature_flags",
            get(project(|view, paging| view.list(paging, &FLAG, flag))),
        )
        .route(
            "/projects/{id}/feature_flags_user_lists",
            get(project(|view, paging| {
                view.list(paging, &USER_LIST, |thing| user_list(view, thing))
            })),
        )
        .route(
            "/projects/{id}/freeze_periods",
            get(project(|view, paging| {
                view.list(paging, &FREEZE, freeze_period)
            })),
        )
        .route(
            "/projects/{id}/pages/domains",
            get(project(|view, paging| {
                view.list(paging, &DOMAIN, |thing| domain(view, thing))
            })),
        )
        .route(
            "/projects/{id}/resource_groups",
            get(project(|view, paging| {
                view.list(paging, &RESOURCE_GROUP, resource_group)
            })),
        )
        .route(
            "/projects/{id}/protected_environments",
            get(project(protected)),
        )
}

/// FeatureFlag, for ever more users.
fn flag(thing: &Thing) -> Value {
    json!({
        "name": format!("feature_{}", thing.index + 1),
        "description": "Rolled out step by step",
        "active": thing.revision > 0,
        "version": "new_version_flag",
        "created_at": thing.created.rest(),
        "updated_at": thing.updated.rest(),
        "scopes": [],
        "strategies": [{
            "id": thing.id,
            "name": "gradualRolloutUserId",
            "parameters": { "groupId": "default", "percentage": (thing.revision * 11).to_string() },
            "scopes": [{ "id": thing.id, "environment_scope": "*" }],
            "user_list": null,
        }],
    })
}

/// FeatureFlag_UserList.
fn user_list(view: &View<'_>, thing: &Thing) -> Value {
    let users: Vec<String> = (0..=thing.revision)
        .map(|user| format!("user{user}"))
        .collect();
    let project = view.project();
    let path = format!(
        "/{}/-/feature_flags_user_lists/{}",
        project.full_path,
        thing.index + 1
    );
    json!({
        "id": thing.id,
        "iid": thing.index + 1,
        "project_id": project.id,
        "name": format!("beta {}", thing.index + 1),
        "user_xids": users.join(","),
        "created_at": thing.created.rest(),
        "updated_at": thing.updated.rest(),
        "edit_path": format!("{path}/edit"),
        "path": path,
    })
}

/// FreezePeriod: from a Friday on.
fn freeze_period(thing: &Thing) -> Value {
    json!({
        "id": thing.id,
        "freeze_start": format!("0 {} * * 5", 16 + thing.revision % 8),
        "freeze_end": "0 8 * * 1",
        "cron_timezone": "UTC",
        "created_at": thing.created.rest(),
        "updated_at": thing.updated.rest(),
    })
}

/// PagesDomain, whose verification is renewed.
fn domain(view: &View<'_>, thing: &Thing) -> Value {
    let mut dice = thing.dice.of("domain");
    let name = format!(
        "docs{}.{}.example.com",
        thing.index + 1,
        view.project().path
    );
    json!({
        "domain": name,
        "url": format!("https://{name}"),
        "verified": thing.revision > 0,
        "verification_code": dice.hex(32),
        "enabled_until": (thing.revision > 0).then(|| thing.updated.plus(7 * DAY).rest()),
        "auto_ssl_enabled": true,
    })
}

/// Ci_ResourceGroup.
fn resource_group(thing: &Thing) -> Value {
    let keys = ["production", "staging", "load-test"];
    let modes = ["unordered", "oldest_first", "newest_first"];
    json!({
        "id": thing.id,
        "key": keys[thing.index as usize % 3],
        "process_mode": modes[thing.revision as usize % 3],
        "created_at": thing.created.rest(),
        "updated_at": thing.updated.rest(),
    })
}

/// ProtectedEnvironment: production, if there is one.
fn protected(view: &View<'_>, paging: &Paging) -> Answer {
    view.exists_from(Tier::Premium)?;
    let mut rows = environments(&deployments(view.moment, view.index));
    rows.retain(|environment| environment.name == "production");
    paging.respond(&rows, |environment| {
        json!({
            "name": environment.name,
            "deploy_access_levels": [{
                "id": view.place.ordinal + 1,
                "access_level": 40,
                "access_level_description": "Maintainers",
                "user_id": null,
                "group_id": null,
                "group_inheritance_type": 0,
            }],
            "required_approval_count": 0,
            "approval_rules": [],
        })
    })
}
