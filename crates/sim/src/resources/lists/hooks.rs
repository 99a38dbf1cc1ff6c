//! Hooks of projects, groups and the instance: a few that were always there, and those that callers make.

use std::collections::HashMap;
use std::future::{Ready, ready};

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, put};
use axum::{Json, Router};
use serde_json::{Map, Value, json};

use super::thing::{Kind, Thing};
use super::view::Answer;
use crate::app::{App, Simulation};
use crate::auth::Caller;
use crate::config::Tier;
use crate::resources::scene::{group_place, instance_place, number, project_place};
use crate::resources::webhooks::{Hook, Owner, Settings, delivery};
use crate::rest::error::ApiError;
use crate::rest::page::Paging;
use crate::world::Moment;

/// Hooks of other programs, with addresses that hold a token as those of many services do.
const CHAT: Kind = Kind {
    name: "hook",
    every: 12,
    most: 5,
    changes: 14,
    stays: 60,
};

/// The parts of a path that have names.
type Names = HashMap<String, String>;

/// What a caller sends about a hook.
type Wanted = Json<Map<String, Value>>;

/// Whose hooks a route is about.
#[derive(Debug, Clone, Copy)]
enum Whose {
    Project,
    Group,
    Instance,
}

/// Routes below `/api/v4`.
pub(super) fn routes() -> Router<App> {
    use Whose::{Group, Instance, Project};
    let written = |whose| put(change(whose)).delete(remove(whose));
    Router::new()
        .route(
            "/projects/{id}/hooks",
            get(list(Project)).post(make(Project)),
        )
        .route("/groups/{id}/hooks", get(list(Group)).post(make(Group)))
        .route("/hooks", get(list(Instance)).post(make(Instance)))
        .route(
            "/projects/{id}/hooks/{hook_id}/events",
            get(events(Project)),
        )
        .route("/groups/{id}/hooks/{hook_id}/events", get(events(Group)))
        .route(
            "/projects/{id}/hooks/{hook_id}",
            get(one(Project)).merge(written(Project)),
        )
        .route(
            "/groups/{id}/hooks/{hook_id}",
            get(one(Group)).merge(written(Group)),
        )
        .route(
            "/hooks/{hook_id}",
            get(one(Instance)).merge(written(Instance)),
        )
}

impl Whose {
    /// Whom the path names, if the caller may see their hooks.
    fn owner(
        self,
        app: &Simulation,
        moment: &Moment<'_>,
        names: &Names,
    ) -> Result<Owner, ApiError> {
        let id = names.get("id").map_or("", String::as_str);
        match self {
            Self::Project => Ok(Owner::Project(app.project(moment, id)?)),
            Self::Group => {
                let group = app.group(moment, id)?;
                if app.config.tier < Tier::Premium {
                    return Err(ApiError::forbidden());
                }
                Ok(Owner::Group(group))
            }
            Self::Instance if app.config.admin => Ok(Owner::Instance),
            Self::Instance => Err(ApiError::forbidden()),
        }
    }
}

/// All hooks of an owner, oldest first.
fn hooks(app: &Simulation, moment: &Moment<'_>, owner: Owner) -> Vec<Hook> {
    let place = match owner {
        Owner::Project(project) => project_place(moment, project),
        Owner::Group(group) => group_place(moment, group),
        Owner::Instance => instance_place(moment),
    };
    let chat = CHAT.of(&place).into_iter();
    let chat = chat.filter_map(|thing| of_a_chat(owner, &thing));
    chat.chain(app.webhooks.of(owner)).collect()
}

/// A hook that was always there.
fn of_a_chat(owner: Owner, thing: &Thing) -> Option<Hook> {
    let mut dice = thing.dice.of("hook");
    let wanted = json!({
        "url": format!("https://hooks.example.com/{}?token={}", dice.hex(24), dice.hex(16)),
        "name": format!("Chat {}", thing.index + 1),
        "token": dice.hex(16),
        "push_events": thing.revision.is_multiple_of(2),
        "merge_requests_events": true,
        "issues_events": true,
        "pipeline_events": true,
    });
    let settings = Settings::new(owner, wanted.as_object()?).ok()?;
    let mut hook = Hook::new(thing.id, owner, thing.created, settings);
    let answer = (StatusCode::OK, "OK".to_owned());
    let event = json!({ "object_kind": "push" });
    let sent = delivery(
        thing.id,
        &hook.settings.url,
        "push_hooks",
        &[],
        &event,
        Some(&answer),
        120,
    );
    hook.deliveries.push_front(sent);
    Some(hook)
}

fn find(
    app: &Simulation,
    moment: &Moment<'_>,
    owner: Owner,
    names: &Names,
) -> Result<Hook, ApiError> {
    let id = number(names.get("hook_id").map_or("", String::as_str))?;
    let mut hooks = hooks(app, moment, owner).into_iter();
    hooks
        .find(|hook| hook.id == id)
        .ok_or_else(|| ApiError::not_found(""))
}

fn list(
    whose: Whose,
) -> impl Fn(State<App>, Path<Names>, Paging) -> Ready<Answer> + Clone + Send + Sync + 'static {
    move |State(app), Path(names), paging| {
        let moment = app.moment();
        let owner = whose.owner(&app, &moment, &names);
        let shown = owner.and_then(|owner| {
            paging.respond(&hooks(&app, &moment, owner), |hook| hook.render(&moment))
        });
        ready(shown)
    }
}

fn one(
    whose: Whose,
) -> impl Fn(State<App>, Path<Names>) -> Ready<Answer> + Clone + Send + Sync + 'static {
    move |State(app), Path(names)| {
        let moment = app.moment();
        let owner = whose.owner(&app, &moment, &names);
        let found = owner.and_then(|owner| find(&app, &moment, owner, &names));
        ready(found.map(|hook| Json(hook.render(&moment)).into_response()))
    }
}

/// The newest deliveries first.
fn events(
    whose: Whose,
) -> impl Fn(State<App>, Path<Names>, Paging) -> Ready<Answer> + Clone + Send + Sync + 'static {
    move |State(app), Path(names), paging| {
        let moment = app.moment();
        let owner = whose.owner(&app, &moment, &names);
        let found = owner.and_then(|owner| find(&app, &moment, owner, &names));
        ready(found.and_then(|hook| {
            let sent: Vec<Value> = hook.deliveries.into_iter().collect();
            paging.respond(&sent, Value::clone)
        }))
    }
}

fn make(
    whose: Whose,
) -> impl Fn(State<App>, Path<Names>, Caller, Wanted) -> Ready<Answer> + Clone + Send + Sync + 'static
{
    move |State(app), Path(names), caller, Json(wanted)| {
        ready(made(&app, whose, &names, caller, &wanted))
    }
}

fn made(
    app: &App,
    whose: Whose,
    names: &Names,
    caller: Caller,
    wanted: &Map<String, Value>,
) -> Answer {
    let moment = app.moment();
    caller.must_write()?;
    let owner = whose.owner(app, &moment, names)?;
    let settings = Settings::new(owner, wanted)?;
    let hook = app.webhooks.add(&moment, owner, settings);
    Ok((StatusCode::CREATED, Json(hook.render(&moment))).into_response())
}

fn change(
    whose: Whose,
) -> impl Fn(State<App>, Path<Names>, Caller, Wanted) -> Ready<Answer> + Clone + Send + Sync + 'static
{
    move |State(app), Path(names), caller, Json(wanted)| {
        ready(changed(&app, whose, &names, caller, &wanted))
    }
}

fn changed(
    app: &App,
    whose: Whose,
    names: &Names,
    caller: Caller,
    wanted: &Map<String, Value>,
) -> Answer {
    let moment = app.moment();
    caller.must_write()?;
    let owner = whose.owner(app, &moment, names)?;
    let hook = find(app, &moment, owner, names)?;
    let changed = app
        .webhooks
        .change(hook.id, |settings| settings.change(wanted))?;
    // Those that were always there stay as they are.
    let hook = changed.ok_or_else(ApiError::forbidden)?;
    Ok(Json(hook.render(&moment)).into_response())
}

fn remove(
    whose: Whose,
) -> impl Fn(State<App>, Path<Names>, Caller) -> Ready<Answer> + Clone + Send + Sync + 'static {
    move |State(app), Path(names), caller| ready(removed(&app, whose, &names, caller))
}

fn removed(app: &App, whose: Whose, names: &Names, caller: Caller) -> Result<Response, ApiError> {
    let moment = app.moment();
    caller.must_write()?;
    let owner = whose.owner(app, &moment, names)?;
    let hook = find(app, &moment, owner, names)?;
    if !app.webhooks.remove(hook.id) {
        return Err(ApiError::forbidden());
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}
