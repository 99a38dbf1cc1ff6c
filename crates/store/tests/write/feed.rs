//! The change feed: each version once, tombstones, bodies that can be read back.

use std::io::Read;
use std::path::Path;

use labtower_model::{Job, Pipeline, Status, samples};
use labtower_store::{Batch, Store, StoreOptions};
use rusqlite::Connection;

use crate::world::{World, at, batch, pipeline};

/// Sequence number, kind, entity, tombstone, JSON.
type Change = (i64, i64, i64, bool, String);

fn changes(path: &Path) -> Vec<Change> {
    let conn = Connection::open(path).unwrap();
    let mut select = conn
        .prepare(
            "SELECT seq, kind, entity_id, deleted, c.body, d.body FROM changes c
             LEFT JOIN dictionaries d ON d.id = c.dict_id ORDER BY seq",
        )
        .unwrap();
    select
        .query_map([], |row| {
            let body: Vec<u8> = row.get(4)?;
            let dictionary: Option<Vec<u8>> = row.get(5)?;
            let mut json = String::new();
            zstd::Decoder::with_dictionary(body.as_slice(), &dictionary.unwrap_or_default())
                .unwrap()
                .read_to_string(&mut json)
                .unwrap();
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, json))
        })
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap()
}

#[test]
fn each_version_is_recorded_once() {
    let world = World::new();
    world.write(200, vec![pipeline(1, 1)]);
    world.write(201, vec![pipeline(1, 1)]);
    let mut rerun = pipeline(1, 1);
    rerun.pipeline.status = Status::Running;
    rerun.pipeline.updated_at = at(300);
    world.write(301, vec![rerun.clone()]);
    world.write(302, vec![rerun.clone(), rerun.clone()]);

    let changes = changes(&world.path());
    let seen: Vec<_> = changes
        .iter()
        .map(|(seq, kind, id, ..)| (*seq, *kind, *id))
        .collect();
    assert_eq!(seen, [(1, 1, 1), (2, 2, 100), (3, 1, 1)]);
    let job: Job = serde_json::from_str(&changes[1].4).unwrap();
    assert_eq!(job, rerun.jobs[0]);
    let last: Pipeline = serde_json::from_str(&changes[2].4).unwrap();
    assert_eq!(last, rerun.pipeline);
}

#[test]
fn job_that_is_gone_leaves_a_tombstone() {
    let world = World::new();
    world.write(200, vec![pipeline(1, 2)]);
    world.write(201, vec![pipeline(1, 1)]);
    let changes = changes(&world.path());
    let (_, kind, id, deleted, json) = changes.last().unwrap();
    assert_eq!((*kind, *id, *deleted), (2, 101, true));
    assert_eq!(json, r#"{"id":101,"pipeline_id":1,"project_id":7}"#);
}

#[test]
fn bodies_stay_readable_when_a_dictionary_comes_into_use() {
    let world = World::new();
    let mut id = 0;
    // Training runs beside the writer, so go on until its result is used.
    while world.one::<i64>("SELECT count(*) FROM changes WHERE dict_id IS NOT NULL") == 0 {
        let pipelines = (0..200).map(|index| pipeline(id + index, 4)).collect();
        world.write(200, pipelines);
        id += 200;
    }
    let world = world.reopen();
    world.write(200, vec![pipeline(id, 4)]);
    let changes = changes(&world.path());
    let mut expected = Vec::new();
    for id in 0..=id {
        let unit = pipeline(id, 4);
        expected.push(serde_json::to_string(&unit.pipeline).unwrap());
        expected.extend(
            unit.jobs
                .iter()
                .map(|job| serde_json::to_string(job).unwrap()),
        );
    }
    let bodies: Vec<_> = changes.into_iter().map(|change| change.4).collect();
    assert_eq!(bodies, expected);
    let (with, without): (f64, f64) = Connection::open(world.path())
        .unwrap()
        .query_row(
            "SELECT avg(length(body)) FILTER (WHERE dict_id IS NOT NULL),
                    avg(length(body)) FILTER (WHERE dict_id IS NULL) FROM changes",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .unwrap();
    assert!(with * 2.0 < without, "{with} {without}");
}

#[test]
fn without_a_feed_the_data_generation_still_moves() {
    let world = World::new();
    let path = world.folder.path().join("other.db");
    let options = StoreOptions {
        feed: false,
        ..StoreOptions::default()
    };
    let clock = std::sync::Arc::new(world.clock.clone());
    let store = Store::open(&path, &options, clock).unwrap();
    let written = store
        .write_blocking(batch(200, vec![pipeline(1, 2)]))
        .unwrap();
    assert_eq!((written.last_seq, store.data_generation()), (3, 3));
    store.close();
    assert!(changes(&path).is_empty());
}

#[test]
fn sync_state_moves_one_generation_and_data_the_other() {
    let world = World::new();
    let before = (world.store.generation(), world.store.data_generation());
    world.sync(vec![labtower_store::SyncUpdate::Discovered {
        project_id: samples::project().id,
        at: at(0),
    }]);
    assert_eq!(
        (world.store.generation(), world.store.data_generation()),
        (before.0 + 1, before.1)
    );
    world
        .store
        .write_blocking(Batch {
            projects: vec![samples::project()],
            ..Batch::default()
        })
        .unwrap();
    assert_eq!(
        (world.store.generation(), world.store.data_generation()),
        (before.0 + 2, before.1 + 1)
    );
}
