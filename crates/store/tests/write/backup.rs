//! Copies of a store in use, and the way back.

use std::path::Path;
use std::sync::Arc;

use labtower_store::{Store, StoreError, StoreOptions, backup, restore};

use crate::recount;
use crate::world::{World, batch, one, pipeline};

const FEED: &str = "SELECT value FROM meta WHERE key = 'feed_id'";
const PIPELINES: &str = "SELECT count(*) FROM pipelines";

fn silent(_: u64, _: u64) {}

#[test]
fn backup_is_one_moment_of_a_store_that_is_written_to() {
    let world = World::new();
    world.write(200, (1..=2000).map(|id| pipeline(id, 3)).collect());
    let target = world.folder.path().join("copy.db");
    let store = world.store.clone();
    let (path, made) = (world.path(), target.clone());
    let copied = std::thread::scope(|scope| {
        let copying = scope.spawn(move || {
            let mut seen = Vec::new();
            let copied = backup(&path, &made, |done, all| seen.push((done, all))).unwrap();
            (copied, seen)
        });
        for id in 3000..3200 {
            store
                .write_blocking(batch(300, vec![pipeline(id, 3)]))
                .unwrap();
        }
        copying.join().unwrap()
    });
    let (copied, seen) = copied;
    assert_eq!(copied.bytes, std::fs::metadata(&target).unwrap().len());
    assert_eq!(seen.last().map(|(done, all)| done == all), Some(true));
    // Whole transactions and nothing of later ones: each pipeline has its jobs, and counts are those of the rows.
    let pipelines: i64 = one(&target, PIPELINES);
    assert!((2000..=2200).contains(&pipelines), "{pipelines}");
    assert_eq!(
        one::<i64>(&target, "SELECT count(*) FROM jobs"),
        3 * pipelines
    );
    recount::assert_exact(&target);
    let beside: Vec<_> = std::fs::read_dir(world.folder.path())
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().into_string().ok())
        .filter(|name| name.starts_with("copy.db"))
        .collect();
    assert_eq!(beside, ["copy.db"]);
}

#[test]
fn restored_store_goes_on_and_its_feed_is_a_new_one() {
    let world = World::new();
    world.write(200, vec![pipeline(1, 3)]);
    let copy = world.folder.path().join("copy.db");
    backup(&world.path(), &copy, silent).unwrap();
    world.write(200, vec![pipeline(2, 3)]);
    let feed: String = world.one(FEED);
    let in_use = restore(&copy, &world.path(), silent);
    assert!(matches!(in_use, Err(StoreError::InUse { .. })));

    let World {
        folder,
        clock,
        store,
    } = world;
    store.close();
    let path = folder.path().join("pipelines.db");
    let copied = restore(&copy, &path, silent).unwrap();
    let replaced = copied.replaced.unwrap();
    assert_eq!(one::<i64>(&replaced, PIPELINES), 2);
    assert_eq!(one::<i64>(&path, PIPELINES), 1);
    assert_ne!(one::<String>(&path, FEED), feed);

    let options = StoreOptions::default();
    let store = Store::open(&path, &options, Arc::new(clock)).unwrap();
    store
        .write_blocking(batch(300, vec![pipeline(2, 3)]))
        .unwrap();
    store.close();
    assert_eq!(one::<i64>(&path, PIPELINES), 2);
    recount::assert_exact(&path);
}

#[test]
fn damaged_database_gives_way_and_is_kept() {
    let world = World::new();
    world.write(200, vec![pipeline(1, 3)]);
    let copy = world.folder.path().join("copy.db");
    backup(&world.path(), &copy, silent).unwrap();
    let path = world.folder.path().join("other.db");
    std::fs::write(&path, "no database at all\n".repeat(40)).unwrap();
    let copied = restore(&copy, &path, silent).unwrap();
    assert_eq!(one::<i64>(&path, PIPELINES), 1);
    let kept = std::fs::read_to_string(copied.replaced.unwrap()).unwrap();
    assert!(kept.starts_with("no database"));
}

#[test]
fn what_is_no_whole_database_is_refused_and_nothing_is_overwritten() {
    let world = World::new();
    world.write(200, vec![pipeline(1, 3)]);
    let copy = world.folder.path().join("copy.db");
    backup(&world.path(), &copy, silent).unwrap();
    let again = backup(&world.path(), &copy, silent);
    assert!(matches!(again, Err(StoreError::Exists { .. })));

    let path = world.folder.path().join("other.db");
    let nothing = restore(Path::new("/nowhere/at/all.db"), &path, silent);
    assert!(matches!(nothing, Err(StoreError::NotOurs { .. })));
    // Half a copy, as a full disk would leave it.
    let half = world.folder.path().join("half.db");
    let bytes = std::fs::read(&copy).unwrap();
    std::fs::write(&half, &bytes[..bytes.len() / 2]).unwrap();
    assert!(restore(&half, &path, silent).is_err());
    assert!(!path.exists());
    assert!(!world.folder.path().join("other.db.import").exists());

    rusqlite::Connection::open(&copy)
        .unwrap()
        .pragma_update(None, "user_version", 99)
        .unwrap();
    let newer = restore(&copy, &path, silent);
    assert!(matches!(
        newer,
        Err(StoreError::NewerSchema { found: 99, .. })
    ));
}
