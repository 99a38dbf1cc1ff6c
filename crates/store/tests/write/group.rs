//! Many writers at once, and batches that fail.

use labtower_store::StoreError;
use rusqlite::Connection;

use crate::recount;
use crate::world::{World, batch, pipeline};

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_writers_all_get_their_own_answer() {
    let world = World::new();
    let tasks: Vec<_> = (0..50)
        .map(|id| {
            let store = world.store.clone();
            tokio::spawn(async move {
                let jobs = id as usize % 5;
                let written = store
                    .write(batch(200, vec![pipeline(id, jobs)]))
                    .await
                    .unwrap();
                assert_eq!(written.changed_pipelines, 1);
                assert_eq!(written.changed_jobs, jobs as u64);
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let seqs: (i64, i64) = (
        world.one("SELECT count(*) FROM changes"),
        world.one("SELECT max(seq) FROM changes"),
    );
    assert_eq!(seqs, (150, 150));
    recount::assert_exact(&world.path());
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_batch_fails_alone_and_whole() {
    let world = World::new();
    // The schema takes everything the types can say, so make it refuse one commit id.
    Connection::open(world.path())
        .unwrap()
        .execute_batch(
            "CREATE TRIGGER refuse BEFORE INSERT ON jobs WHEN new.id = 503
             BEGIN SELECT RAISE(ABORT, 'refused'); END",
        )
        .unwrap();
    let mut bad = vec![pipeline(4, 2), pipeline(5, 5)];
    bad[0].pipeline.ref_name = Some("only-in-the-bad-batch".to_owned());
    let mut after = pipeline(6, 1);
    after.pipeline.ref_name = Some("only-in-the-bad-batch".to_owned());

    // Joined futures are queued together, so that they share a transaction.
    let (first, second, third) = tokio::join!(
        world.store.write(batch(200, vec![pipeline(1, 3)])),
        world.store.write(batch(200, bad)),
        world.store.write(batch(200, vec![after])),
    );
    assert_eq!(first.unwrap().changed_jobs, 3);
    assert!(matches!(second, Err(StoreError::Sqlite(_))));
    assert_eq!(third.unwrap().changed_jobs, 1);
    let ids: String = world.one("SELECT group_concat(id, ',' ORDER BY id) FROM pipelines");
    assert_eq!(ids, "1,6");
    assert_eq!(world.one::<i64>("SELECT count(*) FROM changes"), 6);
    let refs: String = world.one("SELECT ref FROM v_pipelines WHERE id = 6");
    assert_eq!(refs, "only-in-the-bad-batch");
    recount::assert_exact(&world.path());
}

#[test]
fn closed_store_refuses_writes_and_still_reads() {
    let world = World::new();
    world.write(200, vec![pipeline(1, 1)]);
    let clone = world.store.clone();
    world.store.clone().close();
    let refused = clone.write_blocking(batch(300, vec![pipeline(2, 1)]));
    assert!(matches!(refused, Err(StoreError::Closed)));
    assert_eq!(world.one::<i64>("SELECT count(*) FROM pipelines"), 1);
}
