//! Projects.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::error::ApiError;
use super::page::Paging;
use super::query::Params;
use crate::app::App;
use crate::resources::default_branch;
use crate::world::{Moment, Project, Time, mix};

/// The routes of this file.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/projects", get(list))
        .route("/projects/{id}", get(one))
}

/// Filters and order of a list of projects.
pub(crate) struct Narrow {
    archived: Option<bool>,
    visibility: Option<String>,
    search: Option<String>,
    topic: Option<String>,
    activity_after: Option<Time>,
    activity_before: Option<Time>,
    id_after: Option<u64>,
    id_before: Option<u64>,
    order: String,
    ascending: bool,
}

impl Narrow {
    /// Reads the parameters.
    pub(crate) fn of(params: &Params) -> Result<Self, ApiError> {
        const ORDERS: &[&str] = &[
            "id",
            "name",
            "path",
            "created_at",
            "updated_at",
            "last_activity_at",
            "similarity",
            "star_count",
        ];
        let order = params.one_of("order_by", ORDERS, "created_at")?.to_owned();
        let updated = params
            .time("updated_after")?
            .or(params.time("updated_before")?);
        if updated.is_some() && order != "updated_at" {
            return Err(ApiError::bad_request(
                "`updated_at` filter and `updated_at` sorting must be paired",
            ));
        }
        let id = |name| {
            params
                .get(name)
                .map(|text| text.parse().map_err(|_| ApiError::invalid(name)))
                .transpose()
        };
        Ok(Self {
            archived: params.flag("archived")?,
            visibility: params.get("visibility").map(str::to_owned),
            search: params.get("search").map(str::to_lowercase),
            topic: params.get("topic").map(str::to_owned),
            activity_after: params
                .time("last_activity_after")?
                .or(params.time("updated_after")?),
            activity_before: params
                .time("last_activity_before")?
                .or(params.time("updated_before")?),
            id_after: id("id_after")?,
            id_before: id("id_before")?,
            order,
            ascending: params.ascending("desc")?,
        })
    }

    /// The visible projects that pass, in order.
    pub(crate) fn apply(
        &self,
        app: &App,
        moment: &Moment<'_>,
        keep: impl Fn(&Project) -> bool,
    ) -> Vec<u32> {
        let hidden = &app.faults().forbidden_projects;
        let mut rows: Vec<u32> = (0..moment.projects.len() as u32)
            .filter(|index| {
                let project = &moment.projects[*index as usize];
                keep(project)
                    && !hidden.contains(&project.id)
                    && self.passes(moment, *index, project)
            })
            .collect();
        match self.order.as_str() {
            "name" => rows
                .sort_by_cached_key(|index| moment.projects[*index as usize].name.to_lowercase()),
            "path" => {
                rows.sort_by_cached_key(|index| moment.projects[*index as usize].path.clone());
            }
            "updated_at" | "last_activity_at" => {
                rows.sort_by_cached_key(|index| moment.last_activity(*index));
            }
            // Ids ascend with creation, and indexes with ids.
            _ => {}
        }
        if !self.ascending {
            rows.reverse();
        }
        rows
    }

    fn passes(&self, moment: &Moment<'_>, index: u32, project: &Project) -> bool {
        let has = |search: &String| {
            project.full_path.contains(search) || project.name.to_lowercase().contains(search)
        };
        self.archived
            .is_none_or(|archived| project.archived == archived)
            && self
                .visibility
                .as_deref()
                .is_none_or(|visibility| project.visibility == visibility)
            && self.search.as_ref().is_none_or(has)
            && self
                .topic
                .as_deref()
                .is_none_or(|topic| project.topics.contains(&topic))
            && self.id_after.is_none_or(|id| project.id > id)
            && self.id_before.is_none_or(|id| project.id < id)
            && self
                .activity_after
                .is_none_or(|after| moment.last_activity(index) >= after)
            && self
                .activity_before
                .is_none_or(|before| moment.last_activity(index) <= before)
    }
}

async fn list(State(app): State<App>, paging: Paging) -> Result<Response, ApiError> {
    let narrow = Narrow::of(&paging.params)?;
    let simple = paging.params.flag("simple")?.unwrap_or(false);
    let moment = app.moment();
    let rows = narrow.apply(&app, &moment, |_| true);
    if !paging.is_keyset() {
        paging.check_offset("Project")?;
        return paging.respond(&rows, |index| json(&app, &moment, *index, simple));
    }
    if narrow.order != "id" {
        return Err(ApiError::no_keyset());
    }
    let page = &rows[..rows.len().min(paging.per_page)];
    let next = page.last().filter(|_| page.len() < rows.len()).map(|last| {
        let name = if narrow.ascending {
            "id_after"
        } else {
            "id_before"
        };
        (name, moment.projects[*last as usize].id.to_string())
    });
    let page = page
        .iter()
        .map(|index| json(&app, &moment, *index, simple))
        .collect();
    Ok(paging.respond_keyset(page, next))
}

async fn one(
    State(app): State<App>,
    Path(id): Path<String>,
    params: Params,
) -> Result<Response, ApiError> {
    let statistics = params.flag("statistics")?.unwrap_or(false);
    let moment = app.moment();
    let index = app.project(&moment, &id)?;
    let mut project = json(&app, &moment, index, false);
    if statistics {
        project["statistics"] = statistics_json(&moment, index);
    }
    project["permissions"] = json!({ "project_access": null, "group_access": { "access_level": 20, "notification_level": 3 } });
    // Shown to maintainers; whoever keeps projects should not keep it.
    project["runners_token"] = json!(format!(
        "GR1348941{:020x}",
        moment.projects[index as usize].seed
    ));
    Ok(Json(project).into_response())
}

/// A project; `simple` gives the short form.
pub(crate) fn json(app: &App, moment: &Moment<'_>, index: u32, simple: bool) -> Value {
    let project = &moment.projects[index as usize];
    let group = &moment.groups[project.group as usize];
    let url = app.project_url(project);
    let host = app.url.trim_start_matches("http://");
    let mut json = json!({
        "id": project.id,
        "description": project.description,
        "name": project.name,
        "name_with_namespace": format!("{} / {}", group.full_name, project.name),
        "path": project.path,
        "path_with_namespace": project.full_path,
        "created_at": project.created.rest(),
        "default_branch": project.default_branch,
        "tag_list": project.topics,
        "topics": project.topics,
        "ssh_url_to_repo": format!("git@{host}:{}.git", project.full_path),
        "http_url_to_repo": format!("{url}.git"),
        "web_url": url,
        "readme_url": format!("{url}/-/blob/{}/README.md", project.default_branch),
        "forks_count": mix(project.seed, 3) % 4,
        "avatar_url": null,
        "star_count": mix(project.seed, 4) % 30,
        "last_activity_at": moment.last_activity(index).rest(),
        "visibility": project.visibility,
        "namespace": {
            "id": group.id,
            "name": group.name,
            "path": group.path,
            "kind": "group",
            "full_path": group.full_path,
            "parent_id": group.parent.map(|parent| moment.groups[parent as usize].id),
            "avatar_url": null,
            "web_url": format!("{}/groups/{}", app.url, group.full_path),
        },
    });
    if simple {
        return json;
    }
    let more = json!({
        "_links": { "self": format!("{}/api/v4/projects/{}", app.url, project.id) },
        "marked_for_deletion_at": null,
        "marked_for_deletion_on": null,
        "packages_enabled": true,
        "empty_repo": false,
        "archived": project.archived,
        "issues_enabled": true,
        "merge_requests_enabled": true,
        "wiki_enabled": false,
        "jobs_enabled": true,
        "snippets_enabled": false,
        "shared_runners_enabled": true,
        "lfs_enabled": true,
        "creator_id": moment.users[project.creator as usize].id,
        "import_status": "none",
        "open_issues_count": mix(project.seed, 5) % 40,
        "updated_at": moment.last_activity(index).rest(),
        "ci_default_git_depth": 20,
        "ci_config_path": "",
        "public_jobs": true,
        "auto_cancel_pending_pipelines": "enabled",
        "build_timeout": 3_600,
        "merge_method": "merge",
        "squash_option": "default_off",
        "shared_with_groups": [],
    });
    if let (Some(json), Value::Object(more)) = (json.as_object_mut(), more) {
        json.extend(more);
    }
    json
}

/// What is counted about a project; sizes in bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sizes {
    /// Commits of the default branch.
    pub(crate) commits: usize,
    pub(crate) repository: u64,
    pub(crate) artifacts: u64,
}

impl Sizes {
    /// Of the project at this index.
    pub(crate) fn of(moment: &Moment<'_>, index: u32) -> Self {
        let project = &moment.projects[index as usize];
        let pipelines = moment.pipelines_of(index).count() as u64;
        Self {
            commits: default_branch(moment, index).len(),
            repository: 2_000_000 + mix(project.seed, 6) % 90_000_000,
            artifacts: pipelines * (40_000 + mix(project.seed, 7) % 400_000),
        }
    }
}

/// `statistics` of a project.
fn statistics_json(moment: &Moment<'_>, index: u32) -> Value {
    let sizes = Sizes::of(moment, index);
    json!({
        "commit_count": sizes.commits,
        "storage_size": sizes.repository + sizes.artifacts,
        "repository_size": sizes.repository,
        "wiki_size": 0,
        "lfs_objects_size": 0,
        "job_artifacts_size": sizes.artifacts,
        "pipeline_artifacts_size": 0,
        "packages_size": 0,
        "snippets_size": 0,
        "uploads_size": 0,
        "container_registry_size": 0,
    })
}
