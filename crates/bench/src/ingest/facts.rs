//! Pipelines and jobs to store, as a busy GitLab would give them: few names and refs that repeat, many that do not.

use jiff::{SignedDuration, Timestamp};
use labtower_model::{
    Job, JobId, JobKind, Pipeline, PipelineId, PipelineIid, PipelineWithJobs, ProjectId, RefKind,
    RunnerId, Status, User, UserId, samples,
};
use labtower_store::Batch;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::Args;

/// All pages of one version; another version differs in every pipeline and every job.
pub(super) fn pages(args: &Args, version: i64) -> Vec<Batch> {
    lazy_pages(args, version).collect()
}

/// The same, each page made when it is asked for.
pub(super) fn lazy_pages(args: &Args, version: i64) -> impl Iterator<Item = Batch> {
    // The same seed for every version, so that only what depends on the version differs.
    let mut rng = StdRng::seed_from_u64(1);
    // A page holds one project's pipelines, newest last; here a project fills its pages before the next begins.
    (0..args.pipelines.div_ceil(args.page)).map(move |page| {
        let first = 1 + page * args.page;
        let last = (first + args.page).min(args.pipelines + 1);
        let units = (first..last).map(|id| unit(args, &mut rng, id as i64, version));
        Batch {
            read_at: Some(samples::at(10_000_000 + version)),
            pipelines: units.collect(),
            ..Batch::default()
        }
    })
}

fn unit(args: &Args, rng: &mut StdRng, id: i64, version: i64) -> PipelineWithJobs {
    // Consecutive pipelines of one page share their project.
    let project_id = ProjectId(1 + (id / args.page as i64) % args.projects);
    let created_at = samples::at(id * 130);
    let duration: i64 = rng.random_range(20..3_000);
    let failed = rng.random_bool(0.15);
    let ref_name = match rng.random_range(0..10) {
        0..4 => "main".to_owned(),
        4 => format!("1.{}", rng.random_range(0..40)),
        _ => format!(
            "feature/{}-improve-things",
            rng.random_range(0..args.pipelines)
        ),
    };
    let pipeline = Pipeline {
        id: PipelineId(id),
        iid: PipelineIid(id),
        project_id,
        name: None,
        ref_kind: RefKind::Branch,
        ref_name: Some(ref_name),
        sha: Some(format!("{:040x}", rng.random::<u128>())),
        source: Some(
            if rng.random_bool(0.7) {
                "push"
            } else {
                "schedule"
            }
            .to_owned(),
        ),
        status: if failed {
            Status::Failed
        } else {
            Status::Success
        },
        created_at,
        updated_at: after(created_at, duration + version),
        started_at: Some(after(created_at, 4)),
        finished_at: Some(after(created_at, duration)),
        committed_at: Some(created_at),
        duration: Some(duration + version),
        queued_duration: Some(4.0),
        coverage: None,
        failure_reason: None,
        user: Some(user(rng.random_range(0..300))),
    };
    let jobs = (0..args.jobs as i64)
        .map(|index| job(rng, &pipeline, id * 100 + index, index, version))
        .collect();
    PipelineWithJobs { pipeline, jobs }
}

fn job(rng: &mut StdRng, pipeline: &Pipeline, id: i64, index: i64, version: i64) -> Job {
    let created_at = pipeline.created_at;
    let queued = rng.random_range(1..90);
    let duration = rng.random_range(5..900);
    let failed = pipeline.status == Status::Failed && index == 0;
    Job {
        id: JobId(id),
        pipeline_id: pipeline.id,
        project_id: pipeline.project_id,
        kind: JobKind::Build,
        name: format!(
            "job {} of project {}",
            index,
            pipeline.project_id.get() % 50
        ),
        stage: Some(["build", "test", "deploy"][index as usize % 3].to_owned()),
        status: if failed {
            Status::Failed
        } else {
            Status::Success
        },
        created_at,
        started_at: Some(after(created_at, queued)),
        finished_at: Some(after(created_at, queued + duration)),
        duration: Some(duration + version),
        queued_duration: Some(queued as f64 + 0.25),
        coverage: None,
        allow_failure: index == 4,
        retried: false,
        failure_reason: failed.then(|| "script_failure".to_owned()),
        exit_code: failed.then_some(1),
        tags: vec!["docker".to_owned(), "linux".to_owned()],
        runner_id: Some(RunnerId(rng.random_range(1..80))),
        downstream_pipeline_id: None,
    }
}

fn user(number: i64) -> User {
    User {
        id: UserId(number),
        username: format!("person{number}"),
        name: Some(format!("Person Number {number}")),
    }
}

fn after(at: Timestamp, seconds: i64) -> Timestamp {
    at.saturating_add(SignedDuration::from_secs(seconds))
        .unwrap_or(at)
}
