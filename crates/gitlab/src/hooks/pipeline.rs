//! `pipeline` events.

use std::collections::HashMap;

use jiff::Timestamp;
use labtower_model::{
    Job, Pipeline, PipelineId, PipelineIid, PipelineWithJobs, ProjectId, RefKind, Status, User,
    UserId,
};
use serde_json::Value;

use super::job::{self, JobHook, latest, rank};
use super::{HookError, text, time::time};

/// A pipeline and the newest run of each of its jobs, as an event shows them.
///
/// Not told are bridges, earlier runs of retried jobs, coverage and `updated_at`. In place of that is when it was
/// created or finished, or what was known before: never later than what the API says of the same state, so the API wins.
#[derive(Debug, Clone, PartialEq)]
pub struct PipelineHook {
    pipeline: Pipeline,
    jobs: Vec<JobHook>,
}

impl PipelineHook {
    /// The pipeline's id.
    pub fn id(&self) -> PipelineId {
        self.pipeline.id
    }

    /// The project it belongs to.
    pub fn project_id(&self) -> ProjectId {
        self.pipeline.project_id
    }

    /// Its jobs as the event shows them; what the event does not tell of new ones may be put there.
    pub fn jobs_mut(&mut self) -> impl Iterator<Item = &mut Job> {
        self.jobs.iter_mut().map(|hook| &mut hook.job)
    }

    /// The pipeline as it is after this event, or `None` if nothing of the event is news.
    pub fn onto(&self, known: Option<&PipelineWithJobs>) -> Option<PipelineWithJobs> {
        let Some(known) = known else {
            return Some(PipelineWithJobs {
                pipeline: self.pipeline.clone(),
                jobs: self.jobs.iter().map(|it| it.job.clone()).collect(),
            });
        };
        let jobs = self.jobs.iter().map(|it| &it.job);
        let told = version(&self.pipeline, jobs);
        let known_version = version(&known.pipeline, known.jobs.iter());
        let news =
            told > known_version || told.0 == known_version.0 && self.has_come_to_rest(known);
        let mut whole = known.clone();
        if news {
            whole.pipeline = self.over(&known.pipeline);
        }
        let changed = self.jobs_onto(&mut whole.jobs);
        (news || changed).then_some(whole)
    }

    /// Whether the pipeline ran on as far as is known, and rests now: it waits for somebody or something.
    ///
    /// What made it rest, the end of a job, may have been told by an event of that job before.
    fn has_come_to_rest(&self, known: &PipelineWithJobs) -> bool {
        let rests = matches!(
            self.pipeline.status,
            Status::Manual | Status::Scheduled | Status::WaitingForResource
        );
        let is_current = |hook: &JobHook| {
            let known = known.jobs.iter().find(|job| job.id == hook.job.id);
            known.is_none_or(|known| hook.is_as_new_as(known))
        };
        rests
            && known.pipeline.status != self.pipeline.status
            && !known.pipeline.status.is_finished()
            && self.jobs.iter().all(is_current)
    }

    /// The event's pipeline with what only the API tells.
    fn over(&self, known: &Pipeline) -> Pipeline {
        let mut pipeline = self.pipeline.clone();
        let running_again = !pipeline.status.is_finished();
        pipeline.started_at = pipeline.started_at.or(known.started_at);
        pipeline.coverage = known.coverage;
        pipeline.failure_reason = known.failure_reason.clone().filter(|_| !running_again);
        pipeline.user = known.user.clone().or(pipeline.user);
        pipeline.name = pipeline.name.or_else(|| known.name.clone());
        pipeline.queued_duration = pipeline.queued_duration.or(known.queued_duration);
        pipeline.committed_at = known.committed_at.or(pipeline.committed_at);
        pipeline.ref_kind = known.ref_kind;
        pipeline.ref_name.clone_from(&known.ref_name);
        pipeline.updated_at = pipeline.updated_at.max(known.updated_at);
        pipeline
    }

    fn jobs_onto(&self, jobs: &mut Vec<Job>) -> bool {
        let mut changed = false;
        for hook in &self.jobs {
            changed |= hook.put_into(jobs);
        }
        changed
    }
}

/// How far a pipeline has come: the latest moment known of it and its jobs, then its status, then its end, for one that
/// ends anew with the last job may be known to have ended before. It only grows.
fn version<'j>(
    pipeline: &Pipeline,
    jobs: impl Iterator<Item = &'j Job>,
) -> (Timestamp, u8, Option<Timestamp>) {
    let ends = pipeline
        .finished_at
        .filter(|_| pipeline.status.is_finished());
    let moments = jobs.map(latest).chain(ends);
    (
        moments.fold(pipeline.created_at, Timestamp::max),
        rank(&pipeline.status),
        ends,
    )
}

/// A `pipeline` event.
pub(super) fn read(event: &Value) -> Result<PipelineHook, HookError> {
    let lacks = |field| HookError::Field {
        kind: "pipeline",
        field,
    };
    let project_id = super::project_id(event)
        .map(ProjectId)
        .ok_or(lacks("project.id"))?;
    let about = &event["object_attributes"];
    let id = about["id"]
        .as_i64()
        .map(PipelineId)
        .ok_or(lacks("object_attributes.id"))?;
    let status = about["status"]
        .as_str()
        .ok_or(lacks("object_attributes.status"))?;
    let created_at = time(&about["created_at"]).ok_or(lacks("object_attributes.created_at"))?;
    let builds = event["builds"].as_array().map_or(&[][..], Vec::as_slice);
    let jobs = jobs(builds, id, project_id)?;
    let (status, finished_at) = (Status::parse(status), time(&about["finished_at"]));
    let ended = status.is_finished();
    let finished_at = finished_at.filter(|_| ended);
    let pipeline = Pipeline {
        id,
        iid: PipelineIid(about["iid"].as_i64().unwrap_or_default()),
        project_id,
        name: text(&about["name"]),
        ref_name: text(&about["ref"]),
        ref_kind: ref_kind(event),
        sha: text(&about["sha"]),
        source: text(&about["source"]),
        created_at,
        updated_at: finished_at.map_or(created_at, |at| at.max(created_at)),
        started_at: jobs.iter().filter_map(|it| it.job.started_at).min(),
        finished_at,
        committed_at: time(&event["commit"]["timestamp"]),
        duration: about["duration"].as_i64().filter(|_| ended),
        queued_duration: about["queued_duration"].as_f64(),
        coverage: None,
        failure_reason: None,
        user: user(&event["user"]),
        status,
    };
    Ok(PipelineHook { pipeline, jobs })
}

/// The jobs of an event. Of one that it tells of twice, the newer state.
fn jobs(builds: &[Value], id: PipelineId, project: ProjectId) -> Result<Vec<JobHook>, HookError> {
    let mut places = HashMap::new();
    let mut jobs: Vec<JobHook> = Vec::with_capacity(builds.len());
    for build in builds {
        let hook = job::of_pipeline(build, id, project)?;
        let place = *places.entry(hook.job.id).or_insert(jobs.len());
        match jobs.get_mut(place) {
            None => jobs.push(hook),
            Some(known) if hook.is_as_new_as(&known.job) => *known = hook,
            Some(_) => {}
        }
    }
    Ok(jobs)
}

fn ref_kind(event: &Value) -> RefKind {
    let about = &event["object_attributes"];
    if about["tag"].as_bool() == Some(true) {
        RefKind::Tag
    } else if about["source"] == "merge_request_event" {
        RefKind::MergeRequest
    } else {
        RefKind::Branch
    }
}

fn user(value: &Value) -> Option<User> {
    Some(User {
        id: UserId(value["id"].as_i64()?),
        username: text(&value["username"])?,
        name: text(&value["name"]),
    })
}

#[cfg(test)]
mod tests {
    use labtower_model::{JobKind, RunnerId};
    use serde_json::json;

    use super::*;

    fn event(status: &str, finished_at: Option<&str>, job: (&str, Option<&str>)) -> Value {
        json!({
            "object_kind": "pipeline",
            "object_attributes": {
                "id": 31, "iid": 3, "ref": "main", "tag": false, "sha": "bcbb5e", "source": "push",
                "status": status, "created_at": "2026-08-12 15:23:28 UTC", "finished_at": finished_at,
                "duration": finished_at.map(|_| 63), "queued_duration": 2,
            },
            "project": {"id": 7},
            "user": {"id": 1, "name": "Ada", "username": "ada"},
            "commit": {"timestamp": "2026-08-12T17:23:00+02:00"},
            "builds": [{
                "id": 380, "stage": "test", "name": "unit", "status": job.0,
                "created_at": "2026-08-12 15:23:28 UTC", "started_at": "2026-08-12 15:23:40 UTC",
                "finished_at": job.1, "duration": job.1.map(|_| 60.5), "allow_failure": false,
                "failure_reason": "script_failure", "runner": {"id": 5},
            }],
        })
    }

    fn running() -> PipelineHook {
        read(&event("running", None, ("running", None))).unwrap()
    }

    fn failed() -> PipelineHook {
        let at = Some("2026-08-12 15:24:41 UTC");
        read(&event("failed", at, ("failed", at))).unwrap()
    }

    #[test]
    fn what_is_told_is_read() {
        let whole = failed().onto(None).unwrap();
        let pipeline = &whole.pipeline;
        assert_eq!((pipeline.id.get(), pipeline.project_id.get()), (31, 7));
        assert_eq!(pipeline.status, Status::Failed);
        assert_eq!(pipeline.duration, Some(63));
        assert_eq!(pipeline.updated_at.to_string(), "2026-08-12T15:24:41Z");
        assert_eq!(
            pipeline.committed_at.unwrap().to_string(),
            "2026-08-12T15:23:00Z"
        );
        let job = &whole.jobs[0];
        assert_eq!(job.failure_reason.as_deref(), Some("script_failure"));
        assert_eq!(
            (job.duration, job.runner_id.map(RunnerId::get)),
            (Some(60), Some(5))
        );
        let early = running().onto(None).unwrap();
        assert_eq!(early.jobs[0].failure_reason, None);
        assert_eq!(early.pipeline.finished_at, None);
    }

    #[test]
    fn the_order_of_events_does_not_matter() {
        let forward = failed().onto(Some(&running().onto(None).unwrap())).unwrap();
        let known = failed().onto(None).unwrap();
        assert_eq!(running().onto(Some(&known)), None);
        assert_eq!(forward.pipeline.status, known.pipeline.status);
        assert_eq!(forward.jobs, known.jobs);
        assert_eq!(failed().onto(Some(&forward)), None);
    }

    #[test]
    fn a_running_job_tells_that_its_pipeline_runs() {
        let waits = event("pending", None, ("pending", None));
        let mut known = read(&waits).unwrap().onto(None).unwrap();
        known.jobs[0].started_at = None;
        let runs = &running().jobs[0];
        let whole = runs.onto_pipeline(&known).unwrap();
        assert_eq!(whole.pipeline.status, Status::Running);
        // What the job did next came first: the pipeline ran on meanwhile, as its own event says.
        let ended = failed().onto(None).unwrap();
        assert_eq!(runs.onto_pipeline(&ended), None, "an old job is no news");
    }

    #[test]
    fn a_pipeline_that_ends_anew_with_a_job_told_of_before_has_ended_anew() {
        let known = failed().onto(None).unwrap();
        let at = Some("2026-08-12 15:30:00 UTC");
        let mut again = event("success", at, ("success", at));
        again["builds"][0]["id"] = json!(381);
        again["builds"][0]["started_at"] = json!("2026-08-12 15:29:00 UTC");
        let again = read(&again).unwrap();
        let known = again.jobs[0].onto_pipeline(&known).unwrap();
        assert_eq!(known.pipeline.status, Status::Failed, "no event told of it");
        let whole = again.onto(Some(&known)).unwrap();
        assert_eq!(whole.pipeline.status, Status::Success);
        assert_eq!(failed().onto(Some(&whole)), None, "an old end is none");
    }

    #[test]
    fn a_pipeline_rests_although_an_event_of_its_last_job_came_first() {
        let at = Some("2026-08-12 15:24:41 UTC");
        let mut known = running().onto(None).unwrap();
        let ended = read(&event("manual", None, ("success", at))).unwrap();
        known = ended.jobs[0].onto_pipeline(&known).unwrap();
        assert_eq!(known.pipeline.status, Status::Running);
        let rests = ended.onto(Some(&known)).unwrap();
        assert_eq!(rests.pipeline.status, Status::Manual);
        assert_eq!(ended.onto(Some(&rests)), None);
        // One that was under way meanwhile takes nothing back.
        assert_eq!(running().onto(Some(&rests)), None);
        let mut again = event("running", None, ("success", at));
        let mut played = again["builds"][0].clone();
        played["id"] = json!(390);
        played["name"] = json!("deploy");
        played["status"] = json!("running");
        played["finished_at"] = Value::Null;
        played["started_at"] = json!("2026-08-12 15:30:00 UTC");
        again["builds"].as_array_mut().unwrap().push(played);
        let resumed = read(&again).unwrap().onto(Some(&rests)).unwrap();
        assert_eq!(resumed.pipeline.status, Status::Running);
        assert_eq!(ended.onto(Some(&resumed)), None, "an old rest is none");
    }

    #[test]
    fn a_job_that_is_told_of_twice_is_there_once() {
        let mut event = event("running", None, ("running", None));
        let mut newer = event["builds"][0].clone();
        newer["started_at"] = json!("2026-08-12 15:23:50 UTC");
        event["builds"].as_array_mut().unwrap().insert(0, newer);
        let whole = read(&event).unwrap().onto(None).unwrap();
        assert_eq!(whole.jobs.len(), 1);
        let started = whole.jobs[0].started_at.unwrap();
        assert_eq!(started.to_string(), "2026-08-12T15:23:50Z");
    }

    #[test]
    fn what_only_the_api_tells_stays() {
        let mut known = running().onto(None).unwrap();
        known.pipeline.coverage = Some(81.5);
        known.pipeline.updated_at = "2026-08-12T15:25:00Z".parse().unwrap();
        known.jobs[0].tags = vec!["linux".to_owned()];
        let mut bridge = known.jobs[0].clone();
        bridge.id = labtower_model::JobId(381);
        bridge.kind = JobKind::Bridge;
        known.jobs.push(bridge.clone());
        let whole = failed().onto(Some(&known)).unwrap();
        assert_eq!(whole.pipeline.coverage, Some(81.5));
        assert_eq!(whole.pipeline.updated_at, known.pipeline.updated_at);
        assert_eq!(whole.jobs[0].tags, ["linux"]);
        assert_eq!(whole.jobs[1], bridge);
    }

    #[test]
    fn a_new_run_of_a_job_replaces_the_one_before() {
        let known = failed().onto(None).unwrap();
        let mut again = event("running", None, ("running", None));
        again["builds"][0]["id"] = json!(390);
        again["builds"][0]["created_at"] = json!("2026-08-12 16:00:00 UTC");
        again["builds"][0]["started_at"] = json!("2026-08-12 16:00:05 UTC");
        let whole = read(&again).unwrap().onto(Some(&known)).unwrap();
        assert_eq!(whole.pipeline.status, Status::Running);
        assert_eq!(whole.pipeline.finished_at, None);
        let retried: Vec<(i64, bool)> = whole
            .jobs
            .iter()
            .map(|job| (job.id.get(), job.retried))
            .collect();
        assert_eq!(retried, [(380, true), (390, false)]);
    }
}
