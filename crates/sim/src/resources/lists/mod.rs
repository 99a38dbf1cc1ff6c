//! The many small lists: what belongs to issues and merge requests, settings, packages, wikis, tokens and the like.
//!
//! Most are a [`thing::Kind`] and a function that writes one as JSON; [`view`] makes handlers of such functions.
//! Lists that GitLab sells answer 403 or 404 below their tier (`SimConfig::tier`).

mod access;
mod audit;
mod awards;
mod badges;
mod boards;
mod code;
mod content;
mod delivery;
mod dora;
mod epics;
mod events;
mod hooks;
mod instance;
mod issue;
mod links;
mod merge_request;
mod packages;
mod people;
mod project;
mod registry;
mod resource_events;
mod security;
mod statuses;
mod thing;
mod variables;
mod view;

use axum::Router;

use crate::app::App;

pub(super) use thing::Kind;

/// Routes below `/api/v4`.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .merge(access::routes())
        .merge(audit::routes())
        .merge(awards::routes())
        .merge(badges::routes())
        .merge(boards::routes())
        .merge(code::routes())
        .merge(content::routes())
        .merge(delivery::routes())
        .merge(dora::routes())
        .merge(epics::routes())
        .merge(events::routes())
        .merge(hooks::routes())
        .merge(instance::routes())
        .merge(issue::routes())
        .merge(links::routes())
        .merge(merge_request::routes())
        .merge(packages::routes())
        .merge(people::routes())
        .merge(project::routes())
        .merge(registry::routes())
        .merge(resource_events::routes())
        .merge(security::routes())
        .merge(statuses::routes())
        .merge(variables::routes())
}
