//! What belongs to an issue beside its notes: merge requests and people.
//!
//! All of it is read off the issue as it was when it last changed, so that nothing below an issue changes silently.

use axum::Router;
use axum::routing::get;

use super::view::{Answer, View, of_project};
use crate::app::App;
use crate::resources::issues;
use crate::resources::merge_requests::basic;
use crate::resources::scene::history;
use crate::resources::tale::{History, Issue, Request};
use crate::rest::error::ApiError;
use crate::rest::page::Paging;

/// Routes below `/api/v4`.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(
            "/projects/{id}/issues/{issue_iid}/related_merge_requests",
            get(of_project(related)),
        )
        .route(
            "/projects/{id}/issues/{issue_iid}/closed_by",
            get(of_project(closed_by)),
        )
        .route(
            "/projects/{id}/issues/{issue_iid}/participants",
            get(of_project(participants)),
        )
}

/// The issue with this iid, those that callers made included.
pub(super) fn issue(view: &View<'_>, iid: &str) -> Result<Issue, ApiError> {
    issues::find(view.moment, view.index, iid).or_else(|error| {
        let made = view.app.made.of(view.index).into_iter();
        let mut made = made.filter(|issue| (issue.index + 1).to_string() == iid);
        made.next().ok_or(error)
    })
}

/// The merge request that works on an issue: half of them have one, the next that was opened, in time.
pub(super) fn worked_on_by<'a>(issue: &Issue, history: &'a History) -> Option<&'a Request> {
    if !issue.dice.of("related").chance(0.5) {
        return None;
    }
    let mut requests = history.requests.iter();
    requests
        .find(|request| request.created >= issue.created)
        .filter(|request| request.created <= issue.updated)
}

fn related(view: &View<'_>, iid: &str, paging: &Paging) -> Answer {
    let issue = issue(view, iid)?;
    show(view, paging, &issue, true)
}

/// Those that close it once they are merged.
fn closed_by(view: &View<'_>, iid: &str, paging: &Paging) -> Answer {
    let issue = issue(view, iid)?;
    let closes = issue.dice.of("closes").chance(0.7);
    show(view, paging, &issue, closes)
}

fn show(view: &View<'_>, paging: &Paging, issue: &Issue, wanted: bool) -> Answer {
    let history = history(view.moment, view.index);
    let rows: Vec<&Request> = worked_on_by(issue, &history)
        .filter(|_| wanted)
        .into_iter()
        .collect();
    paging.respond(&rows, |request| {
        basic(view.app, view.moment, &(view.index, (*request).clone()))
    })
}

/// Who wrote it, who has it, and who said something.
fn participants(view: &View<'_>, iid: &str, paging: &Paging) -> Answer {
    let issue = issue(view, iid)?;
    let said = issue.remarks.iter().map(|remark| remark.author);
    let mut users: Vec<u64> = said.chain(issue.assignee).chain([issue.author]).collect();
    users.sort_unstable();
    users.dedup();
    paging.respond(&users, |user| view.person(*user))
}
