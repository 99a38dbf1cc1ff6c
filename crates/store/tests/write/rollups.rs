//! Rollups equal a recount, whatever happens to pipelines.

use labtower_model::{PipelineWithJobs, Project, ProjectId, RefKind, Status, samples};
use labtower_store::{Batch, RollupMode};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use rusqlite::Connection;

use crate::recount;
use crate::world::{World, at, batch, pipeline};

/// The first and the last share a chunk of `spans`.
const PROJECTS: [i64; 3] = [1, 2, 129];

/// A pipeline in some state: any id of a few, so that most of them exist already.
fn random(rng: &mut StdRng, version: i64) -> PipelineWithJobs {
    let mut unit = pipeline(rng.random_range(1..40), rng.random_range(0..3));
    let pipeline = &mut unit.pipeline;
    pipeline.project_id = ProjectId(PROJECTS[rng.random_range(0..PROJECTS.len())]);
    pipeline.created_at = at(86_400 * rng.random_range(0..70) - rng.random_range(0..2));
    // Some are stale: older than the version before.
    pipeline.updated_at = at(10_000_000 + version - rng.random_range(0..3));
    let statuses = ["running", "success", "failed", "hibernating", "manual"];
    pipeline.status = Status::parse(statuses[rng.random_range(0..statuses.len())]);
    let refs = [None, Some("main"), Some("1.0"), Some("feature/x")];
    pipeline.ref_name = refs[rng.random_range(0..refs.len())].map(str::to_owned);
    let kinds = [RefKind::Branch, RefKind::Tag, RefKind::MergeRequest];
    pipeline.ref_kind = kinds[rng.random_range(0..kinds.len())];
    let sources = [None, Some("push"), Some("schedule")];
    pipeline.source = sources[rng.random_range(0..sources.len())].map(str::to_owned);
    let durations = [None, Some(0), Some(59), Some(60), Some(4000)];
    pipeline.duration = durations[rng.random_range(0..durations.len())];
    unit
}

#[tokio::test(flavor = "multi_thread")]
async fn rollups_equal_a_recount_after_any_history() {
    for seed in 0..6 {
        let mut rng = StdRng::seed_from_u64(seed);
        let mut world = World::new();
        world
            .store
            .write(Batch {
                projects: PROJECTS
                    .into_iter()
                    .map(|id| Project {
                        id: ProjectId(id),
                        ..samples::project()
                    })
                    .collect(),
                ..Batch::default()
            })
            .await
            .unwrap();
        let mut deferred = false;
        for version in 0..60 {
            let batches = (0..rng.random_range(1..4)).map(|_| Batch {
                read_at: Some(at(20_000_000 + version)),
                pipelines: (0..rng.random_range(1..12))
                    .map(|_| random(&mut rng, version))
                    .collect(),
                ..Batch::default()
            });
            let batches: Vec<_> = batches.collect();
            let writes: Vec<_> = batches
                .into_iter()
                .map(|batch| {
                    let store = world.store.clone();
                    tokio::spawn(async move { store.write(batch).await.unwrap() })
                })
                .collect();
            for write in writes {
                write.await.unwrap();
            }
            match rng.random_range(0..12) {
                0 => world = world.reopen(),
                1 => {
                    deferred = !deferred;
                    let mode = if deferred {
                        RollupMode::Deferred
                    } else {
                        RollupMode::Incremental
                    };
                    world.store.set_rollup_mode(mode).await.unwrap();
                }
                2 => {
                    let day = rng.random_range(0..20);
                    world.store.retain(at(86_400 * day)).await.unwrap();
                }
                _ => {}
            }
            if !deferred {
                recount::assert_exact(&world.path());
            }
        }
        world
            .store
            .set_rollup_mode(RollupMode::Incremental)
            .await
            .unwrap();
        recount::assert_exact(&world.path());
        // Counting anew finds what following every write has found.
        world.store.rebuild_rollups().await.unwrap();
        recount::assert_exact(&world.path());
    }
}

#[tokio::test]
async fn deferred_mode_is_kept_until_it_is_left() {
    let world = World::new();
    world
        .store
        .set_rollup_mode(RollupMode::Deferred)
        .await
        .unwrap();
    let world = world.reopen();
    world
        .store
        .write(Batch {
            pipelines: vec![pipeline(1, 0)],
            ..Batch::default()
        })
        .await
        .unwrap();
    assert_eq!(world.one::<i64>("SELECT count(*) FROM rollups"), 0);
    world
        .store
        .set_rollup_mode(RollupMode::Incremental)
        .await
        .unwrap();
    assert_eq!(world.one::<i64>("SELECT count(*) FROM rollups"), 3);
    recount::assert_exact(&world.path());
}

#[tokio::test]
async fn a_file_whose_rollups_an_older_version_wrote_is_counted_when_it_is_opened() {
    let world = World::new();
    let units = (1..9).map(|id| pipeline(id, 2)).collect();
    world.store.write(batch(0, units)).await.unwrap();
    Connection::open(world.path())
        .unwrap()
        .execute_batch(
            "UPDATE spans SET chunk = 1000 + chunk;
             UPDATE meta SET value = value - 1 WHERE key = 'rollups_version'",
        )
        .unwrap();
    let world = world.reopen();
    recount::assert_exact(&world.path());
    let version: i64 = world.one("SELECT value FROM meta WHERE key = 'rollups_version'");
    assert_eq!(version, 2);
}
