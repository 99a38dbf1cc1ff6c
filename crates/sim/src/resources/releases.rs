//! `/projects/:id/releases` and `/groups/:id/releases`: most tags become a release some minutes later.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::Dice;
use super::order::{sort_by, within};
use super::scene::{user, visible_projects};
use super::tags::tags;
use crate::app::{App, Simulation};
use crate::rest::error::ApiError;
use crate::rest::page::Paging;
use crate::world::{MINUTE, Moment, Project, Time};

/// Routes below `/api/v4`.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/projects/{id}/releases", get(list))
        .route("/projects/{id}/releases/{tag_name}", get(one))
        .route("/groups/{id}/releases", get(of_group))
}

/// A release of a tag.
pub(super) struct Release {
    project: u32,
    tag: u32,
    pub(super) created: Time,
    author: u64,
    changes: u64,
}

impl Release {
    /// Markdown.
    pub(super) fn description(&self) -> String {
        let name = Project::tag(self.tag);
        format!(
            "## {name}\n\n- {} changes\n- no breaking ones",
            self.changes
        )
    }
}

/// The release of a tag, if it has one by now.
pub(super) fn released(moment: &Moment<'_>, project: &Project, tag: u32) -> Option<Release> {
    let mut dice = Dice::new(project.seed).of("release").at(u64::from(tag));
    let row = &project.tags[tag as usize];
    let created = row.at.plus(MINUTE + dice.below(30 * MINUTE as u64) as i64);
    let exists = dice.chance(0.7) && created <= moment.at();
    exists.then(|| Release {
        project: moment.project_index(project.id).unwrap_or_default(),
        tag,
        created,
        author: dice.below(moment.users.len() as u64),
        changes: 1 + dice.below(40),
    })
}

async fn list(
    State(app): State<App>,
    Path(id): Path<String>,
    paging: Paging,
) -> Result<Response, ApiError> {
    let moment = app.moment();
    let index = app.project(&moment, &id)?;
    paging
        .params
        .one_of("order_by", &["released_at", "created_at"], "released_at")?;
    let ascending = paging.params.ascending("desc")?;
    let span = (
        paging.params.time("updated_after")?,
        paging.params.time("updated_before")?,
    );
    let mut rows = releases(&moment, index);
    rows.retain(|release| within(span, release.created));
    sort_by(&mut rows, ascending, |release| {
        (release.created, u64::from(release.tag))
    });
    paging.respond(&rows, |release| render(&app, &moment, release))
}

async fn of_group(
    State(app): State<App>,
    Path(id): Path<String>,
    paging: Paging,
) -> Result<Response, ApiError> {
    let moment = app.moment();
    let group = app.group(&moment, &id)?;
    let ascending = paging.params.ascending("desc")?;
    let projects = visible_projects(&app, &moment, Some(group));
    let mut rows: Vec<Release> = projects
        .into_iter()
        .flat_map(|project| releases(&moment, project))
        .collect();
    sort_by(&mut rows, ascending, |release| {
        ((release.created, release.project), u64::from(release.tag))
    });
    paging.respond(&rows, |release| render(&app, &moment, release))
}

async fn one(
    State(app): State<App>,
    Path((id, name)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let moment = app.moment();
    let index = app.project(&moment, &id)?;
    let found = releases(&moment, index)
        .into_iter()
        .find(|release| Project::tag(release.tag) == name);
    let release = found.ok_or_else(|| ApiError::not_found(""))?;
    Ok(Json(render(&app, &moment, &release)).into_response())
}

fn releases(moment: &Moment<'_>, index: u32) -> Vec<Release> {
    let project = &moment.projects[index as usize];
    tags(moment, project)
        .into_iter()
        .filter_map(|tag| released(moment, project, tag))
        .collect()
}

/// Release.
fn render(app: &Simulation, moment: &Moment<'_>, release: &Release) -> Value {
    let project = &moment.projects[release.project as usize];
    let tag = Project::tag(release.tag);
    let url = app.project_url(project);
    let commit = project.tags[release.tag as usize].commit;
    let own = format!("{url}/-/releases/{tag}");
    let archive = |format: &str| json!({ "format": format, "url": format!("{url}/-/archive/{tag}/{}-{tag}.{format}", project.path) });
    let sources = ["zip", "tar.gz", "tar.bz2", "tar"].map(archive);
    json!({
        "tag_name": tag,
        "name": tag,
        "description": release.description(),
        "created_at": release.created.rest(),
        "released_at": release.created.rest(),
        "upcoming_release": false,
        "author": app.user_basic(moment, user(release.author)),
        "commit": app.commit(moment, release.project, commit),
        "milestones": [],
        "commit_path": format!("/{}/-/commit/{}", project.full_path, project.sha(commit)),
        "tag_path": format!("/{}/-/tags/{tag}", project.full_path),
        "assets": {
            "count": 4,
            "sources": sources,
            "links": [],
        },
        "evidences": [{
            "sha": Dice::new(project.seed).of("evidence").at(u64::from(release.tag)).hex(40),
            "filepath": format!("{own}/evidences/{}.json", release.tag + 1),
            "collected_at": release.created.rest(),
        }],
        "_links": {
            "self": own,
            "edit_url": format!("{own}/edit"),
            "opened_issues_url": format!("{url}/-/issues?release_tag={tag}&scope=all&state=opened"),
            "closed_issues_url": format!("{url}/-/issues?release_tag={tag}&scope=all&state=closed"),
            "opened_merge_requests_url": format!("{url}/-/merge_requests?release_tag={tag}&scope=all&state=opened"),
            "merged_merge_requests_url": format!("{url}/-/merge_requests?release_tag={tag}&scope=all&state=merged"),
            "closed_merge_requests_url": format!("{url}/-/merge_requests?release_tag={tag}&scope=all&state=closed"),
        },
    })
}
