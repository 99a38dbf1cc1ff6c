//! Notes and discussions of issues and merge requests.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::order::sort_by;
use super::scene::{number, user};
use super::tale::{Remark, global_id};
use super::{Dice, issues, merge_requests};
use crate::app::{App, Simulation};
use crate::rest::error::ApiError;
use crate::rest::page::Paging;
use crate::world::Moment;

/// Routes below `/api/v4`.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/projects/{id}/issues/{issue_iid}/notes", get(issue_notes))
        .route(
            "/projects/{id}/issues/{issue_iid}/notes/{note_id}",
            get(issue_note),
        )
        .route(
            "/projects/{id}/issues/{issue_iid}/discussions",
            get(issue_discussions),
        )
        .route(
            "/projects/{id}/merge_requests/{merge_request_iid}/notes",
            get(request_notes),
        )
        .route(
            "/projects/{id}/merge_requests/{merge_request_iid}/notes/{note_id}",
            get(request_note),
        )
        .route(
            "/projects/{id}/merge_requests/{merge_request_iid}/discussions",
            get(request_discussions),
        )
}

/// An issue or merge request with what was written under it.
struct Thread {
    project: u32,
    kind: &'static str,
    id: u64,
    iid: u64,
    remarks: Vec<Remark>,
}

/// Notes of one conversation have ids of their own range: at most this many.
const PER_CONVERSATION: u64 = 64;

impl Thread {
    fn issue(moment: &Moment<'_>, project: u32, iid: &str) -> Result<Self, ApiError> {
        let issue = issues::find(moment, project, iid)?;
        let id = global_id(u64::from(project), issue.index);
        Ok(Self {
            project,
            kind: "Issue",
            id,
            iid: issue.index + 1,
            remarks: issue.remarks,
        })
    }

    fn request(moment: &Moment<'_>, project: u32, iid: &str) -> Result<Self, ApiError> {
        let request = merge_requests::find(moment, project, iid)?;
        let id = global_id(u64::from(project), request.index);
        Ok(Self {
            project,
            kind: "MergeRequest",
            id,
            iid: request.index + 1,
            remarks: request.remarks,
        })
    }

    fn note_id(&self, remark: &Remark) -> u64 {
        note_id(self.id, self.kind == "MergeRequest", remark)
    }
}

/// Id of a remark on the merge request or issue with this id: unique among all notes, ascending in the conversation.
pub(super) fn note_id(id: u64, on_merge_request: bool, remark: &Remark) -> u64 {
    (id * 2 + u64::from(on_merge_request)) * PER_CONVERSATION + remark.index
}

async fn issue_notes(
    State(app): State<App>,
    Path((id, iid)): Path<(String, String)>,
    paging: Paging,
) -> Result<Response, ApiError> {
    let moment = app.moment();
    let project = app.project(&moment, &id)?;
    notes(
        &app,
        &moment,
        &Thread::issue(&moment, project, &iid)?,
        &paging,
    )
}

async fn request_notes(
    State(app): State<App>,
    Path((id, iid)): Path<(String, String)>,
    paging: Paging,
) -> Result<Response, ApiError> {
    let moment = app.moment();
    let project = app.project(&moment, &id)?;
    notes(
        &app,
        &moment,
        &Thread::request(&moment, project, &iid)?,
        &paging,
    )
}

async fn issue_note(
    State(app): State<App>,
    Path((id, iid, note)): Path<(String, String, String)>,
) -> Result<Response, ApiError> {
    let moment = app.moment();
    let project = app.project(&moment, &id)?;
    one(
        &app,
        &moment,
        &Thread::issue(&moment, project, &iid)?,
        &note,
    )
}

async fn request_note(
    State(app): State<App>,
    Path((id, iid, note)): Path<(String, String, String)>,
) -> Result<Response, ApiError> {
    let moment = app.moment();
    let project = app.project(&moment, &id)?;
    one(
        &app,
        &moment,
        &Thread::request(&moment, project, &iid)?,
        &note,
    )
}

async fn issue_discussions(
    State(app): State<App>,
    Path((id, iid)): Path<(String, String)>,
    paging: Paging,
) -> Result<Response, ApiError> {
    let moment = app.moment();
    let project = app.project(&moment, &id)?;
    discussions(
        &app,
        &moment,
        &Thread::issue(&moment, project, &iid)?,
        &paging,
    )
}

async fn request_discussions(
    State(app): State<App>,
    Path((id, iid)): Path<(String, String)>,
    paging: Paging,
) -> Result<Response, ApiError> {
    let moment = app.moment();
    let project = app.project(&moment, &id)?;
    discussions(
        &app,
        &moment,
        &Thread::request(&moment, project, &iid)?,
        &paging,
    )
}

fn notes(
    app: &Simulation,
    moment: &Moment<'_>,
    thread: &Thread,
    paging: &Paging,
) -> Result<Response, ApiError> {
    let order = paging
        .params
        .one_of("order_by", &["created_at", "updated_at"], "created_at")?;
    let ascending = paging.params.ascending("desc")?;
    let mut rows = thread.remarks.clone();
    match paging.params.one_of(
        "activity_filter",
        &["all_notes", "only_comments", "only_activity"],
        "all_notes",
    )? {
        "only_comments" => rows.retain(|remark| !remark.system),
        "only_activity" => rows.retain(|remark| remark.system),
        _ => {}
    }
    let by_update = order == "updated_at";
    sort_by(&mut rows, ascending, |remark| {
        (
            if by_update { remark.updated } else { remark.at },
            remark.index,
        )
    });
    paging.respond(&rows, |remark| render(app, moment, thread, remark))
}

fn one(
    app: &Simulation,
    moment: &Moment<'_>,
    thread: &Thread,
    note: &str,
) -> Result<Response, ApiError> {
    let wanted = number(note)?;
    let found = thread
        .remarks
        .iter()
        .find(|remark| thread.note_id(remark) == wanted);
    let remark = found.ok_or_else(|| ApiError::not_found(""))?;
    Ok(Json(render(app, moment, thread, remark)).into_response())
}

fn discussions(
    app: &Simulation,
    moment: &Moment<'_>,
    thread: &Thread,
    paging: &Paging,
) -> Result<Response, ApiError> {
    let mut groups: Vec<Vec<&Remark>> = Vec::new();
    for remark in &thread.remarks {
        match groups.last_mut() {
            Some(last) if remark.reply => last.push(remark),
            _ => groups.push(vec![remark]),
        }
    }
    paging.respond(&groups, |remarks| {
        let threaded = remarks.iter().any(|remark| remark.resolvable);
        let first = remarks.first().map_or(0, |remark| thread.note_id(remark));
        json!({
            "id": Dice::new(moment.seed).of("discussion").at(first).hex(40),
            "individual_note": !threaded,
            "notes": remarks.iter().map(|remark| render(app, moment, thread, remark)).collect::<Vec<_>>(),
        })
    })
}

/// Note.
fn render(app: &Simulation, moment: &Moment<'_>, thread: &Thread, remark: &Remark) -> Value {
    let project = &moment.projects[thread.project as usize];
    let (resolvable, resolved) = (remark.resolvable, remark.resolved);
    let mut value = json!({
        "id": thread.note_id(remark),
        "type": resolvable.then_some("DiscussionNote"),
        "body": remark.body,
        "author": app.user_basic(moment, user(remark.author)),
        "created_at": remark.at.rest(),
        "updated_at": remark.updated.rest(),
        "system": remark.system,
        "noteable_id": thread.id,
        "noteable_type": thread.kind,
        "project_id": project.id,
        "resolvable": resolvable,
        "confidential": false,
        "internal": false,
        "imported": false,
        "imported_from": "none",
        "noteable_iid": thread.iid,
        "commands_changes": {},
    });
    if resolvable {
        value["resolved"] = json!(resolved.is_some());
        value["resolved_by"] =
            resolved.map_or(Value::Null, |_| app.user_basic(moment, user(remark.author)));
        value["resolved_at"] = json!(resolved.map(|at| at.rest()));
    }
    value
}
