//! Job Hook.

use serde_json::{Value, json};

use super::people;
use super::pipeline::{deploys_to, runner, seconds, source_pipeline};
use crate::app::Simulation;
use crate::world::{JobFacts, Moment, Target, Time};

/// A build.
pub(super) fn job(app: &Simulation, moment: &Moment<'_>, job: &JobFacts) -> Value {
    let facts = moment.pipeline(job.pipeline);
    let project = &moment.projects[facts.project as usize];
    let row = &moment.pipelines[job.pipeline as usize];
    let commit = people::commit(app, moment, facts.project, row.commit);
    let runs = moment.jobs(job.pipeline).into_iter();
    let before = runs
        .filter(|run| run.name == job.name && run.id < job.id)
        .count();
    let mut json = json!({
        "object_kind": "build",
        "ref": facts.ref_path.splitn(3, '/').nth(2),
        "tag": matches!(facts.target, Target::Tag(_)),
        "before_sha": facts.before_sha,
        "sha": facts.sha,
        "retries_count": before,
        "build_id": job.id,
        "build_name": &*job.name,
        "build_stage": job.stage,
        "build_status": job.status.as_str(),
        "build_created_at": job.created.hook(),
        "build_started_at": job.started.map(Time::hook),
        "build_finished_at": job.finished.map(Time::hook),
        "build_created_at_iso": job.created.graphql(),
        "build_started_at_iso": job.started.map(Time::graphql),
        "build_finished_at_iso": job.finished.map(Time::graphql),
        "build_duration": seconds(job.duration_ms),
        "build_queued_duration": seconds(job.queued_ms),
        "build_allow_failure": job.allow_failure,
        // GitLab has a reason for jobs that have not failed, too.
        "build_failure_reason": job.failure_reason.unwrap_or("unknown_failure"),
        "pipeline_id": facts.id,
        "runner": runner(moment, job),
        "project_id": project.id,
        "project_name": full_name(moment, facts.project),
        "user": people::user(moment, job.user),
        "repository": people::repository(app, moment, facts.project),
        "project": people::project(app, moment, facts.project),
        "environment": deploys_to(moment, job, &facts),
    });
    json["commit"] = json!({
        "id": facts.id,
        "name": facts.name,
        "sha": facts.sha,
        "message": commit["message"],
        "author_name": commit["author"]["name"],
        "author_email": commit["author"]["email"],
        "author_url": format!("{}/{}", app.url, moment.users[project.commits[row.commit as usize].author as usize].username),
        "status": facts.status.as_str(),
        "duration": facts.duration,
        "started_at": facts.started.map(Time::hook),
        "finished_at": facts.finished.map(Time::hook),
        "started_at_iso": facts.started.map(Time::graphql),
        "finished_at_iso": facts.finished.map(Time::graphql),
    });
    if let Some(source) = source_pipeline(app, moment, &facts) {
        json["source_pipeline"] = source;
    }
    json
}

/// `Acme / Backend / Shop`.
fn full_name(moment: &Moment<'_>, index: u32) -> String {
    let project = &moment.projects[index as usize];
    let group = &moment.groups[project.group as usize];
    format!("{} / {}", group.full_name, project.name)
}
