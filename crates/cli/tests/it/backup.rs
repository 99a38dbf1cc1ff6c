//! `labtower backup` beside a running service, and `labtower restore` after it.

use std::sync::Arc;
use std::time::Duration;

use labtower_model::SystemClock;
use labtower_sim::{Sim, SimClock, SimConfig};
use labtower_store::{Store, StoreOptions};

use crate::process::{Running, labtower_on, output, stderr, stdout};
use crate::truth::assert_store_equals_truth;

#[tokio::test(flavor = "multi_thread")]
async fn restored_backup_catches_up_with_gitlab() {
    let config = SimConfig {
        projects: 10,
        days: 2,
        clock: SimClock::Real { speed: 60.0 },
        ..SimConfig::default()
    };
    let sim = Sim::start(config, ([127, 0, 0, 1], 0).into())
        .await
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let with = |arguments: &[&str]| {
        let mut command = labtower_on(&sim, folder.path());
        command
            .args(arguments)
            .env("LABTOWER__POLLER__INTERVAL_SECONDS", "1")
            .env("LABTOWER__POLLER__BACKFILL_DAYS", "3");
        command
    };
    let first = output(with(&["sync", "--once"])).await;
    assert!(first.status.success(), "{}", stderr(&first));
    let running = Running::on_stdout(with(&["run"]));
    tokio::time::sleep(Duration::from_secs(2)).await;
    let made = output(with(&["backup", "kept.db"])).await;
    assert!(made.status.success(), "{}", stderr(&made));
    assert!(stdout(&made).starts_with("Backed up ./pipelines.db to kept.db"));
    let refused = output(with(&["restore", "kept.db"])).await;
    assert!(stderr(&refused).contains("another process is using it"));
    tokio::task::spawn_blocking(move || running.terminate())
        .await
        .unwrap();

    // The disk is lost, and with it what came after the backup.
    for name in ["pipelines.db", "pipelines.db-wal", "pipelines.db-shm"] {
        let _ = std::fs::remove_file(folder.path().join(name));
    }
    let back = output(with(&["restore", "kept.db"])).await;
    assert!(back.status.success(), "{}", stderr(&back));
    sim.freeze();
    for _ in 0..2 {
        let sync = output(with(&["sync", "--once"])).await;
        assert!(sync.status.success(), "{}", stderr(&sync));
    }
    let path = folder.path().join("pipelines.db");
    let store = Store::open(&path, &StoreOptions::default(), Arc::new(SystemClock)).unwrap();
    assert_store_equals_truth(&store, &sim.truth());
}
