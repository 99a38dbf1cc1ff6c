//! The real binary, killed again and again while GitLab lives on: nothing is lost, nothing doubled.

use std::{path::Path, process::Stdio, sync::Arc, time::Duration};

use labtower_model::SystemClock;
use labtower_sim::{Faults, Sim, SimClock, SimConfig};
use labtower_store::{Store, StoreOptions};
use rand::{Rng, SeedableRng, rngs::StdRng};

use crate::{
    activity::assert_activity_equals_truth,
    delivery::assert_reports_equal_truth,
    process::{labtower_on, output, stderr},
    truth::assert_store_equals_truth,
};

/// Kills of the running binary.
const KILLS: usize = 50;

/// Days of history, read while the first kills fall.
const DAYS: u32 = 3;

/// Simulated seconds per real second: an hour and more passes between the first and the last kill.
const SPEED: f64 = 100.0;

#[tokio::test(flavor = "multi_thread")]
async fn fifty_kills_lose_and_double_nothing() {
    let config = SimConfig {
        seed: 11,
        projects: 40,
        days: DAYS,
        pipelines_per_day: 12.0,
        clock: SimClock::Real { speed: SPEED },
        // Slow enough that kills fall into requests, and that the backfill outlives several of them.
        faults: Faults {
            latency: Duration::from_millis(30),
            ..Faults::default()
        },
        ..SimConfig::default()
    };
    let sim = Sim::start(config, ([127, 0, 0, 1], 0).into())
        .await
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let started = sim.now();
    let mut random = StdRng::seed_from_u64(5);
    for _ in 0..KILLS {
        let lifetime = Duration::from_millis(random.random_range(30..1500));
        let mut child = run(&sim, folder.path(), "run")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        tokio::time::sleep(lifetime).await;
        // SIGKILL: the process gets no chance to put anything in order.
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let lived = sim.now().duration_since(started);
    assert!(lived.as_hours() >= 1, "GitLab lived for {lived:#} only");

    sim.freeze();
    for _ in 0..2 {
        let mut sync = run(&sim, folder.path(), "sync");
        sync.arg("--once");
        let ended = output(sync).await;
        assert!(ended.status.success(), "{}", stderr(&ended));
    }
    let path = folder.path().join("pipelines.db");
    let store = Store::open(&path, &StoreOptions::default(), Arc::new(SystemClock)).unwrap();
    assert_store_equals_truth(&store, &sim.truth());
    assert_activity_equals_truth(&store, &sim.truth());
    assert_reports_equal_truth(&store, &sim.delivery());
}

fn run(sim: &Sim, folder: &Path, command: &str) -> std::process::Command {
    let mut run = labtower_on(sim, folder);
    run.arg(command)
        .env("LABTOWER__POLLER__INTERVAL_SECONDS", "1")
        .env("LABTOWER__POLLER__BACKFILL_DAYS", (DAYS + 1).to_string());
    run
}
