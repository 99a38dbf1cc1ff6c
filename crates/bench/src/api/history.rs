//! A large random history, written through the store's own bulk path and kept between runs.

use std::sync::Arc;

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};
use labtower_model::{
    FakeClock, Job, JobId, JobKind, Pipeline, PipelineId, PipelineIid, PipelineWithJobs, Project,
    ProjectId, RefKind, RunnerId, Status, User, UserId,
};
use labtower_store::{Batch, RollupMode, Store, StoreOptions, SyncUpdate};
use rand::{Rng, SeedableRng, rngs::SmallRng};

use super::Args;

/// Raised when the history changes, so that an old file is not taken for a new one.
const VERSION: u32 = 4;

/// Pipelines per batch.
const BATCH: u64 = 1_000;

const DAY: i64 = 86_400;

/// Names and times of the history, as far as questions need them.
pub(crate) struct History {
    pub(crate) projects: Vec<Project>,
    /// Running sum of the projects' shares.
    shares: Vec<f64>,
    pub(super) start: Timestamp,
    pub(crate) end: Timestamp,
}

impl History {
    pub(crate) fn new(args: &Args) -> Self {
        // A Monday, a little after midnight: no day is aligned with anything.
        let start = Timestamp::from_second(19_723 * DAY + 1_234).unwrap_or_default();
        let mut sum = 0.0;
        let shares = (1..=args.projects)
            .map(|rank| {
                sum += 1.0 / rank as f64;
                sum
            })
            .collect();
        Self {
            projects: (0..args.projects).map(project).collect(),
            shares,
            start,
            end: start + SignedDuration::from_hours(24 * i64::from(args.days)),
        }
    }

    /// Opens the store, building it first when it is not there.
    pub(crate) async fn open(&self, args: &Args) -> Result<Store> {
        let name = format!(
            "api-v{VERSION}-{}-{}-{}-{}.db",
            args.pipelines, args.jobs, args.projects, args.days
        );
        let path = args.folder.join(name);
        let options = StoreOptions {
            feed: false,
            ..StoreOptions::default()
        };
        let clock = Arc::new(FakeClock::at(self.end));
        std::fs::create_dir_all(&args.folder)?;
        let store = Store::open(&path, &options, clock.clone())?;
        if store.read(|reader| reader.history_complete_at())?.is_some() {
            return Ok(store);
        }
        // New, or a build that was cut short: begin anew.
        store.close();
        for suffix in ["", "-wal", "-shm"] {
            let mut file = path.clone().into_os_string();
            file.push(suffix);
            let _ = std::fs::remove_file(file);
        }
        let store = Store::open(&path, &options, clock)?;
        self.fill(&store, args).await?;
        Ok(store)
    }

    /// A project, popular ones more often.
    pub(super) fn popular(&self, rng: &mut impl Rng) -> usize {
        let total = self.shares.last().copied().unwrap_or(1.0);
        let at = rng.random_range(0.0..total);
        self.shares
            .partition_point(|sum| *sum <= at)
            .min(self.projects.len() - 1)
    }

    async fn fill(&self, store: &Store, args: &Args) -> Result<()> {
        store.set_rollup_mode(RollupMode::Deferred).await?;
        store
            .write(Batch {
                projects: self.projects.clone(),
                ..Batch::default()
            })
            .await?;
        let mut rng = SmallRng::seed_from_u64(1);
        let mut jobs = 0;
        let step = (self.end - self.start).total(jiff::Unit::Second)? / args.pipelines as f64;
        for first in (0..args.pipelines).step_by(BATCH as usize) {
            let mut batch = Batch::default();
            for index in first..(first + BATCH).min(args.pipelines) {
                let at = self.start + SignedDuration::from_secs((index as f64 * step) as i64);
                let due = (index + 1) * args.jobs / args.pipelines;
                batch
                    .pipelines
                    .push(self.unit(&mut rng, index as i64, at, jobs..due as i64));
                jobs = due as i64;
            }
            store.write(batch).await?;
        }
        store.set_rollup_mode(RollupMode::Incremental).await?;
        let complete = SyncUpdate::HistoryComplete { at: self.end };
        store
            .write(Batch {
                sync: vec![complete],
                ..Batch::default()
            })
            .await?;
        Ok(())
    }

    fn unit(
        &self,
        rng: &mut SmallRng,
        index: i64,
        at: Timestamp,
        jobs: std::ops::Range<i64>,
    ) -> PipelineWithJobs {
        let rank = self.popular(rng);
        let recent = self.end.duration_since(at) < SignedDuration::from_hours(1);
        let status = status(rng, recent);
        let duration = matches!(status, Status::Success | Status::Failed | Status::Canceled)
            .then(|| 30 + (rng.random::<f64>().powi(3) * 7_000.0) as i64);
        let finished = duration.map(|seconds| at + SignedDuration::from_secs(seconds + 8));
        let (ref_name, ref_kind) = reference(rng, index, rank);
        let pipeline = Pipeline {
            id: PipelineId(1_000_000 + index * 2),
            iid: PipelineIid(index),
            project_id: self.projects[rank].id,
            name: None,
            ref_name: Some(ref_name),
            ref_kind,
            sha: Some(format!("{:032x}{:08x}", rng.random::<u128>(), index)),
            source: Some(source(rng).to_owned()),
            status: status.clone(),
            created_at: at,
            updated_at: finished.unwrap_or(at),
            started_at: Some(at + SignedDuration::from_secs(8)),
            finished_at: finished,
            committed_at: Some(at - SignedDuration::from_secs(40)),
            duration,
            queued_duration: Some(8.0),
            coverage: None,
            failure_reason: None,
            user: Some(user(rng.random_range(0..400))),
        };
        let last = jobs.end - 1;
        let jobs = jobs.map(|id| job(rng, &pipeline, id, id == last)).collect();
        PipelineWithJobs { pipeline, jobs }
    }
}

fn project(rank: usize) -> Project {
    // The popular ones are spread over the ids, as in life.
    let id = 10 + (rank as i64 * 7_919) % 50_000_017;
    let path = format!("org/team-{}/service-{rank}", rank % 97);
    Project {
        id: ProjectId(id),
        name: format!("service-{rank}"),
        default_branch: Some("main".to_owned()),
        visibility: Some("private".to_owned()),
        archived: false,
        topics: vec!["rust".to_owned(), "backend".to_owned()],
        web_url: Some(format!("https://gitlab.example.com/{path}")),
        created_at: None,
        path_with_namespace: path,
    }
}

fn user(number: i64) -> User {
    User {
        id: UserId(number + 1),
        username: format!("user{number}"),
        name: Some(format!("User Number {number}")),
    }
}

/// Half run on `main`; the rest on branches that live for about three pipelines.
fn reference(rng: &mut SmallRng, index: i64, rank: usize) -> (String, RefKind) {
    match rng.random_range(0..100) {
        0..50 => ("main".to_owned(), RefKind::Branch),
        50..55 => ("develop".to_owned(), RefKind::Branch),
        55..58 => (format!("v1.{}.0", index / 5_000), RefKind::Tag),
        _ => {
            let number = index / 3_000 + rng.random_range(0..3);
            let name = format!("feature/{rank}-{number}-some-change");
            (name, RefKind::MergeRequest)
        }
    }
}

fn source(rng: &mut SmallRng) -> &'static str {
    match rng.random_range(0..100) {
        0..58 => "push",
        58..80 => "merge_request_event",
        80..92 => "schedule",
        92..95 => "parent_pipeline",
        95..98 => "web",
        _ => "api",
    }
}

fn status(rng: &mut SmallRng, recent: bool) -> Status {
    match rng.random_range(0..1000) {
        0..300 if recent => Status::Running,
        0..700 => Status::Success,
        700..870 => Status::Failed,
        870..940 => Status::Canceled,
        940..975 => Status::Skipped,
        975..998 => Status::Manual,
        _ => Status::Created,
    }
}

fn job(rng: &mut SmallRng, pipeline: &Pipeline, id: i64, last: bool) -> Job {
    let step = id.rem_euclid(12) as usize;
    // The last job decides how the pipeline ended.
    let status = if last || pipeline.duration.is_none() {
        pipeline.status.clone()
    } else {
        Status::Success
    };
    let start = pipeline.created_at + SignedDuration::from_secs(step as i64 * 20);
    let seconds = rng.random_range(5..300);
    Job {
        id: JobId(100_000_000 + id),
        pipeline_id: pipeline.id,
        project_id: pipeline.project_id,
        kind: if step == 11 {
            JobKind::Bridge
        } else {
            JobKind::Build
        },
        name: format!("{}:{}", ["build", "test", "deploy"][step / 4], step),
        stage: Some(["build", "test", "deploy"][step / 4].to_owned()),
        created_at: pipeline.created_at,
        started_at: Some(start),
        finished_at: Some(start + SignedDuration::from_secs(seconds)),
        duration: Some(seconds),
        queued_duration: Some(4.0),
        coverage: None,
        allow_failure: false,
        retried: false,
        failure_reason: (status == Status::Failed).then(|| "script_failure".to_owned()),
        exit_code: None,
        status,
        tags: vec!["docker".to_owned()],
        runner_id: Some(RunnerId(rng.random_range(1..60))),
        downstream_pipeline_id: None,
    }
}
