//! Epics of groups, and what belongs to one.

use axum::Router;
use axum::routing::get;
use serde_json::{Value, json};

use super::awards::{self, Awardable};
use super::thing::{Kind, Thing};
use super::view::{Answer, View, group, of_group};
use crate::app::App;
use crate::config::Tier;
use crate::resources::issues;
use crate::resources::order::{Window, sort_by};
use crate::resources::scene::{group_place, number, project_place, visible_projects};
use crate::resources::tale::{Issue, Place, Remark, hide_future, issue_at, labels_of, talk};
use crate::rest::error::ApiError;
use crate::rest::page::Paging;
use crate::world::DAY;

const EPIC: Kind = Kind {
    name: "epic",
    every: 4,
    most: 5_000,
    changes: 3,
    stays: 0,
};

/// Routes below `/api/v4`.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/groups/{id}/epics", get(group(list)))
        .route(
            "/groups/{id}/epics/{epic_iid}/issues",
            get(of_group(epic_issues)),
        )
        .route(
            "/groups/{id}/epics/{epic_iid}/award_emoji",
            get(of_group(emoji)),
        )
        .route("/groups/{id}/epics/{epic_id}/notes", get(of_group(notes)))
}

/// An epic and the index of its group.
type Row = (u32, Thing);

fn list(view: &View<'_>, paging: &Paging) -> Answer {
    view.needs(Tier::Premium)?;
    let params = &paging.params;
    let window = Window::of(params)?;
    let state = params.one_of("state", &["opened", "closed", "all"], "all")?;
    let order = params.one_of(
        "order_by",
        &["created_at", "updated_at", "title"],
        "created_at",
    )?;
    let ascending = params.ascending("desc")?;
    let below = params.flag("include_descendant_groups")?.unwrap_or(true);
    let groups = (0..view.moment.groups.len() as u32)
        .filter(|group| *group == view.index || below && view.moment.is_within(*group, view.index));
    let mut rows: Vec<Row> = groups
        .flat_map(|group| {
            let things = EPIC.of(&group_place(view.moment, group));
            things.into_iter().map(move |thing| (group, thing))
        })
        .filter(|(_, epic)| window.holds(epic.created, epic.updated))
        .filter(|(_, epic)| state == "all" || (state == "closed") == closed(epic))
        .collect();
    match order {
        "updated_at" => sort_by(&mut rows, ascending, |row| (row.1.updated, row.1.id)),
        "title" => sort_by(&mut rows, ascending, |row| (title(&row.1), row.1.id)),
        _ => sort_by(&mut rows, ascending, |row| (row.1.created, row.1.id)),
    }
    paging.respond(&rows, |row| render(view, row))
}

/// Most are closed with their last change.
fn closed(epic: &Thing) -> bool {
    epic.revision == 9 && epic.dice.of("closed").chance(0.7)
}

fn title(epic: &Thing) -> String {
    let subject = epic.dice.of("title").pick(&[
        "Faster checkout",
        "One login",
        "Audit ready",
        "Größere Dateien",
    ]);
    match epic.revision {
        0 | 1 => subject.to_owned(),
        _ => format!("{subject}, part {}", epic.index % 5 + 2),
    }
}

/// Epic.
fn render(view: &View<'_>, (index, epic): &Row) -> Value {
    let group = &view.moment.groups[*index as usize];
    let iid = epic.index + 1;
    let start = epic.created.plus(3 * DAY);
    json!({
        "id": epic.id,
        "iid": iid,
        "group_id": group.id,
        "parent_id": null,
        "parent_iid": null,
        "title": title(epic),
        "description": format!("Step {} of {}.", epic.revision, 9),
        "confidential": false,
        "author": view.person(epic.dice.of("author").next()),
        "start_date": start.day(),
        "due_date": start.plus(60 * DAY).day(),
        "state": if closed(epic) { "closed" } else { "opened" },
        "web_url": format!("{}/groups/{}/-/epics/{iid}", view.app.url, group.full_path),
        "references": { "short": format!("&{iid}"), "relative": format!("&{iid}"), "full": format!("{}&{iid}", group.full_path) },
        "created_at": epic.created.rest(),
        "updated_at": epic.updated.rest(),
        "closed_at": closed(epic).then(|| epic.updated.rest()),
        "labels": labels_of(epic.dice),
        "upvotes": upvotes(epic),
        "downvotes": 0,
        "color": "#1068bf",
    })
}

fn upvotes(epic: &Thing) -> u64 {
    epic.dice.of("upvotes").below(3)
}

fn by_iid(view: &View<'_>, iid: &str) -> Result<Thing, ApiError> {
    view.needs(Tier::Premium)?;
    let index = number(iid)?.checked_sub(1);
    let mut epics = EPIC.of(&view.place).into_iter();
    epics
        .find(|epic| Some(epic.index) == index)
        .ok_or_else(|| ApiError::not_found(""))
}

/// Up to three issues of projects of the group, as soon as they exist when the epic changes.
fn epic_issues(view: &View<'_>, iid: &str, paging: &Paging) -> Answer {
    let epic = by_iid(view, iid)?;
    let projects = visible_projects(view.app, view.moment, Some(view.index));
    let mut rows: Vec<(u64, u32, Issue)> = Vec::new();
    for number in 0..if projects.is_empty() { 0 } else { 3 } {
        let mut dice = epic.dice.of("issue").at(number);
        let project = projects[dice.below(projects.len() as u64) as usize];
        let then = Place {
            now: epic.updated,
            ..project_place(view.moment, project)
        };
        let found = issue_at(&then, dice.below(30)).and_then(|issue| {
            // Known then, shown as it is now.
            issue_at(&project_place(view.moment, project), issue.index)
        });
        rows.extend(found.map(|issue| (number, project, issue)));
    }
    paging.respond(&rows, |(number, project, issue)| {
        let mut value = issues::render(view.app, view.moment, &(*project, issue.clone()));
        value["epic_issue_id"] = json!(epic.id * 4 + number);
        value["relative_position"] = json!(number);
        value["epic"] = json!({ "id": epic.id, "iid": epic.index + 1, "title": title(&epic), "group_id": view.moment.groups[view.index as usize].id });
        value
    })
}

fn emoji(view: &View<'_>, iid: &str, paging: &Paging) -> Answer {
    let epic = by_iid(view, iid)?;
    let thing = Awardable {
        kind: "Epic",
        id: epic.id,
        dice: epic.dice,
        at: epic.created,
    };
    awards::respond(view, paging, &thing, upvotes(&epic))
}

/// Notes of one epic have ids of their own range, beyond those of issues and merge requests.
const PER_EPIC: u64 = 64;
const FIRST_NOTE: u64 = 1 << 48;

fn notes(view: &View<'_>, id: &str, paging: &Paging) -> Answer {
    view.needs(Tier::Premium)?;
    let id = number(id)?;
    let mut epics = EPIC.of(&view.place).into_iter();
    let epic = epics
        .find(|epic| epic.id == id)
        .ok_or_else(|| ApiError::not_found(""))?;
    let order = paging
        .params
        .one_of("order_by", &["created_at", "updated_at"], "created_at")?;
    let ascending = paging.params.ascending("desc")?;
    let until = epic.created.plus(20 * DAY);
    let mut rows = talk(epic.dice, epic.created, until, view.place.users, 6);
    rows.retain(|remark| remark.at <= epic.updated);
    for remark in &mut rows {
        hide_future(remark, epic.updated);
    }
    sort_by(&mut rows, ascending, |remark| {
        let updated = order == "updated_at";
        (
            if updated { remark.updated } else { remark.at },
            remark.index,
        )
    });
    paging.respond(&rows, |remark| note(view, &epic, remark))
}

/// Note.
fn note(view: &View<'_>, epic: &Thing, remark: &Remark) -> Value {
    json!({
        "id": FIRST_NOTE + epic.id * PER_EPIC + remark.index,
        "type": null,
        "body": remark.body,
        "author": view.person(remark.author),
        "created_at": remark.at.rest(),
        "updated_at": remark.updated.rest(),
        "system": remark.system,
        "noteable_id": epic.id,
        "noteable_type": "Epic",
        "project_id": null,
        "resolvable": false,
        "confidential": false,
        "internal": false,
        "imported": false,
        "imported_from": "none",
        "noteable_iid": epic.index + 1,
        "commands_changes": {},
    })
}
