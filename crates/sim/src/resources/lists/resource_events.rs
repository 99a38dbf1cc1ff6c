//! What GitLab keeps of an issue's or merge request's past: its states, labels, milestone, iteration and weight.

use axum::Router;
use axum::routing::get;
use serde_json::{Value, json};

use super::boards;
use super::issue::issue;
use super::view::{Answer, View, of_project};
use crate::app::App;
use crate::config::Tier;
use crate::resources::Dice;
use crate::resources::merge_requests;
use crate::resources::tale::{End, global_id, labels_of};
use crate::resources::{issues, labels};
use crate::rest::error::ApiError;
use crate::rest::page::Paging;
use crate::world::Time;

/// Routes below `/api/v4`.
pub(super) fn routes() -> Router<App> {
    let issue =
        of_project(|view, iid, paging| respond(view, paging, Resource::issue(view, iid)?.states()));
    Router::new()
        .route(
            "/projects/{id}/issues/{eventable_id}/resource_state_events",
            get(issue),
        )
        .route(
            "/projects/{id}/issues/{eventable_id}/resource_label_events",
            get(of_project(|view, iid, paging| {
                respond(view, paging, Resource::issue(view, iid)?.labels(view))
            })),
        )
        .route(
            "/projects/{id}/issues/{eventable_id}/resource_milestone_events",
            get(of_project(|view, iid, paging| {
                respond(view, paging, Resource::issue(view, iid)?.milestones())
            })),
        )
        .route(
            "/projects/{id}/issues/{eventable_id}/resource_iteration_events",
            get(of_project(|view, iid, paging| {
                view.exists_from(Tier::Premium)?;
                respond(view, paging, Resource::issue(view, iid)?.iterations(view))
            })),
        )
        .route(
            "/projects/{id}/issues/{eventable_id}/resource_weight_events",
            get(of_project(weights)),
        )
        .route(
            "/projects/{id}/merge_requests/{eventable_id}/resource_state_events",
            get(of_project(|view, iid, paging| {
                respond(view, paging, Resource::request(view, iid)?.states())
            })),
        )
        .route(
            "/projects/{id}/merge_requests/{eventable_id}/resource_label_events",
            get(of_project(|view, iid, paging| {
                respond(view, paging, Resource::request(view, iid)?.labels(view))
            })),
        )
        .route(
            "/projects/{id}/merge_requests/{eventable_id}/resource_milestone_events",
            get(of_project(|view, iid, paging| {
                respond(view, paging, Resource::request(view, iid)?.milestones())
            })),
        )
}

/// An issue or merge request, as far as its past goes.
struct Resource {
    kind: &'static str,
    /// Number within its project.
    index: u64,
    ordinal: u64,
    dice: Dice,
    created: Time,
    /// Its states after the first, with who brought it there.
    turns: Vec<(Time, &'static str, u64)>,
    labels: Vec<String>,
    milestone: Value,
}

/// An event: when, by whom, and what is said of it beside that.
type Event = (Time, u64, Value);

impl Resource {
    fn issue(view: &View<'_>, iid: &str) -> Result<Self, ApiError> {
        let issue = issue(view, iid)?;
        let shown = issues::render(view.app, view.moment, &(view.index, issue.clone()));
        let closer = issue.closed.map_or(issue.author, |(_, by)| by);
        let turns = issue.turns.iter();
        Ok(Self {
            kind: "Issue",
            index: issue.index,
            ordinal: view.place.ordinal,
            dice: issue.dice,
            created: issue.created,
            turns: turns.map(|(at, state)| (*at, *state, closer)).collect(),
            labels: issue
                .labels
                .iter()
                .map(|label| (*label).to_owned())
                .collect(),
            milestone: shown["milestone"].clone(),
        })
    }

    fn request(view: &View<'_>, iid: &str) -> Result<Self, ApiError> {
        let request = merge_requests::find(view.moment, view.index, iid)?;
        let turns = match request.end {
            End::Opened => Vec::new(),
            End::Merged { at, by, .. } => vec![(at, "merged", by)],
            End::Closed { at, by } => vec![(at, "closed", by)],
        };
        let labels = labels_of(request.dice).into_iter();
        let (index, dice, created) = (request.index, request.dice, request.created);
        let shown = merge_requests::basic(view.app, view.moment, &(view.index, request));
        Ok(Self {
            kind: "MergeRequest",
            index,
            ordinal: view.place.ordinal,
            dice,
            created,
            turns,
            labels: labels.map(str::to_owned).collect(),
            milestone: shown["milestone"].clone(),
        })
    }

    fn states(self) -> (Self, Vec<Event>) {
        let turns = self.turns.iter();
        let events = turns
            .map(|(at, state, by)| (*at, *by, json!({ "state": state, "source_commit": null })))
            .collect();
        (self, events)
    }

    fn labels(self, view: &View<'_>) -> (Self, Vec<Event>) {
        let author = self.dice.of("labelled").below(view.place.users);
        let events = self.labels.iter().map(|name| {
            let label = labels::by_name(view.moment, view.index, name);
            (
                self.created,
                author,
                json!({ "label": label, "action": "add" }),
            )
        });
        let events = events.collect();
        (self, events)
    }

    fn milestones(self) -> (Self, Vec<Event>) {
        let said = json!({ "milestone": self.milestone, "action": "add", "state": "opened" });
        let event = (self.created, self.dice.of("planned").next(), said);
        let events = (!self.milestone.is_null()).then_some(event);
        (self, events.into_iter().collect())
    }

    fn iterations(self, view: &View<'_>) -> (Self, Vec<Event>) {
        let mut dice = self.dice.of("iteration");
        let iteration = boards::iteration_at(view, self.created);
        let event = iteration.filter(|_| dice.chance(0.4)).map(|iteration| {
            (
                self.created,
                dice.next(),
                json!({ "iteration": iteration, "action": "add" }),
            )
        });
        (self, event.into_iter().collect())
    }
}

/// Events of one resource have ids of their own range: at most this many, for two kinds of resources.
const PER_RESOURCE: u64 = 16;

fn respond(view: &View<'_>, paging: &Paging, (resource, events): (Resource, Vec<Event>)) -> Answer {
    let id = global_id(resource.ordinal, resource.index);
    let first = (id * 2 + u64::from(resource.kind == "MergeRequest")) * PER_RESOURCE;
    let rows: Vec<(u64, Event)> = (first..).zip(events).collect();
    paging.respond(&rows, |(event, (at, by, said))| {
        let mut value = json!({
            "id": event,
            "user": view.person(*by),
            "created_at": at.rest(),
            "resource_type": resource.kind,
            "resource_id": id,
        });
        if let (Value::Object(fields), Value::Object(said)) = (&mut value, said.clone()) {
            fields.extend(said);
        }
        value
    })
}

/// One event: an issue has its weight from the start.
fn weights(view: &View<'_>, iid: &str, paging: &Paging) -> Answer {
    view.exists_from(Tier::Premium)?;
    let issue = issue(view, iid)?;
    let rows: Vec<u64> = issue.weight().into_iter().collect();
    let id = global_id(view.place.ordinal, issue.index);
    paging.respond(&rows, |weight| {
        json!({
            "id": id,
            "user": view.person(issue.author),
            "created_at": issue.created.rest(),
            "issue_id": id,
            "weight": weight,
        })
    })
}
