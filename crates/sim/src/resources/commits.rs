//! `/projects/:id/repository/commits`.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::order::within;
use super::scene::history;
use super::tale::{History, Request};
use super::{Dice, merge_requests};
use crate::app::{App, Simulation};
use crate::rest::error::ApiError;
use crate::rest::jobs::commit_title;
use crate::rest::page::{Paging, Totals};
use crate::rest::query::Params;
use crate::world::{Moment, Project, Time};

/// Routes below `/api/v4`.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/projects/{id}/repository/commits", get(list))
        .route("/projects/{id}/repository/commits/{sha}", get(one))
        .route(
            "/projects/{id}/repository/commits/{sha}/merge_requests",
            get(merge_requests),
        )
}

async fn list(
    State(app): State<App>,
    Path(id): Path<String>,
    paging: Paging,
) -> Result<Response, ApiError> {
    let moment = app.moment();
    let index = app.project(&moment, &id)?;
    let params = &paging.params;
    let span = (params.time("since")?, params.time("until")?);
    let with_stats = params.flag("with_stats")?.unwrap_or(false);
    let project = &moment.projects[index as usize];
    let history = history(&moment, index);
    let mut commits = if params.flag("all")?.unwrap_or(false) {
        history.all(project)
    } else {
        let name = params.get("ref_name").unwrap_or(project.default_branch);
        reachable(project, &history, name).ok_or_else(|| ApiError::not_found(""))?
    };
    commits.retain(|commit| within(span, project.commits[*commit as usize].at));
    if let Some(author) = params.get("author") {
        commits.retain(|commit| {
            let author_of = &moment.users[project.commits[*commit as usize].author as usize];
            author_of.name.contains(author) || author_of.username.contains(author)
        });
    }
    if paging.is_keyset() {
        return Err(ApiError::no_keyset());
    }
    // GitLab asks Gitaly for one page and never counts.
    Ok(paging.offset(&commits, Totals::Hidden, |commit| {
        let mut value = app.commit(&moment, index, *commit);
        if with_stats {
            value["stats"] = stats(project, *commit);
        }
        value
    }))
}

async fn one(
    State(app): State<App>,
    Path((id, sha)): Path<(String, String)>,
    params: Params,
) -> Result<Response, ApiError> {
    let moment = app.moment();
    let index = app.project(&moment, &id)?;
    let project = &moment.projects[index as usize];
    let history = history(&moment, index);
    let commit = find(project, &history, &sha).ok_or_else(|| ApiError::not_found("Commit"))?;
    let mut value = app.commit(&moment, index, commit);
    if params.flag("stats")?.unwrap_or(true) {
        value["stats"] = stats(project, commit);
    }
    let name = project.sha(commit);
    let newest = moment
        .pipelines_of(index)
        .find(|row| moment.pipelines[*row as usize].commit == commit);
    let last = newest.map(|row| app.pipeline_basic(&moment, &moment.pipeline(row)));
    value["status"] = last
        .as_ref()
        .map_or(Value::Null, |last| last["status"].clone());
    value["last_pipeline"] = last.unwrap_or(Value::Null);
    value["project_id"] = json!(project.id);
    debug_assert_eq!(value["id"], json!(name));
    Ok(Json(value).into_response())
}

/// The merge requests that brought a commit: by its own commits, or by the merge.
async fn merge_requests(
    State(app): State<App>,
    Path((id, sha)): Path<(String, String)>,
    paging: Paging,
) -> Result<Response, ApiError> {
    let moment = app.moment();
    let index = app.project(&moment, &id)?;
    let project = &moment.projects[index as usize];
    let history = history(&moment, index);
    let commit = find(project, &history, &sha).ok_or_else(|| ApiError::not_found("Commit"))?;
    let own = history
        .requests
        .iter()
        .filter(|request| request.commits.contains(&commit));
    let rows: Vec<(u32, Request)> = own
        .chain(history.merged_by(commit))
        .map(|request| (index, request.clone()))
        .collect();
    paging.respond(&rows, |row| merge_requests::basic(&app, &moment, row))
}

/// The commits reachable from a branch, tag or commit name, newest first; none if there is no such name.
pub(super) fn reachable(project: &Project, history: &History, name: &str) -> Option<Vec<u32>> {
    let branch = history.default_branch(project);
    if name == project.default_branch || name == "HEAD" {
        return Some(branch);
    }
    if let Some(request) = history
        .requests
        .iter()
        .find(|request| name == source_branch(project, request.index))
    {
        return Some(history.feature_branch(project, request));
    }
    let commit = find(project, history, name)?;
    let on_default = branch.contains(&commit);
    if on_default {
        return Some(
            branch
                .into_iter()
                .filter(|other| *other <= commit)
                .collect(),
        );
    }
    let request = history
        .requests
        .iter()
        .find(|request| request.commits.contains(&commit))?;
    let below = history
        .feature_branch(project, request)
        .into_iter()
        .filter(|other| *other <= commit);
    Some(below.collect())
}

/// The commit a branch, a tag, or (the beginning of) a commit name means.
pub(super) fn find(project: &Project, history: &History, name: &str) -> Option<u32> {
    let tag = (0..project.tags.len() as u32).find(|tag| Project::tag(*tag) == name);
    if let Some(tag) = tag {
        return Some(project.tags[tag as usize].commit);
    }
    if name == project.default_branch {
        return history.default_branch(project).first().copied();
    }
    if let Some(request) = history
        .requests
        .iter()
        .find(|request| name == source_branch(project, request.index))
    {
        return request.commits.last().copied();
    }
    if name.len() < 7 {
        return None;
    }
    let known = 0..project.commits.len() as u32;
    known
        .filter(|commit| history.pushed(*commit).is_some())
        .find(|commit| project.sha(*commit).starts_with(name))
}

/// Name of the source branch of the merge request `index`.
pub(super) fn source_branch(project: &Project, index: u64) -> String {
    project.branch(crate::world::Branch::Feature(index as u32 + 1))
}

/// CommitStats.
fn stats(project: &Project, commit: u32) -> Value {
    let mut dice = Dice::new(project.seed).of("stats").at(u64::from(commit));
    let additions = 1 + dice.below(60) * (1 + dice.below(2) * dice.below(12));
    let deletions = dice.below(50);
    json!({ "additions": additions, "deletions": deletions, "total": additions + deletions })
}

/// A commit's date: whole seconds with the committer's offset.
pub(super) fn commit_date(at: Time) -> String {
    let mut text = at.graphql();
    text.pop();
    text.push_str(".000+00:00");
    text
}

impl Simulation {
    /// Commit.
    pub(crate) fn commit(&self, moment: &Moment<'_>, project: u32, commit: u32) -> Value {
        let owner = &moment.projects[project as usize];
        let row = &owner.commits[commit as usize];
        let author = &moment.users[row.author as usize];
        let sha = owner.sha(commit);
        let title = commit_title(owner.seed, commit);
        let email = format!("{}@acme.example", author.username);
        let date = commit_date(row.at);
        json!({
            "id": sha,
            "short_id": sha[..8],
            "created_at": date,
            "parent_ids": row.parent.map(|parent| owner.sha(parent)).into_iter().collect::<Vec<_>>(),
            "title": title,
            "message": format!("{title}\n"),
            "author_name": author.name,
            "author_email": email,
            "authored_date": date,
            "committer_name": author.name,
            "committer_email": email,
            "committed_date": date,
            "trailers": {},
            "extended_trailers": {},
            "web_url": format!("{}/-/commit/{sha}", self.project_url(owner)),
        })
    }
}
