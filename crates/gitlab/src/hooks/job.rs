//! `build` events, and the builds within `pipeline` events.

use jiff::Timestamp;
use labtower_model::{
    Job, JobId, JobKind, PipelineId, PipelineWithJobs, ProjectId, RunnerId, Status,
};
use serde_json::Value;

use super::{HookError, text, time::time};

/// A job as an event shows it.
///
/// Not told are coverage, exit code, the tags it asks for and what a bridge started: of those the job has none here.
#[derive(Debug, Clone, PartialEq)]
pub struct JobHook {
    /// The job.
    pub job: Job,
}

impl JobHook {
    /// The job, if what is known of it is no newer; with what only the API tells as that was known.
    pub fn onto(&self, known: Option<&Job>) -> Option<Job> {
        let Some(known) = known else {
            return Some(self.job.clone());
        };
        if version(known) >= version(&self.job) {
            return None;
        }
        let mut job = self.job.clone();
        job.kind = known.kind;
        job.coverage = known.coverage;
        job.exit_code = known.exit_code;
        job.tags.clone_from(&known.tags);
        job.downstream_pipeline_id = known.downstream_pipeline_id;
        job.queued_duration = job.queued_duration.or(known.queued_duration);
        job.runner_id = job.runner_id.or(known.runner_id);
        Some(job)
    }

    /// Whether it tells of a state that is no older than what is known.
    pub(super) fn is_as_new_as(&self, known: &Job) -> bool {
        version(&self.job) >= version(known)
    }

    /// The pipeline with this job as it is after this event, or `None` if nothing of the event is news.
    pub fn onto_pipeline(&self, known: &PipelineWithJobs) -> Option<PipelineWithJobs> {
        let mut whole = known.clone();
        if !self.put_into(&mut whole.jobs) {
            return None;
        }
        // The pipeline's own event says so too, but may be overtaken by what the job does next.
        let pipeline = &mut whole.pipeline;
        let says_so = matches!(pipeline.status, Status::Running | Status::Canceling);
        if self.job.status == Status::Running && !says_so {
            pipeline.status = Status::Running;
            pipeline.finished_at = None;
            pipeline.started_at = pipeline.started_at.or(self.job.started_at);
        }
        Some(whole)
    }

    /// Puts the job in its place among those of its pipeline; a new run of one replaces the runs before. Whether
    /// anything of it is news.
    pub(super) fn put_into(&self, jobs: &mut Vec<Job>) -> bool {
        let place = jobs.iter().position(|job| job.id == self.job.id);
        let Some(job) = self.onto(place.map(|place| &jobs[place])) else {
            return false;
        };
        if let Some(place) = place {
            jobs[place] = job;
            return true;
        }
        let same =
            |old: &&mut Job| old.kind == JobKind::Build && old.name == job.name && old.id < job.id;
        for old in jobs.iter_mut().filter(same) {
            old.retried = true;
        }
        jobs.push(job);
        true
    }
}

/// How far a job has come; it only grows.
fn version(job: &Job) -> (Timestamp, u8) {
    (latest(job), rank(&job.status))
}

/// The latest moment that is known of a job.
pub(super) fn latest(job: &Job) -> Timestamp {
    let known = [job.started_at, job.finished_at];
    known
        .into_iter()
        .flatten()
        .fold(job.created_at, Timestamp::max)
}

/// Order in which a job or pipeline goes through statuses.
pub(super) fn rank(status: &Status) -> u8 {
    match status {
        Status::Created => 0,
        Status::WaitingForResource | Status::WaitingForCallback => 1,
        Status::Preparing => 2,
        Status::Manual | Status::Scheduled => 3,
        Status::Pending => 4,
        Status::Running => 5,
        Status::Canceling => 6,
        _ => 7,
    }
}

/// A `build` event.
pub(super) fn read(event: &Value) -> Result<JobHook, HookError> {
    let lacks = |field| HookError::Field {
        kind: "build",
        field,
    };
    let at = |name: &str| time(&event[format!("{name}_iso")]).or_else(|| time(&event[name]));
    let status = event["build_status"].as_str();
    let status = Status::parse(status.ok_or(lacks("build_status"))?);
    let id = event["build_id"].as_i64().ok_or(lacks("build_id"))?;
    let pipeline = event["pipeline_id"]
        .as_i64()
        .or_else(|| event["commit"]["id"].as_i64());
    let project = super::project_id(event);
    let job = Job {
        id: JobId(id),
        pipeline_id: PipelineId(pipeline.ok_or(lacks("pipeline_id"))?),
        project_id: ProjectId(project.ok_or(lacks("project_id"))?),
        name: text(&event["build_name"]).ok_or(lacks("build_name"))?,
        stage: text(&event["build_stage"]),
        created_at: at("build_created_at").ok_or(lacks("build_created_at"))?,
        started_at: at("build_started_at"),
        finished_at: at("build_finished_at"),
        allow_failure: event["build_allow_failure"].as_bool().unwrap_or(false),
        failure_reason: reason(&status, &event["build_failure_reason"]),
        duration: seconds(&event["build_duration"], &status),
        queued_duration: event["build_queued_duration"].as_f64(),
        runner_id: event["runner"]["id"].as_i64().map(RunnerId),
        ..bare(status)
    };
    Ok(JobHook { job })
}

/// One of the `builds` of a `pipeline` event.
pub(super) fn of_pipeline(
    build: &Value,
    pipeline_id: PipelineId,
    project_id: ProjectId,
) -> Result<JobHook, HookError> {
    let lacks = |field| HookError::Field {
        kind: "pipeline",
        field,
    };
    let status = build["status"].as_str();
    let status = Status::parse(status.ok_or(lacks("builds.status"))?);
    let id = build["id"].as_i64().ok_or(lacks("builds.id"))?;
    let job = Job {
        id: JobId(id),
        pipeline_id,
        project_id,
        name: text(&build["name"]).ok_or(lacks("builds.name"))?,
        stage: text(&build["stage"]),
        created_at: time(&build["created_at"]).ok_or(lacks("builds.created_at"))?,
        started_at: time(&build["started_at"]),
        finished_at: time(&build["finished_at"]),
        allow_failure: build["allow_failure"].as_bool().unwrap_or(false),
        failure_reason: reason(&status, &build["failure_reason"]),
        duration: seconds(&build["duration"], &status),
        queued_duration: build["queued_duration"].as_f64(),
        runner_id: build["runner"]["id"].as_i64().map(RunnerId),
        ..bare(status)
    };
    Ok(JobHook { job })
}

/// What events do not tell.
fn bare(status: Status) -> Job {
    Job {
        id: JobId(0),
        pipeline_id: PipelineId(0),
        project_id: ProjectId(0),
        kind: JobKind::Build,
        name: String::new(),
        stage: None,
        status,
        created_at: Timestamp::UNIX_EPOCH,
        started_at: None,
        finished_at: None,
        duration: None,
        queued_duration: None,
        coverage: None,
        allow_failure: false,
        retried: false,
        failure_reason: None,
        exit_code: None,
        tags: Vec::new(),
        runner_id: None,
        downstream_pipeline_id: None,
    }
}

/// Events carry a reason whether or not there was a failure.
fn reason(status: &Status, value: &Value) -> Option<String> {
    text(value).filter(|_| *status == Status::Failed)
}

/// Whole seconds of a job that has ended, as the API has them.
fn seconds(value: &Value, status: &Status) -> Option<i64> {
    let seconds = value.as_f64().filter(|_| status.is_finished())?;
    Some(seconds as i64)
}
