//! Issue boards and iterations.

use axum::Router;
use axum::routing::get;
use serde_json::{Value, json};

use super::thing::{Kind, Thing};
use super::view::{Answer, View, group, project};
use crate::app::App;
use crate::config::Tier;
use crate::resources::scene::{group_place, root_group};
use crate::rest::page::Paging;
use crate::world::{DAY, Time};

const BOARD: Kind = Kind {
    name: "board",
    every: 20,
    most: 3,
    changes: 15,
    stays: 0,
};

/// One a week.
const ITERATION: Kind = Kind {
    name: "iteration",
    every: 7,
    most: 10_000,
    changes: 0,
    stays: 0,
};

/// Routes below `/api/v4`.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/projects/{id}/boards", get(project(boards)))
        .route("/groups/{id}/boards", get(group(boards)))
        .route("/groups/{id}/iterations", get(group(iterations)))
}

fn boards(view: &View<'_>, paging: &Paging) -> Answer {
    view.list(paging, &BOARD, board)
}

/// Board, with one more list at every change.
fn board(thing: &Thing) -> Value {
    let names = ["Development", "Support", "Release"];
    let lists = (0..=thing.revision).map(|position| {
        json!({
            "id": thing.id * 100 + position,
            "label": { "id": position + 1, "name": format!("step {position}"), "color": "#428bca", "description": null },
            "position": position,
        })
    });
    json!({
        "id": thing.id,
        "name": names[thing.index as usize % 3],
        "hide_backlog_list": false,
        "hide_closed_list": false,
        "lists": lists.collect::<Vec<_>>(),
    })
}

fn iterations(view: &View<'_>, paging: &Paging) -> Answer {
    view.needs(Tier::Premium)?;
    let mut rows = ITERATION.of(&view.place);
    rows.reverse();
    paging.respond(&rows, |thing| iteration(view, view.index, thing))
}

/// The iteration of the project's root group that ran at a time.
pub(super) fn iteration_at(view: &View<'_>, at: Time) -> Option<Value> {
    let group = root_group(view.moment, view.project());
    let things = ITERATION.of(&group_place(view.moment, group));
    let thing = things
        .iter()
        .find(|thing| starts(thing) <= at && at < starts(thing).plus(7 * DAY))?;
    Some(iteration(view, group, thing))
}

/// It is made four weeks ahead.
fn starts(thing: &Thing) -> Time {
    thing.created.plus(28 * DAY)
}

/// Iteration: upcoming (1), current (2), closed (3).
fn iteration(view: &View<'_>, group: u32, thing: &Thing) -> Value {
    let start = starts(thing);
    let due = start.plus(6 * DAY);
    let (state, updated) = if view.place.now >= due.plus(DAY) {
        (3, due.plus(DAY))
    } else if view.place.now >= start {
        (2, start)
    } else {
        (1, thing.created)
    };
    let group = &view.moment.groups[group as usize];
    json!({
        "id": thing.id,
        "iid": thing.index + 1,
        "sequence": thing.index + 1,
        "group_id": group.id,
        "title": null,
        "description": null,
        "state": state,
        "created_at": thing.created.rest(),
        "updated_at": updated.rest(),
        "start_date": start.day(),
        "due_date": due.day(),
        "web_url": format!("{}/groups/{}/-/iterations/{}", view.app.url, group.full_path, thing.id),
    })
}
