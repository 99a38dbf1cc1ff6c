//! Links between issues: now and then an issue is linked to the one before it.

use axum::Router;
use axum::routing::get;
use serde_json::{Value, json};

use super::issue::issue;
use super::view::{Answer, View, of_project};
use crate::app::App;
use crate::resources::issues::render;
use crate::resources::tale::{Issue, global_id, issue_at};
use crate::rest::page::Paging;

/// Routes below `/api/v4`.
pub(super) fn routes() -> Router<App> {
    Router::new().route(
        "/projects/{id}/issues/{issue_iid}/links",
        get(of_project(links)),
    )
}

/// Whether the issue was linked to the one before it when it was opened.
fn is_linked(issue: &Issue) -> bool {
    issue.index > 0 && issue.dice.of("link").chance(0.25)
}

/// A link is seen from both its issues, from the older one once that one has changed.
fn links(view: &View<'_>, iid: &str, paging: &Paging) -> Answer {
    let own = issue(view, iid)?;
    let mut rows: Vec<(Issue, Value)> = Vec::new();
    if is_linked(&own)
        && let Some(before) = issue_at(&view.place, own.index - 1)
    {
        rows.push((before, link(view, &own)));
    }
    if let Some(after) = issue_at(&view.place, own.index + 1)
        && is_linked(&after)
        && own.updated >= after.created
    {
        let link = link(view, &after);
        rows.push((after, link));
    }
    paging.respond(&rows, |(other, link)| {
        let mut value = render(view.app, view.moment, &(view.index, other.clone()));
        if let (Value::Object(fields), Value::Object(link)) = (&mut value, link.clone()) {
            fields.extend(link);
        }
        value
    })
}

/// What RelatedIssue has beside the issue; `from` is the newer one.
fn link(view: &View<'_>, from: &Issue) -> Value {
    let kinds = ["relates_to", "blocks", "is_blocked_by"];
    json!({
        "issue_link_id": global_id(view.place.ordinal, from.index),
        "link_type": kinds[from.dice.of("link type").below(3) as usize],
        "link_created_at": from.created.rest(),
        "link_updated_at": from.created.rest(),
    })
}
