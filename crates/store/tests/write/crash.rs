//! A process that is killed while it writes.
//!
//! The child is this test binary itself, told by its environment to write without end and to print the number of
//! each batch once the store has confirmed it.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use labtower_model::{FakeClock, ProjectId, Status, samples};
use labtower_store::{Batch, Store, StoreOptions, SyncUpdate};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

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
    let store = open(&PathBuf::from(path));
    for number in first.. {
        store.write_blocking(numbered(number)).unwrap();
        println!("confirmed {number}");
    }
}

#[test]
fn killed_process_loses_nothing_confirmed_and_leaves_no_half_batch() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipelines.db");
    let mut rng = StdRng::seed_from_u64(7);
    let mut next = 1;
    for _ in 0..8 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "crash::child_writes_until_it_is_killed",
                "--nocapture",
            ])
            .env(FILE, &path)
            .env(FIRST, next.to_string())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
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
