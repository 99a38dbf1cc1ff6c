//! Every question against a naive answer computed from the same facts, under random filters.

#![expect(clippy::unwrap_used, reason = "a test may end at a surprise")]

mod naive;
mod world;

use jiff::{SignedDuration, Timestamp};
use labtower_model::{PipelineId, ProjectId, Status, samples};
use labtower_store::{
    BackfillStage, Batch, Filter, JobFilter, Page, Phase, ProjectSync, RollupMode, RunStatus,
    Store, SyncState, SyncUpdate,
};
use rand::{Rng, SeedableRng, rngs::StdRng};
use world::World;

/// Filters tried per question.
const ROUNDS: usize = 400;

async fn stores(world: &World, folder: &tempfile::TempDir) -> Vec<(&'static str, Store)> {
    let mut stores = Vec::new();
    for mode in [RollupMode::Incremental, RollupMode::Deferred] {
        let store = world::open(&folder.path().join(mode.as_str()));
        store.set_rollup_mode(mode).await.unwrap();
        world.write(&store).await;
        stores.push((mode.as_str(), store));
    }
    stores
}

#[tokio::test]
async fn summaries_equal_a_naive_count() {
    let world = World::random(1);
    let folder = tempfile::tempdir().unwrap();
    let mut rng = StdRng::seed_from_u64(2);
    for (mode, store) in stores(&world, &folder).await {
        for _ in 0..ROUNDS {
            let filter = world.filter(&mut rng);
            let found = store.read(|reader| reader.summary(&filter)).unwrap();
            assert_eq!(found, naive::summary(&world, &filter), "{mode} {filter:?}");
        }
    }
}

#[tokio::test]
async fn trends_equal_a_naive_count() {
    let world = World::random(3);
    let folder = tempfile::tempdir().unwrap();
    let mut rng = StdRng::seed_from_u64(4);
    for (mode, store) in stores(&world, &folder).await {
        for _ in 0..ROUNDS {
            let filter = world.filter(&mut rng);
            let found = store.read(|reader| reader.trend(&filter)).unwrap();
            assert_eq!(found, naive::trend(&world, &filter), "{mode} {filter:?}");
        }
    }
}

#[tokio::test]
async fn project_tables_equal_a_naive_count() {
    let world = World::random(5);
    let folder = tempfile::tempdir().unwrap();
    let mut rng = StdRng::seed_from_u64(6);
    for (mode, store) in stores(&world, &folder).await {
        for _ in 0..ROUNDS {
            let filter = world.filter(&mut rng);
            let found = store.read(|reader| reader.project_stats(&filter)).unwrap();
            let expected = naive::project_stats(&world, &filter);
            assert_eq!(found, expected, "{mode} {filter:?}");
        }
    }
}

#[tokio::test]
async fn pages_of_pipelines_follow_each_other_without_gap_or_repeat() {
    let world = World::random(7);
    let folder = tempfile::tempdir().unwrap();
    let mut rng = StdRng::seed_from_u64(8);
    let store = world::open(&folder.path().join("pages"));
    world.write(&store).await;
    for _ in 0..ROUNDS {
        let filter = world.filter(&mut rng);
        let mut page = Page {
            limit: rng.random_range(1..60),
            before: None,
        };
        let mut found = Vec::new();
        loop {
            let rows = store
                .read(|reader| reader.pipelines(&filter, &page))
                .unwrap();
            assert!(rows.len() <= page.limit);
            let Some(last) = rows.last() else { break };
            page.before = Some((last.created_at, last.id.get()));
            found.extend(rows);
        }
        assert_eq!(found, naive::pipelines(&world, &filter), "{filter:?}");
    }
    let none = Page {
        limit: 0,
        before: None,
    };
    let rows = store.read(|reader| reader.pipelines(&Filter::default(), &none));
    assert_eq!(rows.unwrap(), []);
}

#[tokio::test]
async fn pages_of_jobs_follow_each_other_without_gap_or_repeat() {
    let world = World::random(9);
    let folder = tempfile::tempdir().unwrap();
    let mut rng = StdRng::seed_from_u64(10);
    let store = world::open(&folder.path().join("jobs"));
    world.write(&store).await;
    for _ in 0..ROUNDS {
        let filter = world.job_filter(&mut rng);
        let mut page = Page {
            limit: rng.random_range(1..200),
            before: None,
        };
        let mut found = Vec::new();
        loop {
            let rows = store.read(|reader| reader.jobs(&filter, &page)).unwrap();
            let Some(last) = rows.last() else { break };
            page.before = Some((last.created_at, last.id.get()));
            found.extend(rows);
        }
        assert_eq!(found, naive::jobs(&world, &filter), "{filter:?}");
    }
}

#[tokio::test]
async fn both_ends_of_a_range_are_inclusive() {
    let world = World::random(11);
    let folder = tempfile::tempdir().unwrap();
    let store = world::open(&folder.path().join("ends"));
    world.write(&store).await;
    let count = |from: Timestamp, to: Timestamp| {
        let filter = Filter {
            from: Some(from),
            to: Some(to),
            ..Filter::default()
        };
        let summary = store.read(|reader| reader.summary(&filter)).unwrap();
        let page = Page {
            limit: usize::MAX,
            before: None,
        };
        let rows = store
            .read(|reader| reader.pipelines(&filter, &page))
            .unwrap();
        assert_eq!(summary.total_count, rows.len() as u64);
        summary.total_count
    };
    let second = SignedDuration::from_secs(1);
    let instant = SignedDuration::from_nanos(1);
    for unit in world.units.iter().step_by(20) {
        let at = unit.pipeline.created_at;
        let here = world
            .units
            .iter()
            .filter(|other| other.pipeline.created_at == at)
            .count() as u64;
        assert_eq!(count(at, at), here);
        assert_eq!(count(at - instant, at + instant), here);
        assert_eq!(count(at + instant, at + second - instant), 0);
        assert_eq!(count(at, at - second), 0);
    }
}

#[tokio::test]
async fn paths_refs_and_running_projects_are_those_of_the_stored_pipelines() {
    let world = World::random(12);
    let folder = tempfile::tempdir().unwrap();
    let store = world::open(&folder.path().join("names"));
    world.write(&store).await;
    store
        .read(|reader| {
            assert_eq!(reader.projects()?, world.projects);
            assert_eq!(reader.project_paths(None)?, naive::paths(&world, ""));
            let search = reader.project_paths(Some("TEAM/A"))?;
            assert!(!search.is_empty());
            assert_eq!(search, naive::paths(&world, "team/a"));
            assert_eq!(reader.refs(&[])?, naive::refs(&world, &[]));
            let some = [world.projects[0].path_with_namespace.clone()];
            assert_eq!(reader.refs(&some)?, naive::refs(&world, &some));
            assert_eq!(reader.refs(&["no/such".to_owned()])?, [""; 0]);
            assert_eq!(reader.running_pipelines()?, naive::running(&world));
            let totals = reader.totals()?;
            assert_eq!(totals.projects, world.projects.len() as u64);
            assert_eq!(totals.pipelines, world.units.len() as u64);
            let jobs: usize = world.units.iter().map(|unit| unit.jobs.len()).sum();
            assert_eq!(totals.jobs, jobs as u64);
            assert!(totals.changes >= totals.projects + totals.pipelines + totals.jobs);
            assert!(totals.size_bytes > 0);
            Ok(())
        })
        .unwrap();
}

#[tokio::test]
async fn one_pipeline_comes_with_all_its_jobs() {
    let world = World::random(13);
    let folder = tempfile::tempdir().unwrap();
    let store = world::open(&folder.path().join("one"));
    world.write(&store).await;
    for unit in world.units.iter().step_by(10) {
        let id = unit.pipeline.id;
        let (row, jobs) = store
            .read(|reader| Ok((reader.pipeline(id)?, reader.jobs_of(id)?)))
            .unwrap();
        assert_eq!(row, Some(naive::pipeline_row(&world, unit)));
        assert_eq!(jobs, naive::jobs_of(&world, unit));
    }
    let missing = store.read(|reader| reader.pipeline(PipelineId(1)));
    assert_eq!(missing.unwrap(), None);
}

#[tokio::test]
async fn failed_pipelines_name_the_jobs_that_broke_them() {
    let world = World::random(14);
    let folder = tempfile::tempdir().unwrap();
    let store = world::open(&folder.path().join("failures"));
    world.write(&store).await;
    let page = Page {
        limit: 1000,
        before: None,
    };
    let failures = store
        .read(|reader| reader.failed_pipelines(&Filter::default(), &page))
        .unwrap();
    let mut named = 0;
    let expected = world
        .units
        .iter()
        .filter(|unit| unit.pipeline.status == Status::Failed);
    assert_eq!(failures.len(), expected.count());
    for failure in failures {
        let unit = world.unit(failure.pipeline.id);
        assert_eq!(failure.jobs, naive::culprits(unit));
        named += failure.jobs.len();
    }
    assert!(named > 0);
}

#[tokio::test]
async fn stored_rollups_equal_a_recount_also_after_pipelines_changed() {
    let mut world = World::random(15);
    let folder = tempfile::tempdir().unwrap();
    let store = world::open(&folder.path().join("rollups"));
    world.write(&store).await;
    world.rerun_some(16);
    world.write(&store).await;
    store
        .read(|reader| {
            let rollups = reader.rollups()?;
            assert!(rollups.len() > 1000);
            assert_eq!(rollups, reader.recount()?);
            Ok(())
        })
        .unwrap();
    store.set_rollup_mode(RollupMode::Deferred).await.unwrap();
    world.rerun_some(17);
    world.write(&store).await;
    store
        .set_rollup_mode(RollupMode::Incremental)
        .await
        .unwrap();
    store
        .read(|reader| {
            assert_eq!(reader.rollups()?, reader.recount()?);
            Ok(())
        })
        .unwrap();
}

#[tokio::test]
async fn feed_gives_every_entity_back_as_it_was_written() {
    let world = World::random(18);
    let folder = tempfile::tempdir().unwrap();
    let store = world::open(&folder.path().join("feed"));
    world.write(&store).await;
    let mut since = 0;
    let mut bodies = std::collections::BTreeMap::new();
    loop {
        let changes = store.read(|reader| reader.changes(since, 97)).unwrap();
        let Some(last) = changes.last() else { break };
        since = last.seq;
        for change in changes {
            assert!(!change.deleted);
            bodies.insert(
                (change.kind, change.entity_id),
                change.body.get().to_owned(),
            );
        }
    }
    assert_eq!(bodies, naive::bodies(&world));
}

#[tokio::test]
async fn sync_state_reads_back_as_it_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let store = world::open(&folder.path().join("sync"));
    let (project_id, at) = (ProjectId(7), samples::at(60));
    let run = RunStatus {
        phase: Phase::Backfilling,
        started_at: at,
        updated_at: at,
        requests: 12,
        requests_remaining: None,
        requests_limit: Some(2000),
        backfill_pipelines: 30,
        backfill_total: 100,
        eta_seconds: Some(9),
        cycles: 0,
        last_cycle_at: None,
        last_cycle_seconds: None,
        gitlab_version: Some("18.6.0".to_owned()),
        hooked_projects: 0,
    };
    let problem = |message: &str, at| SyncUpdate::Problem {
        scope: "group platform".to_owned(),
        message: message.to_owned(),
        at,
    };
    let sync = vec![
        SyncUpdate::Discovered { project_id, at },
        SyncUpdate::BackfillStarted {
            project_id,
            from: samples::at(-1000),
            total: 100,
            watermark: at,
        },
        SyncUpdate::BackfillPage {
            project_id,
            stage: BackfillStage::Children,
            cursor: Some("next".to_owned()),
            rows: 30,
            requests: 2,
        },
        SyncUpdate::Run(run.clone()),
        problem("forbidden", at),
        problem("not found", samples::at(90)),
        SyncUpdate::HistoryComplete { at },
    ];
    let batch = Batch {
        projects: vec![samples::project()],
        sync,
        ..Batch::default()
    };
    store.write(batch).await.unwrap();
    store
        .read(|reader| {
            let expected = ProjectSync {
                project_id,
                path_with_namespace: samples::project().path_with_namespace,
                state: SyncState::Backfilling,
                watermark: Some(at),
                backfill_from: Some(samples::at(-1000)),
                backfill_stage: Some(BackfillStage::Children),
                backfill_cursor: Some("next".to_owned()),
                backfill_total: Some(100),
                rows: 30,
                requests: 2,
                last_success_at: None,
                last_error: None,
                failures: 0,
            };
            let mut found = reader.sync_projects()?;
            // Whether starting or reading a page counts as success is the writer's business.
            found[0].last_success_at = None;
            assert_eq!(found, [expected]);
            assert_eq!(reader.run_status()?, Some(run));
            assert_eq!(reader.history_complete_at()?, Some(at));
            let problems = reader.problems()?;
            assert_eq!(problems.len(), 1);
            assert_eq!(problems[0].message, "not found");
            assert_eq!(
                (problems[0].since, problems[0].last_at),
                (at, samples::at(90))
            );
            assert_eq!(problems[0].count, 2);
            Ok(())
        })
        .unwrap();
}

#[tokio::test]
async fn empty_store_answers_every_question_with_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = world::open(&folder.path().join("empty"));
    let filters = [
        Filter::default(),
        Filter {
            projects: vec!["team/a".to_owned()],
            refs: vec!["main".to_owned()],
            from: Some(Timestamp::UNIX_EPOCH),
            ..Filter::default()
        },
    ];
    for filter in filters {
        store
            .read(|reader| {
                let page = Page::default();
                let summary = reader.summary(&filter)?;
                assert_eq!(summary.total_count, 0);
                assert_eq!((summary.p50, summary.avg_duration()), (None, None));
                assert_eq!(reader.trend(&filter)?, []);
                assert_eq!(reader.project_stats(&filter)?, []);
                assert_eq!(reader.pipelines(&filter, &page)?, []);
                assert_eq!(reader.jobs(&JobFilter::default(), &page)?, []);
                assert_eq!(reader.failed_pipelines(&filter, &page)?, []);
                assert_eq!(reader.project_paths(None)?, [""; 0]);
                assert_eq!(reader.refs(&[])?, [""; 0]);
                assert_eq!(reader.running_pipelines()?, []);
                assert_eq!(reader.rollups()?, reader.recount()?);
                assert!(reader.changes(0, 10)?.is_empty());
                assert_eq!(reader.sync_projects()?, []);
                assert_eq!(reader.run_status()?, None);
                assert_eq!(reader.problems()?, []);
                assert_eq!(reader.history_complete_at()?, None);
                assert_eq!(reader.totals()?.pipelines, 0);
                Ok(())
            })
            .unwrap();
    }
}
