//! `/projects/:id/labels` and `/groups/:id/labels`.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use serde_json::{Value, json};

use super::lists::Kind;
use super::scene::{project_place, root_group};
use super::tale::{GROUP_LABELS, Label, PROJECT_LABELS, global_id, issues};
use crate::app::App;
use crate::rest::error::ApiError;
use crate::rest::page::Paging;
use crate::world::Moment;

/// Routes below `/api/v4`.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/projects/{id}/labels", get(of_project))
        .route("/groups/{id}/labels", get(of_group))
}

/// Labels that a project has for a while: they come, and go.
const PASSING: Kind = Kind {
    name: "passing label",
    every: 5,
    most: 10_000,
    changes: 4,
    stays: 14,
};

/// Ordinals of groups among labels, beyond those of projects.
const GROUP_ORDINAL: u64 = 60_000;

/// The first of the passing labels among those of a project.
const FIRST_PASSING: u64 = 100;

/// A label of a project or group.
struct Row {
    id: u64,
    name: String,
    color: &'static str,
    description: Option<String>,
    priority: Option<u64>,
    /// Of the project itself.
    own: bool,
}

async fn of_project(
    State(app): State<App>,
    Path(id): Path<String>,
    paging: Paging,
) -> Result<Response, ApiError> {
    let moment = app.moment();
    let index = app.project(&moment, &id)?;
    let with_counts = paging.params.flag("with_counts")?.unwrap_or(false);
    let with_groups = paging
        .params
        .flag("include_ancestor_groups")?
        .unwrap_or(true);
    let mut rows = rows(&moment, index);
    rows.retain(|row| row.own || with_groups);
    search(&mut rows, &paging);
    let issues = if with_counts {
        issues(&project_place(&moment, index))
    } else {
        Vec::new()
    };
    paging.respond(&rows, |row| {
        let mut value = render(row);
        value["priority"] = json!(row.priority);
        value["is_project_label"] = json!(row.own);
        if with_counts {
            let of = |closed: bool| {
                let wanted = issues
                    .iter()
                    .filter(|issue| issue.closed.is_some() == closed);
                wanted
                    .filter(|issue| issue.labels.contains(&row.name.as_str()))
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
    let with_ancestors = paging
        .params
        .flag("include_ancestor_groups")?
        .unwrap_or(true);
    let below = moment.groups[group as usize].parent.is_some();
    while let Some(parent) = moment.groups[group as usize].parent {
        group = parent;
    }
    let mut rows = if below && !with_ancestors {
        Vec::new()
    } else {
        of_root(group)
    };
    search(&mut rows, &paging);
    paging.respond(&rows, render)
}

/// The label of this name as events of issues and merge requests show it; null when it is gone.
pub(super) fn by_name(moment: &Moment<'_>, project: u32, name: &str) -> Value {
    let mut rows = rows(moment, project).into_iter();
    rows.find(|row| row.name == name).map_or(Value::Null, |row| {
        json!({ "id": row.id, "name": row.name, "color": row.color, "description": row.description })
    })
}

/// The labels a project has by now: its own, passing ones, and those of its root group.
fn rows(moment: &Moment<'_>, project: u32) -> Vec<Row> {
    let mut rows = fixed(PROJECT_LABELS, u64::from(project), true);
    for thing in PASSING.of(&project_place(moment, project)) {
        rows.push(Row {
            id: global_id(u64::from(project), FIRST_PASSING + thing.index),
            name: format!("until release {}", thing.index + 1),
            color: "#dc143c",
            description: (thing.revision > 0).then(|| format!("Moved {} times", thing.revision)),
            priority: None,
            own: true,
        });
    }
    rows.extend(of_root(root_group(
        moment,
        &moment.projects[project as usize],
    )));
    rows
}

fn of_root(group: u32) -> Vec<Row> {
    fixed(GROUP_LABELS, GROUP_ORDINAL + u64::from(group), false)
}

fn fixed(labels: &[Label], ordinal: u64, own: bool) -> Vec<Row> {
    let labels = (0..).zip(labels);
    labels
        .map(|(index, label)| Row {
            id: global_id(ordinal, index),
            name: label.name.to_owned(),
            color: label.color,
            description: label.description.map(str::to_owned),
            priority: label.priority,
            own,
        })
        .collect()
}

fn search(rows: &mut Vec<Row>, paging: &Paging) {
    if let Some(search) = paging.params.get("search") {
        rows.retain(|row| row.name.contains(search));
    }
    rows.sort_by(|a, b| a.name.cmp(&b.name));
}

/// Label, as groups have it.
fn render(row: &Row) -> Value {
    json!({
        "id": row.id,
        "name": row.name,
        "description": row.description,
        "description_html": row.description.as_deref().unwrap_or_default(),
        "text_color": "#FFFFFF",
        "color": row.color,
        "subscribed": false,
        "archived": false,
    })
}
