//! Questions behind pages against naive answers computed from the same facts.

#![expect(clippy::unwrap_used, reason = "a test may end at a surprise")]
#![expect(dead_code, reason = "the world has more than these tests ask for")]

mod world;

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::Timestamp;
use labtower_model::{Job, JobKind, PipelineId, Status};
use world::World;

async fn world_and_store(seed: u64) -> (World, labtower_store::Store, tempfile::TempDir) {
    let world = World::random(seed);
    let folder = tempfile::tempdir().unwrap();
    let store = world::open(&folder.path().join("insight"));
    world.write(&store).await;
    (world, store, folder)
}

fn day(at: Timestamp) -> i64 {
    at.as_second().div_euclid(86_400)
}

fn failed(world: &World) -> impl Iterator<Item = (Timestamp, &Job)> {
    world.units.iter().flat_map(|unit| {
        unit.jobs
            .iter()
            .filter(|job| job.status == Status::Failed)
            .map(|job| (unit.pipeline.created_at, job))
    })
}

#[tokio::test]
async fn tallies_count_every_failed_job_once() {
    let (world, store, _folder) = world_and_store(31).await;
    let found = store
        .read(|reader| reader.failure_tallies(Timestamp::UNIX_EPOCH))
        .unwrap();
    let lasting: HashSet<(PipelineId, &str)> = failed(&world)
        .filter(|(_, job)| !job.retried)
        .map(|(_, job)| (job.pipeline_id, job.name.as_str()))
        .collect();
    let mut expected: BTreeMap<i64, [u64; 4]> = BTreeMap::new();
    for (at, job) in failed(&world) {
        let cell = expected.entry(day(at)).or_default();
        if job.retried {
            cell[2] += 1;
            cell[3] += u64::from(!lasting.contains(&(job.pipeline_id, job.name.as_str())));
        } else {
            cell[usize::from(job.allow_failure)] += 1;
        }
    }
    let mut sums: BTreeMap<i64, [u64; 4]> = BTreeMap::new();
    for row in &found {
        let cell = sums.entry(row.day).or_default();
        for (sum, value) in cell
            .iter_mut()
            .zip([row.failed, row.allowed, row.retried, row.undone])
        {
            *sum += value;
        }
        assert_eq!(row.category, None, "nothing is explained here");
    }
    assert!(expected.len() > 10 && sums == expected);
    let later = Timestamp::from_second(expected.keys().nth(5).unwrap() * 86_400).unwrap();
    let some = store.read(|reader| reader.failure_tallies(later)).unwrap();
    assert_eq!(
        some.first().map(|row| row.day),
        expected.keys().nth(5).copied()
    );
}

#[tokio::test]
async fn causes_are_the_failed_jobs_of_the_pipelines_asked_for() {
    let (world, store, _folder) = world_and_store(32).await;
    let ids: Vec<PipelineId> = world
        .units
        .iter()
        .take(200)
        .map(|unit| unit.pipeline.id)
        .collect();
    let found = store.read(|reader| reader.causes(&ids)).unwrap();
    let mut expected = Vec::new();
    for unit in world.units.iter().take(200) {
        let mut jobs: Vec<&Job> = unit
            .jobs
            .iter()
            .filter(|job| job.status == Status::Failed)
            .collect();
        jobs.sort_by_key(|job| job.id);
        expected.extend(
            jobs.iter()
                .map(|job| (job.id, job.name.clone(), job.retried, job.allow_failure)),
        );
    }
    let found: Vec<_> = found
        .into_iter()
        .map(|row| (row.job_id, row.name, row.retried, row.allow_failure))
        .collect();
    assert!(!found.is_empty());
    assert_eq!(found, expected);
}

#[tokio::test]
async fn projects_of_a_name_are_those_where_it_failed() {
    let (world, store, _folder) = world_and_store(33).await;
    let since = world.units[0].pipeline.created_at;
    let names: HashSet<&str> = failed(&world).map(|(_, job)| job.name.as_str()).collect();
    for name in names {
        let mut expected: HashMap<_, u64> = HashMap::new();
        for (at, job) in failed(&world) {
            if job.name == name && at >= since {
                *expected.entry(job.project_id).or_default() += 1;
            }
        }
        let found = store.read(|reader| reader.jobs_named(name, since)).unwrap();
        let found: HashMap<_, u64> = found
            .into_iter()
            .map(|row| (row.project_id, row.failed))
            .collect();
        assert_eq!(found, expected, "{name}");
    }
    assert!(
        store
            .read(|reader| reader.jobs_named("no such job", since))
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn usage_counts_builds_of_the_time_asked_for() {
    let (world, store, _folder) = world_and_store(34).await;
    let from = Timestamp::from_second(19_720 * 86_400).unwrap();
    let to = Timestamp::from_second(19_760 * 86_400).unwrap();
    let jobs: Vec<&Job> = world
        .units
        .iter()
        .flat_map(|unit| &unit.jobs)
        .filter(|job| job.kind == JobKind::Build && job.created_at >= from && job.created_at < to)
        .collect();
    let usage = store.read(|reader| reader.job_usage(from, to)).unwrap();
    let ended = jobs
        .iter()
        .filter(|job| matches!(job.status, Status::Success | Status::Failed))
        .count() as u64;
    assert!(ended > 0);
    assert_eq!(usage.runs, ended);
    assert_eq!(
        usage.queue.count(),
        jobs.iter()
            .filter(|job| job.queued_duration.is_some())
            .count() as u64
    );
    let seconds: i64 = jobs
        .iter()
        .filter_map(|job| job.duration)
        .map(|s| s.max(0))
        .sum();
    assert_eq!(
        usage.tags.iter().map(|tag| tag.seconds).sum::<u64>(),
        seconds.unsigned_abs()
    );
    assert!(usage.tags.is_sorted_by(|a, b| a.seconds >= b.seconds));
}

#[tokio::test]
async fn red_times_end_with_the_next_green_pipeline_of_the_default_branch() {
    let (world, store, _folder) = world_and_store(35).await;
    let found = store
        .read(|reader| reader.mended(Timestamp::UNIX_EPOCH))
        .unwrap();
    let mut expected = Vec::new();
    for project in &world.projects {
        let mut runs: Vec<_> = world
            .units
            .iter()
            .map(|unit| &unit.pipeline)
            .filter(|run| run.project_id == project.id && run.ref_name == project.default_branch)
            .filter(|run| run.source.as_deref() != Some("parent_pipeline"))
            .collect();
        runs.sort_by_key(|run| (run.created_at, run.id));
        let mut red = None;
        for run in runs {
            match run.status {
                Status::Failed => red = red.or(Some(run.created_at)),
                Status::Success => expected.extend(red.take().map(|at| {
                    let end = run.created_at.as_second() + run.duration.unwrap_or(0);
                    (project.id, at, Timestamp::from_second(end).unwrap())
                })),
                _ => {}
            }
        }
    }
    let found: Vec<_> = found
        .iter()
        .map(|row| (row.project_id, row.red_at, row.green_at))
        .collect();
    assert!(found.len() > 10);
    assert_eq!(found, expected);
}

#[tokio::test]
async fn a_project_is_found_by_its_path_only() {
    let (world, store, _folder) = world_and_store(36).await;
    let project = &world.projects[3];
    let found = store
        .read(|reader| reader.project_at(&project.path_with_namespace))
        .unwrap();
    assert_eq!(found.as_ref(), Some(project));
    assert_eq!(
        store.read(|reader| reader.project_at("nowhere")).unwrap(),
        None
    );
    assert!(
        store
            .read(|reader| reader.schedules_of(project.id))
            .unwrap()
            .is_empty()
    );
}
