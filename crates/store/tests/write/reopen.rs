//! What a new process finds.

use std::sync::Arc;

use labtower_store::{Store, StoreError, StoreOptions};

use crate::recount;
use crate::world::{World, pipeline};

#[test]
fn generations_are_equal_after_a_restart() {
    let world = World::new();
    world.write(200, vec![pipeline(1, 3)]);
    world.write(200, vec![pipeline(2, 3)]);
    let before = (world.store.generation(), world.store.data_generation());
    let world = world.reopen();
    assert_eq!(
        (world.store.generation(), world.store.data_generation()),
        before
    );
    assert_eq!(before, (2, 8));
}

#[test]
fn words_and_people_are_found_again_after_a_restart() {
    let world = World::new();
    world.write(200, vec![pipeline(1, 3)]);
    let words: i64 = world.one("SELECT count(*) FROM words");
    let world = world.reopen();
    world.write(200, vec![pipeline(2, 3)]);
    assert_eq!(world.one::<i64>("SELECT count(*) FROM words"), words);
    recount::assert_exact(&world.path());
}

#[test]
fn copy_taken_while_the_store_is_open_is_complete() {
    let world = World::new();
    world.write(200, vec![pipeline(1, 3)]);
    // As a kill leaves it: the file and its log, nothing closed.
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("pipelines.db");
    std::fs::copy(world.path(), &copy).unwrap();
    std::fs::copy(
        world.path().with_file_name("pipelines.db-wal"),
        folder.path().join("pipelines.db-wal"),
    )
    .unwrap();
    let clock = Arc::new(world.clock.clone());
    let store = Store::open(&copy, &StoreOptions::default(), clock).unwrap();
    assert_eq!(store.data_generation(), 4);
    store.close();
    recount::assert_exact(&copy);
}

#[test]
fn second_process_on_the_same_file_is_refused() {
    let world = World::new();
    let clock = Arc::new(world.clock.clone());
    let second = Store::open(&world.path(), &StoreOptions::default(), clock);
    assert!(matches!(second.err(), Some(StoreError::InUse { .. })));
}
