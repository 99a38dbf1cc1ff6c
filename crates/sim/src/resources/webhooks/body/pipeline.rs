//! Pipeline Hook.

use serde_json::{Value, json};

use super::people;
use crate::app::Simulation;
use crate::resources::merge_requests;
use crate::resources::rollout::environment;
use crate::resources::scene::history;
use crate::rest::jobs::ArtifactFile;
use crate::world::{JobFacts, JobKind, Moment, PipelineFacts, RunnerKind, Status, Target, Time};

/// A pipeline with the newest run of each of its builds.
pub(super) fn pipeline(app: &Simulation, moment: &Moment<'_>, index: u32) -> Value {
    let facts = moment.pipeline(index);
    let builds: Vec<JobFacts> = moment
        .jobs(index)
        .into_iter()
        .filter(|job| job.kind == JobKind::Build && !job.retried)
        .collect();
    let mut stages: Vec<&str> = Vec::new();
    for job in &builds {
        if !stages.contains(&job.stage) {
            stages.push(job.stage);
        }
    }
    let project = &moment.projects[facts.project as usize];
    let row = &moment.pipelines[index as usize];
    let source_ref = facts.ref_path.splitn(3, '/').nth(2);
    let warnings = facts.warnings && facts.status == Status::Success;
    let builds: Vec<Value> = builds
        .iter()
        .map(|job| build(moment, job, &facts))
        .collect();
    let mut commit = people::commit(app, moment, facts.project, row.commit);
    if let Some(commit) = commit.as_object_mut() {
        commit.remove("title");
    }
    let mut json = json!({
        "object_kind": "pipeline",
        "object_attributes": {
            "id": facts.id,
            "iid": facts.iid,
            "name": facts.name,
            "ref": source_ref,
            "tag": matches!(facts.target, Target::Tag(_)),
            "sha": facts.sha,
            "before_sha": facts.before_sha,
            "source": facts.source.as_str(),
            "status": facts.status.as_str(),
            "detailed_status": if warnings { "passed with warnings" } else { facts.status.label() },
            "stages": stages,
            "created_at": facts.created.hook(),
            "finished_at": facts.finished.map(Time::hook),
            "duration": facts.duration,
            "queued_duration": facts.queued_duration,
            "protected_ref": facts.target == Target::Default,
            "variables": [],
            "url": format!("{}/-/pipelines/{}", app.project_url(project), facts.id),
        },
        "merge_request": merge_request(app, moment, &facts),
        "user": people::user(moment, facts.user),
        "project": people::project(app, moment, facts.project),
        "commit": commit,
        "builds": builds,
    });
    if let Some(source) = source_pipeline(app, moment, &facts) {
        json["source_pipeline"] = source;
    }
    json
}

/// Where a child pipeline comes from.
pub(super) fn source_pipeline(
    app: &Simulation,
    moment: &Moment<'_>,
    facts: &PipelineFacts,
) -> Option<Value> {
    let parent = moment.pipeline(facts.parent?);
    let project = &moment.projects[parent.project as usize];
    let bridges = moment.jobs(parent.index);
    let bridge = bridges
        .iter()
        .find(|job| job.downstream == Some(facts.index));
    Some(json!({
        "project": {
            "id": project.id,
            "web_url": app.project_url(project),
            "path_with_namespace": project.full_path,
        },
        "pipeline_id": parent.id,
        "job_id": bridge.map(|job| job.id),
    }))
}

fn merge_request(app: &Simulation, moment: &Moment<'_>, facts: &PipelineFacts) -> Value {
    let Target::MergeRequest(iid) = facts.target else {
        return Value::Null;
    };
    let Some(request) = history(moment, facts.project)
        .request(u64::from(iid))
        .cloned()
    else {
        return Value::Null;
    };
    let shown = merge_requests::basic(app, moment, &(facts.project, request));
    let mut json = json!({ "url": shown["web_url"] });
    for field in [
        "id",
        "iid",
        "title",
        "source_branch",
        "source_project_id",
        "target_branch",
        "target_project_id",
        "state",
        "merge_status",
        "detailed_merge_status",
    ] {
        json[field] = shown[field].clone();
    }
    json
}

/// One of `builds`.
fn build(moment: &Moment<'_>, job: &JobFacts, pipeline: &PipelineFacts) -> Value {
    let archive = ArtifactFile::all(job).into_iter().find(|_| job.artifacts);
    json!({
        "id": job.id,
        "stage": job.stage,
        "name": &*job.name,
        "status": job.status.as_str(),
        "created_at": job.created.hook(),
        "started_at": job.started.map(Time::hook),
        "finished_at": job.finished.map(Time::hook),
        "duration": seconds(job.duration_ms),
        "queued_duration": seconds(job.queued_ms),
        "failure_reason": job.failure_reason,
        "when": if job.manual { "manual" } else { "on_success" },
        "manual": job.manual,
        "allow_failure": job.allow_failure,
        "user": people::user(moment, job.user),
        "runner": runner(moment, job),
        "artifacts_file": {
            "filename": archive.map(|file| file.name),
            "size": archive.map(|file| file.size),
        },
        "environment": deploys_to(moment, job, pipeline),
    })
}

/// `environment` of a build, or null.
pub(super) fn deploys_to(moment: &Moment<'_>, job: &JobFacts, pipeline: &PipelineFacts) -> Value {
    if job.environment.is_none() {
        return Value::Null;
    }
    let environment = environment(moment, job, pipeline);
    json!({
        "name": environment.name,
        "action": "start",
        "deployment_tier": environment.tier(),
    })
}

/// `runner` of a build, or null.
pub(super) fn runner(moment: &Moment<'_>, job: &JobFacts) -> Value {
    let Some(runner) = job
        .runner
        .and_then(|runner| moment.runners.get(runner as usize))
    else {
        return Value::Null;
    };
    let shared = runner.kind == RunnerKind::Instance;
    json!({
        "id": runner.id,
        "description": runner.description,
        "active": !runner.paused,
        "runner_type": if shared { "instance_type" } else { "group_type" },
        "is_shared": shared,
        "tags": runner.tags,
    })
}

/// Seconds of milliseconds.
pub(super) fn seconds(ms: Option<i64>) -> Value {
    ms.map_or(Value::Null, |ms| (ms as f64 / 1_000.0).into())
}
