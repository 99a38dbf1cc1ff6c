//! What all bodies embed: projects, repositories, users, commits.

use serde_json::{Value, json};

use crate::app::Simulation;
use crate::rest::jobs::commit_title;
use crate::world::{Moment, Project, Time};

/// `project`, as pipelines and jobs show it.
pub(super) fn project(app: &Simulation, moment: &Moment<'_>, index: u32) -> Value {
    let project = &moment.projects[index as usize];
    let url = app.project_url(project);
    json!({
        "id": project.id,
        "name": project.name,
        "description": project.description,
        "web_url": url,
        "avatar_url": null,
        "git_ssh_url": ssh(app, project),
        "git_http_url": format!("{url}.git"),
        "namespace": moment.groups[project.group as usize].name,
        "visibility_level": visibility(project),
        "path_with_namespace": project.full_path,
        "default_branch": project.default_branch,
        "ci_config_path": "",
    })
}

/// `project`, as all others show it: with names of older versions.
pub(super) fn project_with_old_names(app: &Simulation, moment: &Moment<'_>, index: u32) -> Value {
    let mut json = project(app, moment, index);
    json["homepage"] = json["web_url"].clone();
    json["url"] = json["git_ssh_url"].clone();
    json["ssh_url"] = json["git_ssh_url"].clone();
    json["http_url"] = json["git_http_url"].clone();
    json
}

/// `repository`, as pushes show it.
pub(super) fn repository(app: &Simulation, moment: &Moment<'_>, index: u32) -> Value {
    let mut json = short_repository(app, moment, index);
    let project = &moment.projects[index as usize];
    json["git_http_url"] = format!("{}.git", app.project_url(project)).into();
    json["git_ssh_url"] = ssh(app, project).into();
    json["visibility_level"] = visibility(project).into();
    json
}

/// `repository`, as merge requests and issues show it.
pub(super) fn short_repository(app: &Simulation, moment: &Moment<'_>, index: u32) -> Value {
    let project = &moment.projects[index as usize];
    json!({
        "name": project.name,
        "url": ssh(app, project),
        "description": project.description,
        "homepage": app.project_url(project),
    })
}

/// `user`, or null; addresses of people are hidden.
pub(super) fn user(moment: &Moment<'_>, user: Option<u32>) -> Value {
    let Some(user) = user.and_then(|user| moment.users.get(user as usize)) else {
        return Value::Null;
    };
    json!({
        "id": user.id,
        "name": user.name,
        "username": user.username,
        "avatar_url": null,
        "email": "[REDACTED]",
    })
}

/// A commit, by its index in the project.
pub(super) fn commit(app: &Simulation, moment: &Moment<'_>, project: u32, commit: u32) -> Value {
    let owner = &moment.projects[project as usize];
    let row = &owner.commits[commit as usize];
    let author = &moment.users[row.author as usize];
    let (sha, title) = (owner.sha(commit), commit_title(owner.seed, commit));
    json!({
        "id": sha,
        "message": format!("{title}\n"),
        "title": title,
        "timestamp": with_offset(row.at),
        "url": format!("{}/-/commit/{sha}", app.project_url(owner)),
        "author": {
            "name": author.name,
            "email": format!("{}@acme.example", author.username),
        },
    })
}

/// `2022-09-21T01:05:07+00:00`, as commits have it.
fn with_offset(at: Time) -> String {
    format!("{}+00:00", &at.rest()[..19])
}

fn ssh(app: &Simulation, project: &Project) -> String {
    let host = app.url.trim_start_matches("http://");
    format!("git@{host}:{}.git", project.full_path)
}

fn visibility(project: &Project) -> u8 {
    match project.visibility {
        "public" => 20,
        "internal" => 10,
        _ => 0,
    }
}
