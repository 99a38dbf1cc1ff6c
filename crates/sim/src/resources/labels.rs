//! `/projects/:id/labels` and `/groups/:id/labels`.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use serde_json::{Value, json};

use super::scene::{project_place, root_group};
use super::tale::{GROUP_LABELS, Label, PROJECT_LABELS, global_id, issues};
use crate::app::App;
use crate::rest::error::ApiError;
use crate::rest::page::Paging;

/// Routes below `/api/v4`.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/projects/{id}/labels", get(of_project))
        .route("/groups/{id}/labels", get(of_group))
}

/// Ordinals of groups among labels, beyond those of projects.
const GROUP_ORDINAL: u64 = 60_000;

async fn of_project(
    State(app): State<App>,
    Path(id): Path<String>,
    paging: Paging,
) -> Result<Response, ApiError> {
    let moment = app.moment();
    let index = app.project(&moment, &id)?;
    let project = &moment.projects[index as usize];
    let root = GROUP_ORDINAL + u64::from(root_group(&moment, project));
    let with_counts = paging.params.flag("with_counts")?.unwrap_or(false);
    let mut rows: Vec<(&Label, u64, bool)> = numbered(PROJECT_LABELS, u64::from(index), true);
    if paging
        .params
        .flag("include_ancestor_groups")?
        .unwrap_or(true)
    {
        rows.extend(numbered(GROUP_LABELS, root, false));
    }
    search(&mut rows, &paging);
    let issues = if with_counts {
        issues(&project_place(&moment, index))
    } else {
        Vec::new()
    };
    paging.respond(&rows, |(label, id, own)| {
        let mut value = render(label, *id);
        value["priority"] = json!(label.priority);
        value["is_project_label"] = json!(own);
        if with_counts {
            let of = |closed: bool| {
                let wanted = issues
                    .iter()
                    .filter(|issue| issue.closed.is_some() == closed);
                wanted
                    .filter(|issue| issue.labels.contains(&label.name))
                    .count()
            };
            value["open_issues_count"] = json!(of(false));
            value["closed_issues_count"] = json!(of(true));
            value["open_merge_requests_count"] = json!(0);
        }
        value
    })
}

async fn of_group(
    State(app): State<App>,
    Path(id): Path<String>,
    paging: Paging,
) -> Result<Response, ApiError> {
    let moment = app.moment();
    let mut group = app.group(&moment, &id)?;
    while let Some(parent) = moment.groups[group as usize].parent {
        group = parent;
    }
    let mut rows = numbered(GROUP_LABELS, GROUP_ORDINAL + u64::from(group), false);
    search(&mut rows, &paging);
    paging.respond(&rows, |(label, id, _)| render(label, *id))
}

fn numbered(labels: &'static [Label], ordinal: u64, own: bool) -> Vec<(&'static Label, u64, bool)> {
    (0..)
        .zip(labels)
        .map(|(index, label)| (label, global_id(ordinal, index), own))
        .collect()
}

fn search(rows: &mut Vec<(&Label, u64, bool)>, paging: &Paging) {
    if let Some(search) = paging.params.get("search") {
        rows.retain(|(label, ..)| label.name.contains(search));
    }
    rows.sort_by_key(|(label, ..)| label.name);
}

/// Label, as groups have it.
fn render(label: &Label, id: u64) -> Value {
    json!({
        "id": id,
        "name": label.name,
        "description": label.description,
        "description_html": label.description.unwrap_or_default(),
        "text_color": "#FFFFFF",
        "color": label.color,
        "subscribed": false,
        "archived": false,
    })
}
