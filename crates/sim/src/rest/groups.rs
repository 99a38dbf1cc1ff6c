//! Groups and their projects.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::error::ApiError;
use super::page::Paging;
use super::projects::{self, Narrow};
use crate::app::{App, Simulation};
use crate::world::{Moment, PARTNERS, ROOT};

/// The routes of this file.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/groups", get(list))
        .route("/groups/{id}", get(one))
        .route("/groups/{id}/subgroups", get(subgroups))
        .route("/groups/{id}/descendant_groups", get(descendants))
        .route("/groups/{id}/projects", get(group_projects))
}

async fn list(State(app): State<App>, paging: Paging) -> Result<Response, ApiError> {
    let top_level = paging.params.flag("top_level_only")?.unwrap_or(false);
    respond(&app, &paging, |moment, index| {
        !top_level || moment.groups[index as usize].parent.is_none()
    })
}

async fn subgroups(
    State(app): State<App>,
    Path(id): Path<String>,
    paging: Paging,
) -> Result<Response, ApiError> {
    let above = app.group(&app.moment(), &id)?;
    respond(&app, &paging, |moment, index| {
        moment.groups[index as usize].parent == Some(above)
    })
}

async fn descendants(
    State(app): State<App>,
    Path(id): Path<String>,
    paging: Paging,
) -> Result<Response, ApiError> {
    let above = app.group(&app.moment(), &id)?;
    respond(&app, &paging, |moment, index| {
        index != above && moment.is_within(index, above)
    })
}

/// A page of the groups that `keep` keeps; by name unless asked otherwise.
fn respond(
    app: &App,
    paging: &Paging,
    keep: impl Fn(&Moment<'_>, u32) -> bool,
) -> Result<Response, ApiError> {
    let params = &paging.params;
    let order = params.one_of("order_by", &["name", "path", "id", "similarity"], "name")?;
    let ascending = params.ascending("asc")?;
    let search = params.get("search").map(str::to_lowercase);
    let moment = app.moment();
    let mut groups: Vec<u32> = (0..moment.groups.len() as u32)
        .filter(|index| keep(&moment, *index))
        .filter(|index| {
            let group = &moment.groups[*index as usize];
            search.as_ref().is_none_or(|search| {
                group.full_path.contains(search) || group.name.to_lowercase().contains(search)
            })
        })
        .collect();
    groups.sort_by_key(|index| {
        let group = &moment.groups[*index as usize];
        match order {
            "id" => (String::new(), group.id),
            "path" => (group.path.clone(), group.id),
            _ => (group.name.to_lowercase(), group.id),
        }
    });
    if !ascending {
        groups.reverse();
    }
    let render = |index: &u32| app.group_json(&moment, *index);
    if paging.is_keyset() {
        if order != "name" || !ascending {
            return Err(ApiError::no_keyset());
        }
        return keyset(paging, &moment, &groups, render);
    }
    paging.check_offset("Group")?;
    paging.respond(&groups, render)
}

/// Keyset by name: the cursor is base64 of the last row's name and id.
fn keyset(
    paging: &Paging,
    moment: &Moment<'_>,
    groups: &[u32],
    render: impl FnMut(&u32) -> Value,
) -> Result<Response, ApiError> {
    let after = match paging.params.get("cursor") {
        None => None,
        Some(cursor) => {
            Some(super::cursor::parse(cursor).ok_or_else(|| ApiError::invalid("cursor"))?)
        }
    };
    let start = after.map_or(0, |id| {
        groups
            .iter()
            .position(|index| moment.groups[*index as usize].id == id)
            .map_or(groups.len(), |place| place + 1)
    });
    let end = (start + paging.per_page).min(groups.len());
    let next = (end < groups.len()).then(|| {
        let last = &moment.groups[groups[end - 1] as usize];
        ("cursor", super::cursor::of("name", &last.name, last.id))
    });
    Ok(paging.respond_keyset(groups[start..end].iter().map(render).collect(), next))
}

async fn one(State(app): State<App>, Path(id): Path<String>) -> Result<Response, ApiError> {
    let moment = app.moment();
    let index = app.group(&moment, &id)?;
    let mut group = app.group_json(&moment, index);
    // Shown to owners; whoever keeps groups should not keep it.
    group["runners_token"] = json!(format!("GR1348941{:020x}", u64::from(index) + 1));
    Ok(Json(group).into_response())
}

async fn group_projects(
    State(app): State<App>,
    Path(id): Path<String>,
    paging: Paging,
) -> Result<Response, ApiError> {
    let moment = app.moment();
    let group = app.group(&moment, &id)?;
    let below = paging.params.flag("include_subgroups")?.unwrap_or(false);
    let with_shared = paging.params.flag("with_shared")?.unwrap_or(true);
    let narrow = Narrow::of(&paging.params)?;
    let rows = narrow.apply(&app, &moment, |project| {
        project.group == group
            || below && moment.is_within(project.group, group)
            // Projects of partners are shared with the root group.
            || with_shared && project.shared && group == ROOT && project.group == PARTNERS
    });
    let simple = paging.params.flag("simple")?.unwrap_or(false);
    paging.respond(&rows, |index| projects::json(&app, &moment, *index, simple))
}

impl Simulation {
    /// A group.
    fn group_json(&self, moment: &Moment<'_>, index: u32) -> Value {
        let group = &moment.groups[index as usize];
        json!({
            "id": group.id,
            "web_url": format!("{}/groups/{}", self.url, group.full_path),
            "name": group.name,
            "path": group.path,
            "description": "",
            "visibility": "private",
            "share_with_group_lock": false,
            "require_two_factor_authentication": false,
            "project_creation_level": "developer",
            "subgroup_creation_level": "maintainer",
            "lfs_enabled": true,
            "archived": false,
            "default_branch": null,
            "avatar_url": null,
            "request_access_enabled": true,
            "full_name": group.full_name,
            "full_path": group.full_path,
            "created_at": group.created.rest(),
            "parent_id": group.parent.map(|parent| moment.groups[parent as usize].id),
            "marked_for_deletion_on": null,
        })
    }
}
