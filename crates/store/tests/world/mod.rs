//! A small random GitLab history, and random filters over it.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use labtower_model::{
    FakeClock, Job, JobId, JobKind, Pipeline, PipelineId, PipelineIid, PipelineWithJobs, Project,
    ProjectId, RefKind, RunnerId, Status, User, UserId, samples,
};
use labtower_store::{Batch, Filter, JobFilter, Store, StoreOptions};
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{Rng, SeedableRng, rngs::StdRng};

/// Days of history; more than the longest span of the rollups.
const DAYS: i64 = 150;

/// Refs as people name them, and as they should not.
const REFS: [&str; 9] = [
    "main",
    "main",
    "main",
    "release/1.2",
    "All",
    "fix 'quotes' \"here\"",
    "größe/größer",
    "100%_done",
    "-- DROP TABLE",
];

const SOURCES: [&str; 4] = ["push", "schedule", "merge_request_event", "api"];

pub(crate) struct World {
    pub(crate) projects: Vec<Project>,
    /// In no order.
    pub(crate) units: Vec<PipelineWithJobs>,
    start: Timestamp,
}

pub(crate) fn open(path: &Path) -> Store {
    let clock = FakeClock::at(samples::at(0));
    Store::open(path, &StoreOptions::default(), Arc::new(clock)).unwrap()
}

impl World {
    pub(crate) fn random(seed: u64) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let projects: Vec<Project> = (1..=12)
            .map(|id| Project {
                id: ProjectId(id * 10),
                path_with_namespace: format!("team/{}/p{id}", ["a", "b"][id as usize % 2]),
                name: format!("Project {id}"),
                web_url: (id % 3 > 0).then(|| format!("https://gitlab.example.com/p{id}")),
                ..samples::project()
            })
            .collect();
        // The first of a day, so that whole days are easy to ask for.
        let start = Timestamp::from_second(19_700 * 86_400).unwrap();
        let mut world = Self {
            projects,
            units: Vec::new(),
            start,
        };
        for index in 0..500 {
            let unit = world.unit_of(&mut rng, index);
            world.units.push(unit);
        }
        world.units.shuffle(&mut rng);
        world
    }

    pub(crate) async fn write(&self, store: &Store) {
        for (index, units) in self.units.chunks(90).enumerate() {
            let batch = Batch {
                projects: if index == 0 {
                    self.projects.clone()
                } else {
                    Vec::new()
                },
                pipelines: units.to_vec(),
                ..Batch::default()
            };
            store.write(batch).await.unwrap();
        }
    }

    pub(crate) fn unit(&self, id: PipelineId) -> &PipelineWithJobs {
        self.units
            .iter()
            .find(|unit| unit.pipeline.id == id)
            .unwrap()
    }

    /// Gives some pipelines another status and duration, as a retry does.
    pub(crate) fn rerun_some(&mut self, seed: u64) {
        let mut rng = StdRng::seed_from_u64(seed);
        for unit in self.units.iter_mut().step_by(7) {
            unit.pipeline.updated_at += jiff::SignedDuration::from_mins(5);
            unit.pipeline.status = status(&mut rng);
            unit.pipeline.duration = rng.random_bool(0.7).then(|| rng.random_range(0..5000));
        }
    }

    fn unit_of(&self, rng: &mut StdRng, index: i64) -> PipelineWithJobs {
        // Few projects have most of the pipelines, the last ones none; id 999 is not stored as a project.
        let project = match rng.random_range(0..30) {
            0 => ProjectId(999),
            1..=9 => self.projects[0].id,
            _ => self.projects[..10].choose(rng).unwrap().id,
        };
        let created_at = self.time(rng);
        let status = status(rng);
        let id = PipelineId(1000 + index * 3);
        let pipeline = Pipeline {
            id,
            iid: PipelineIid(index + 1),
            project_id: project,
            name: rng.random_bool(0.2).then(|| "nightly".to_owned()),
            ref_name: rng
                .random_bool(0.95)
                .then(|| (*REFS.choose(rng).unwrap()).to_owned()),
            ref_kind: *[RefKind::Branch, RefKind::Tag, RefKind::MergeRequest]
                .choose(rng)
                .unwrap(),
            sha: Some(format!("{:040x}", rng.random::<u128>())),
            source: rng
                .random_bool(0.95)
                .then(|| (*SOURCES.choose(rng).unwrap()).to_owned()),
            status: status.clone(),
            created_at,
            updated_at: created_at,
            duration: rng.random_bool(0.8).then(|| rng.random_range(0..9000)),
            failure_reason: rng.random_bool(0.1).then(|| "config_error".to_owned()),
            user: rng.random_bool(0.8).then(|| User {
                id: UserId(3),
                username: "ada".to_owned(),
                name: Some("Ada L.".to_owned()),
            }),
            ..samples::pipeline()
        };
        let jobs = (0..rng.random_range(0..6))
            .map(|job| Self::job_of(rng, &pipeline, 50_000 + index * 10 + job))
            .collect();
        PipelineWithJobs { pipeline, jobs }
    }

    fn job_of(rng: &mut StdRng, pipeline: &Pipeline, id: i64) -> Job {
        let status = status(rng);
        Job {
            id: JobId(id),
            pipeline_id: pipeline.id,
            project_id: pipeline.project_id,
            kind: *[JobKind::Build, JobKind::Bridge, JobKind::External]
                .choose(rng)
                .unwrap(),
            name: (*["build", "test", "lint: [a, b]"].choose(rng).unwrap()).to_owned(),
            stage: rng
                .random_bool(0.9)
                .then(|| (*["build", "test"].choose(rng).unwrap()).to_owned()),
            created_at: pipeline.created_at
                + jiff::SignedDuration::from_secs(rng.random_range(0..90)),
            allow_failure: rng.random_bool(0.2),
            retried: rng.random_bool(0.2),
            failure_reason: (status == Status::Failed).then(|| {
                (*["script_failure", "runner_system_failure"]
                    .choose(rng)
                    .unwrap())
                .to_owned()
            }),
            exit_code: (status == Status::Failed).then_some(1),
            status,
            tags: if rng.random_bool(0.5) {
                vec!["docker".to_owned(), "linux".to_owned()]
            } else {
                Vec::new()
            },
            runner_id: rng.random_bool(0.5).then_some(RunnerId(9)),
            downstream_pipeline_id: rng.random_bool(0.1).then_some(PipelineId(77)),
            ..samples::job()
        }
    }

    /// A time in the history; often exactly the first or last second of a day.
    fn time(&self, rng: &mut StdRng) -> Timestamp {
        let day = rng.random_range(0..DAYS);
        let second = match rng.random_range(0..8) {
            0 => 0,
            1 => 86_399,
            _ => rng.random_range(0..86_400),
        };
        self.start + jiff::SignedDuration::from_secs(day * 86_400 + second)
    }

    pub(crate) fn filter(&self, rng: &mut StdRng) -> Filter {
        let mut filter = Filter {
            projects: some(rng, 0.4, || self.paths()),
            exclude_projects: some(rng, 0.3, || self.paths()),
            refs: some(rng, 0.3, || REFS.map(str::to_owned).to_vec()),
            statuses: some(rng, 0.3, || {
                [
                    "success",
                    "failed",
                    "running",
                    "skipped",
                    "hibernating",
                    "manual",
                ]
                .map(str::to_owned)
                .to_vec()
            }),
            sources: some(rng, 0.15, || SOURCES.map(str::to_owned).to_vec()),
            from: rng.random_bool(0.7).then(|| self.time(rng)),
            to: rng.random_bool(0.7).then(|| self.time(rng)),
        };
        if filter.from > filter.to && filter.to.is_some() {
            std::mem::swap(&mut filter.from, &mut filter.to);
        }
        // Ranges within one day.
        if rng.random_bool(0.1) {
            let from = self.time(rng);
            filter.from = Some(from);
            filter.to = Some(from + jiff::SignedDuration::from_secs(rng.random_range(0..90_000)));
        }
        filter
    }

    pub(crate) fn job_filter(&self, rng: &mut StdRng) -> JobFilter {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let pipeline = self.units.choose(rng).unwrap().pipeline.id;
        JobFilter {
            names: some(rng, 0.2, || texts(&["build", "lint: [a, b]", "nope"])),
            stages: some(rng, 0.2, || texts(&["build", "nope"])),
            failure_reasons: some(rng, 0.1, || texts(&["script_failure", "nope"])),
            pipeline_id: rng.random_bool(0.1).then_some(pipeline),
            filter: match rng.random_range(0..4) {
                0 => Filter {
                    statuses: texts(&["failed"]),
                    ..Filter::default()
                },
                1 => Filter {
                    statuses: texts(&["running", "pending", "manual"]),
                    ..self.filter(rng)
                },
                _ => self.filter(rng),
            },
        }
    }

    fn paths(&self) -> Vec<String> {
        let paths = self.projects.iter();
        paths
            .map(|project| project.path_with_namespace.clone())
            .chain(["no/such".to_owned()])
            .collect()
    }
}

/// With the given probability, one to four of the texts; else none.
fn some(rng: &mut StdRng, probability: f64, texts: impl Fn() -> Vec<String>) -> Vec<String> {
    if !rng.random_bool(probability) {
        return Vec::new();
    }
    let count = rng.random_range(1..5);
    texts().choose_multiple(rng, count).cloned().collect()
}

fn status(rng: &mut StdRng) -> Status {
    match rng.random_range(0..10) {
        0..=4 => Status::Success,
        5..=6 => Status::Failed,
        7 => Status::Other("hibernating".into()),
        _ => Status::KNOWN.choose(rng).unwrap().clone(),
    }
}
