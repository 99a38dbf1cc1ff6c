//! Deployment Hook and Release Hook.

use serde_json::{Value, json};

use super::people;
use crate::app::Simulation;
use crate::resources::environments;
use crate::resources::releases::released;
use crate::resources::rollout::{Deployment, environment};
use crate::resources::tale::global_id;
use crate::rest::jobs::commit_title;
use crate::world::{JobFacts, Moment, Project};

/// A job that deploys started or ended.
pub(super) fn deployment(app: &Simulation, moment: &Moment<'_>, job: &JobFacts) -> Value {
    let pipeline = moment.pipeline(job.pipeline);
    let project = &moment.projects[job.project as usize];
    let environment = environment(moment, job, &pipeline);
    let shown = environments::basic(moment, job.project, &environment);
    let commit = moment.pipelines[job.pipeline as usize].commit;
    let url = app.project_url(project);
    let changed = job.finished.or(job.started).unwrap_or(job.created);
    json!({
        "object_kind": "deployment",
        "status": Deployment::word(job.status),
        "status_changed_at": changed.hook(),
        "deployment_id": Deployment::id_of(job.id),
        "deployable_id": job.id,
        "deployable_url": format!("{url}/-/jobs/{}", job.id),
        "environment": environment.name,
        "environment_tier": environment.tier(),
        "environment_slug": shown["slug"],
        "environment_external_url": shown["external_url"],
        "project": people::project_with_old_names(app, moment, job.project),
        "ref": pipeline.ref_path.splitn(3, '/').nth(2),
        "short_sha": pipeline.sha[..8],
        "user": people::user(moment, job.user),
        "user_url": job.user.map(|user| format!("{}/{}", app.url, moment.users[user as usize].username)),
        "commit_url": format!("{url}/-/commit/{}", pipeline.sha),
        "commit_title": commit_title(project.seed, commit),
    })
}

/// A tag became a release.
pub(super) fn release(
    app: &Simulation,
    moment: &Moment<'_>,
    index: u32,
    tag: u32,
) -> Option<Value> {
    let project = &moment.projects[index as usize];
    let release = released(moment, project, tag)?;
    let name = Project::tag(tag);
    let url = app.project_url(project);
    let source = |format: &str| {
        let file = format!("{}-{name}.{format}", project.path);
        json!({ "format": format, "url": format!("{url}/-/archive/{name}/{file}") })
    };
    let sources = ["zip", "tar.gz", "tar.bz2", "tar"].map(source);
    let commit = project.tags[tag as usize].commit;
    Some(json!({
        "object_kind": "release",
        "id": global_id(u64::from(index), u64::from(tag)),
        "action": "create",
        "tag": name,
        "name": name,
        "description": release.description(),
        "created_at": release.created.hook(),
        "released_at": release.created.hook(),
        "url": format!("{url}/-/releases/{name}"),
        "project": people::project_with_old_names(app, moment, index),
        "assets": {
            "count": 4,
            "links": [],
            "sources": sources,
        },
        "commit": people::commit(app, moment, index, commit),
    }))
}
