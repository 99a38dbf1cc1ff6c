//! Emoji that people gave to issues and merge requests.

use axum::Router;
use axum::routing::get;
use serde_json::{Value, json};

use super::issue::issue;
use super::view::{Answer, View, of_project};
use crate::app::App;
use crate::resources::Dice;
use crate::resources::tale::global_id;
use crate::resources::{issues, merge_requests};
use crate::rest::page::Paging;
use crate::world::Time;

/// Routes below `/api/v4`.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(
            "/projects/{id}/issues/{issue_iid}/award_emoji",
            get(of_project(of_issue)),
        )
        .route(
            "/projects/{id}/merge_requests/{merge_request_iid}/award_emoji",
            get(of_project(of_request)),
        )
}

/// What emoji are given to.
pub(super) struct Awardable {
    pub(super) kind: &'static str,
    pub(super) id: u64,
    pub(super) dice: Dice,
    /// When they were given.
    pub(super) at: Time,
}

/// Awards of one thing have ids of their own range: at most this many, for three kinds of things.
const PER_THING: u64 = 8;

fn of_issue(view: &View<'_>, iid: &str, paging: &Paging) -> Answer {
    let issue = issue(view, iid)?;
    let thing = Awardable {
        kind: "Issue",
        id: global_id(view.place.ordinal, issue.index),
        dice: issue.dice,
        at: issue.created,
    };
    let shown = issues::render(view.app, view.moment, &(view.index, issue));
    respond(view, paging, &thing, shown["upvotes"].as_u64().unwrap_or(0))
}

fn of_request(view: &View<'_>, iid: &str, paging: &Paging) -> Answer {
    let request = merge_requests::find(view.moment, view.index, iid)?;
    let thing = Awardable {
        kind: "MergeRequest",
        id: global_id(view.place.ordinal, request.index),
        dice: request.dice,
        at: request.created,
    };
    let shown = merge_requests::basic(view.app, view.moment, &(view.index, request));
    respond(view, paging, &thing, shown["upvotes"].as_u64().unwrap_or(0))
}

/// As many thumbs up as the thing says it has.
pub(super) fn respond(view: &View<'_>, paging: &Paging, thing: &Awardable, upvotes: u64) -> Answer {
    let rows: Vec<u64> = (0..upvotes.min(PER_THING)).collect();
    paging.respond(&rows, |number| award(view, thing, *number))
}

/// AwardEmoji.
fn award(view: &View<'_>, thing: &Awardable, number: u64) -> Value {
    let kind = match thing.kind {
        "Issue" => 0,
        "MergeRequest" => 1,
        _ => 2,
    };
    json!({
        "id": (thing.id * 3 + kind) * PER_THING + number,
        "name": "thumbsup",
        "user": view.person(thing.dice.of("award").at(number).next()),
        "created_at": thing.at.rest(),
        "updated_at": thing.at.rest(),
        "awardable_id": thing.id,
        "awardable_type": thing.kind,
        "url": null,
    })
}
