//! Totals equal a recount, whatever happens to pipelines and jobs, and what they show never falls.

use std::collections::BTreeMap;
use std::path::Path;

use labtower_model::{PipelineWithJobs, ProjectId, RefKind, Status};
use labtower_store::{Batch, RollupMode};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use rusqlite::Connection;

use crate::world::{World, at, batch, pipeline};

/// measure, project, ref, ref kind, source, stage, name, tags, status, failure reason, bucket.
type Key = [i64; 11];

/// The rows of `totals`: count, gone, sum, gone_sum.
fn stored(path: &Path) -> BTreeMap<Key, [i64; 4]> {
    let conn = Connection::open(path).unwrap();
    let mut select = conn
        .prepare(
            "SELECT measure, project_id, ref, ref_kind, source, stage, name, tags, status, failure_reason, bucket,
                    count, gone, sum, gone_sum FROM totals",
        )
        .unwrap();
    let rows = select.query_map([], |row| {
        let mut numbers = [0; 15];
        for (index, number) in numbers.iter_mut().enumerate() {
            *number = row.get(index)?;
        }
        let (key, values) = numbers.split_at(11);
        Ok((key.try_into().unwrap(), values.try_into().unwrap()))
    });
    rows.unwrap().collect::<Result<_, _>>().unwrap()
}

/// What is a recount of the rows, without rows that count nothing.
fn counted(path: &Path) -> BTreeMap<Key, [i64; 2]> {
    stored(path)
        .into_iter()
        .map(|(key, [count, _, sum, _])| (key, [count, sum]))
        .filter(|(_, values)| *values != [0, 0])
        .collect()
}

fn heads(path: &Path) -> Vec<[i64; 5]> {
    let conn = Connection::open(path).unwrap();
    let mut select = conn
        .prepare("SELECT project_id, ref, ref_kind, pipeline_id, created_at FROM ref_heads")
        .unwrap();
    let rows = select.query_map([], |row| {
        Ok([
            row.get(0)?,
            row.get(1)?,
            row.get(2)?,
            row.get(3)?,
            row.get(4)?,
        ])
    });
    rows.unwrap().collect::<Result<_, _>>().unwrap()
}

/// A pipeline in some state with jobs in some states. Its place among the others stays the same.
fn random(rng: &mut StdRng, version: i64) -> PipelineWithJobs {
    let id = rng.random_range(1..40);
    let mut unit = pipeline(id, rng.random_range(0..4));
    let statuses = ["running", "success", "failed", "canceled", "manual"];
    let status = |rng: &mut StdRng| Status::parse(statuses[rng.random_range(0..statuses.len())]);
    let sources = [
        None,
        Some("push"),
        Some("schedule"),
        Some("parent_pipeline"),
    ];
    let pipeline = &mut unit.pipeline;
    pipeline.project_id = ProjectId(id % 3 + 1);
    pipeline.created_at = at(86_400 * id);
    pipeline.updated_at = at(10_000_000 + version);
    pipeline.status = status(rng);
    pipeline.ref_name = [None, Some("main"), Some("1.0")][id as usize % 3].map(str::to_owned);
    pipeline.ref_kind = [RefKind::Branch, RefKind::Tag][id as usize % 2];
    pipeline.source = sources[id as usize % 4].map(str::to_owned);
    pipeline.duration = [None, Some(0), Some(60), Some(61), Some(90_000)][rng.random_range(0..5)];
    pipeline.queued_duration = [None, Some(0.5), Some(1.0), Some(1.001)][rng.random_range(0..4)];
    pipeline.failure_reason =
        [None, Some("config_error")][rng.random_range(0..2)].map(str::to_owned);
    for job in &mut unit.jobs {
        ["build", "test"][rng.random_range(0..2)].clone_into(&mut job.name);
        job.status = status(rng);
        job.retried = rng.random_range(0..2) == 0;
        job.duration = [None, Some(5), Some(301)][rng.random_range(0..3)];
        job.queued_duration = [None, Some(4.237), Some(600.0)][rng.random_range(0..3)];
        job.failure_reason =
            [None, Some("script_failure")][rng.random_range(0..2)].map(str::to_owned);
    }
    unit
}

#[tokio::test(flavor = "multi_thread")]
async fn totals_equal_a_recount_after_any_history_and_never_fall() {
    for seed in 0..4 {
        let mut rng = StdRng::seed_from_u64(seed);
        let mut world = World::new();
        let mut before: BTreeMap<Key, [i64; 4]> = BTreeMap::new();
        for version in 0..40 {
            let pipelines = (0..rng.random_range(1..12))
                .map(|_| random(&mut rng, version))
                .collect();
            let facts = batch(20_000_000 + version, pipelines);
            world.store.write(facts).await.unwrap();
            match rng.random_range(0..10) {
                0 => world = world.reopen(),
                1 => {
                    let day = rng.random_range(0..20);
                    world.store.retain(at(86_400 * day)).await.unwrap();
                }
                _ => {}
            }
            let after = stored(&world.path());
            for (key, [count, gone, _, _]) in &before {
                let [now, gone_now, ..] = after.get(key).copied().unwrap_or_default();
                assert!(now + gone_now >= count + gone, "{key:?} fell");
            }
            before = after;
            let (followed, heads_followed) = (counted(&world.path()), heads(&world.path()));
            world.store.rebuild_rollups().await.unwrap();
            assert_eq!(followed, counted(&world.path()), "seed {seed}");
            assert_eq!(heads_followed, heads(&world.path()), "seed {seed}");
        }
    }
}

#[tokio::test]
async fn a_retried_pipeline_counts_each_time_it_ends() {
    let world = World::new();
    for (version, status) in ["failed", "running", "success"].into_iter().enumerate() {
        let mut unit = pipeline(1, 0);
        unit.pipeline.status = Status::parse(status);
        unit.pipeline.updated_at = at(version as i64);
        world.store.write(batch(0, vec![unit])).await.unwrap();
    }
    let ended = |status: i64| {
        world.one::<i64>(&format!(
            "SELECT sum(count + gone) FROM totals WHERE measure = 2 AND status = {status}"
        ))
    };
    assert_eq!((ended(8), ended(7)), (1, 1));
}

#[tokio::test]
async fn a_file_from_before_there_were_totals_is_counted_when_it_is_opened() {
    let world = World::new();
    let pipelines = (1..9).map(|id| pipeline(id, 2)).collect();
    world.store.write(batch(0, pipelines)).await.unwrap();
    world
        .store
        .set_rollup_mode(RollupMode::Incremental)
        .await
        .unwrap();
    let (totals, newest) = (counted(&world.path()), heads(&world.path()));
    assert!(totals.len() > 4 && newest.len() == 1);
    Connection::open(world.path())
        .unwrap()
        .execute_batch("DELETE FROM totals; DELETE FROM ref_heads; DELETE FROM meta WHERE key = 'totals_version'")
        .unwrap();
    let world = world.reopen();
    assert_eq!(counted(&world.path()), totals);
    assert_eq!(heads(&world.path()), newest);
    assert_eq!(
        world.store.write(Batch::default()).await.unwrap().unchanged,
        0
    );
}
