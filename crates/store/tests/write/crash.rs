//! A process that is killed while it writes.
//!
//! The child is this test binary itself, told by its environment to write without end and to print the number of
//! each batch once the store has confirmed it.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use labtower_model::{FakeClock, ProjectId, Status, samples};
use labtower_store::{Batch, Store, StoreOptions, SyncUpdate};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use rusqlite::Connection;

use crate::recount;
use crate::world::{at, one, pipeline};

const FILE: &str = "LABTOWER_TEST_CRASH_FILE";
const FIRST: &str = "LABTOWER_TEST_CRASH_FIRST";

fn open(path: &Path) -> Store {
    let clock = Arc::new(FakeClock::at(samples::at(0)));
    Store::open(path, &StoreOptions::default(), clock).unwrap()
}

/// Batch `number`: two pipelines of its own, a change to one that all batches share, and the watermark.
fn numbered(number: i64) -> Batch {
    let mut shared = pipeline(1, 2);
    shared.pipeline.updated_at = at(1000 + number);
    shared.pipeline.status = if number % 2 == 0 {
        Status::Running
    } else {
        Status::Failed
    };
    Batch {
        read_at: Some(at(1000 + number)),
        pipelines: vec![pipeline(number * 2, 3), shared, pipeline(number * 2 + 1, 3)],
        sync: vec![SyncUpdate::Polled {
            project_id: ProjectId(7),
            watermark: at(number),
            at: at(number),
        }],
        ..Batch::default()
    }
}

#[test]
#[expect(clippy::print_stdout, reason = "the parent reads it")]
fn child_writes_until_it_is_killed() {
    let Ok(path) = std::env::var(FILE) else {
        // Not a child.
        return;
    };
    let first: i64 = std::env::var(FIRST).unwrap().parse().unwrap();
    println!("opening");
    let store = open(&PathBuf::from(path));
    for number in first.. {
        store.write_blocking(numbered(number)).unwrap();
        println!("confirmed {number}");
    }
}

/// A child that opens the store and writes from batch `first` on.
fn child(path: &Path, first: i64) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "crash::child_writes_until_it_is_killed",
            "--nocapture",
        ])
        .env(FILE, path)
        .env(FIRST, first.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

#[test]
fn import_that_is_killed_again_and_again_ends_complete() {
    const PIPELINES: i64 = 20_000;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipelines.db");
    Connection::open(&path)
        .unwrap()
        .execute_batch(&format!(
            "CREATE TABLE pipelines (id INTEGER PRIMARY KEY, project_id INTEGER, project_name TEXT,
               project_full_path TEXT, ref_name TEXT, status TEXT, created_at INTEGER);
             CREATE TABLE poll_state (id INTEGER PRIMARY KEY, last_poll_at INTEGER);
             INSERT INTO pipelines
               SELECT value + 10000000, 1 + value % 50, 'p', 'g/p', 'main', 'success', 1795176000 + value
               FROM (WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < {PIPELINES})
                     SELECT value FROM n);"
        ))
        .unwrap();
    let mut rng = StdRng::seed_from_u64(11);
    for _ in 0..12 {
        let mut child = child(&path, 1);
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        while !lines.next().unwrap().unwrap().contains("opening") {}
        // A moment of the import, which is what this is about: not a wait for anything.
        std::thread::sleep(Duration::from_millis(rng.random_range(0..400)));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    open(&path).close();
    let imported = "SELECT count(*) FROM pipelines WHERE id > 10000000";
    assert_eq!(one::<i64>(&path, imported), PIPELINES);
    let backup = path.with_file_name("pipelines.db.bak");
    assert_eq!(one::<i64>(&backup, imported), PIPELINES);
    assert!(!path.with_file_name("pipelines.db.bak.1").exists());
    assert_eq!(one::<String>(&path, "PRAGMA integrity_check"), "ok");
    recount::assert_exact(&path);
}

#[test]
fn killed_process_loses_nothing_confirmed_and_leaves_no_half_batch() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipelines.db");
    let mut rng = StdRng::seed_from_u64(7);
    let mut next = 1;
    for _ in 0..8 {
        let mut child = child(&path, next);
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let wanted = next + rng.random_range(0..40);
        let mut confirmed = 0;
        while confirmed < wanted {
            let line = lines.next().unwrap().unwrap();
            if let Some((_, number)) = line.split_once("confirmed ") {
                confirmed = number.parse().unwrap();
            }
        }
        child.kill().unwrap();
        // What it still managed to say before it died counts too.
        for line in lines.map_while(Result::ok) {
            if let Some((_, number)) = line.split_once("confirmed ") {
                confirmed = number.parse().unwrap();
            }
        }
        child.wait().unwrap();

        open(&path).close();
        let watermark: i64 = one(&path, "SELECT watermark - 1795176000 FROM sync_projects");
        assert!(watermark >= confirmed, "{watermark} < {confirmed}");
        // Every batch up to the watermark is there whole, and nothing after it.
        assert_eq!(
            one::<i64>(&path, "SELECT count(*) FROM pipelines"),
            watermark * 2 + 1
        );
        assert_eq!(
            one::<i64>(&path, "SELECT count(*) FROM jobs"),
            watermark * 6 + 2
        );
        let shared = format!(
            "SELECT updated_at = 1795176000 + 1000 + {watermark} FROM pipelines WHERE id = 1"
        );
        assert!(one::<bool>(&path, &shared));
        assert_eq!(
            one::<i64>(&path, "SELECT max(seq) - count(*) FROM changes"),
            0
        );
        assert_eq!(one::<String>(&path, "PRAGMA integrity_check"), "ok");
        recount::assert_exact(&path);
        next = watermark + 1;
    }
}
