//! The real binary lives through hours of GitLab with a fault every minute: afterwards the store equals the truth, and
//! memory is what it was.
//!
//! An hour of a small GitLab by default. `LABTOWER_ENDURANCE="24 1000 7"` makes it 24 hours of 1,000 projects with a
//! week of history, and `LABTOWER_ENDURANCE_BINARY` takes another build of the binary.

#![expect(clippy::print_stdout, reason = "the figures are what one runs it for")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use labtower_model::SystemClock;
use labtower_sim::{Faults, Sim, SimClock, SimConfig};
use labtower_store::{Store, StoreOptions};
use serde_json::Value;
use tokio::time::{Instant, sleep, sleep_until};

use crate::process::{Running, labtower_on, signal};
use crate::truth::assert_store_equals_truth;

/// Simulated seconds per real second.
const SPEED: f64 = 120.0;

/// What goes wrong, one after the other: a minute each, of which the second half is without.
const SCENARIOS: [&str; 10] = [
    "latency",
    "too_many_requests",
    "server_errors",
    "resets",
    "truncated",
    "malformed",
    "late_rows",
    "duplicated_pages",
    "shifted_pages",
    "graphql_timeouts",
];

/// From so many hours on, the last hour's memory is compared with the second hour's.
const HOURS_TO_COMPARE: usize = 3;

/// The last hour's mean resident set may be this much of the second hour's.
const GROWTH: f64 = 1.05;

#[tokio::test(flavor = "multi_thread")]
async fn hours_of_faults_leave_the_truth_and_no_more_memory_than_before() {
    let Size {
        hours,
        projects,
        days,
    } = size();
    let config = SimConfig {
        seed: 23,
        projects,
        days,
        clock: SimClock::Real { speed: SPEED },
        ..SimConfig::default()
    };
    let sim = Sim::start(config, ([127, 0, 0, 1], 0).into())
        .await
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut labtower = Running::on_stderr(run(&sim, folder.path(), days));
    let port = labtower.line_after("\"address\":\"127.0.0.1:");
    let url = format!("http://127.0.0.1:{}", port.split('"').next().unwrap());
    until(&url, "the history is read", |sync| {
        sync["serving_data"] == true
    })
    .await;

    let pid = labtower.child.id();
    // A full pipe would stop it.
    let draining = std::thread::spawn(move || labtower.drain());
    let begun = sim.now();
    let mut resident = vec![Vec::new(); hours];
    let half = Duration::from_secs_f64(30.0 / SPEED);
    let mut next = Instant::now();
    for minute in 0..hours * 60 {
        sim.set_faults(Faults::scenario(SCENARIOS[minute % SCENARIOS.len()]).unwrap());
        next += half;
        sleep_until(next).await;
        sim.set_faults(Faults::default());
        next += half;
        sleep_until(next).await;
        resident[minute / 60].push(resident_kib(pid));
    }
    let lived = sim.now().duration_since(begun);
    assert!(lived.as_hours() >= hours as i64, "{lived:#}");

    // The world stands still; its clock goes on past what may come late.
    sim.freeze();
    let truth = sim.truth();
    let expected = truth.pipelines.len() as u64;
    let cycles = cycles(&url).await;
    until(&url, "everything is polled", |sync| {
        sync["polling"]["cycles"].as_u64().unwrap() > cycles + 12
            && sync["stored"]["pipelines"] == expected
    })
    .await;
    let sync = sync(&url).await;
    signal(pid, "TERM");
    assert_eq!(draining.join().unwrap(), Some(0));

    let path = folder.path().join("pipelines.db");
    let store = Store::open(&path, &StoreOptions::default(), Arc::new(SystemClock)).unwrap();
    assert_store_equals_truth(&store, &truth);
    let means: Vec<f64> = resident.iter().map(|hour| mean(hour)).collect();
    println!(
        "{hours} h, {projects} projects, {} pipelines, {} faults, {} requests; mean resident MiB by hour {}",
        truth.pipelines.len(),
        hours * 60,
        sync["requests"]["used"],
        means
            .iter()
            .map(|kib| format!("{:.1}", kib / 1024.0))
            .collect::<Vec<_>>()
            .join(" "),
    );
    println!("completeness: {}", sync["completeness"]);
    assert_eq!(sync["completeness"]["gaps_open"], 0);
    if hours >= HOURS_TO_COMPARE {
        let growth = means[hours - 1] / means[1];
        assert!(
            growth <= GROWTH,
            "memory grew to {growth:.3} of the second hour's"
        );
    }
}

struct Size {
    hours: usize,
    projects: usize,
    /// Of history before the first hour.
    days: u32,
}

fn size() -> Size {
    let asked = std::env::var("LABTOWER_ENDURANCE").unwrap_or_else(|_| "1 20 1".to_owned());
    let numbers: Vec<usize> = asked.split(' ').map(|word| word.parse().unwrap()).collect();
    let [hours, projects, days] = numbers[..] else {
        panic!("LABTOWER_ENDURANCE is hours, projects and days, not `{asked}`");
    };
    Size {
        hours,
        projects,
        days: u32::try_from(days).unwrap(),
    }
}

fn run(sim: &Sim, folder: &Path, days: u32) -> Command {
    let mut run = labtower_on(sim, folder);
    if let Some(binary) = std::env::var_os("LABTOWER_ENDURANCE_BINARY") {
        let mut other = Command::new(PathBuf::from(binary));
        other.current_dir(folder).env_clear().stdin(Stdio::null());
        other.envs(
            run.get_envs()
                .filter_map(|(key, value)| Some((key, value?))),
        );
        run = other;
    }
    let seconds = |simulated: f64| (simulated / SPEED).to_string();
    run.args(["--log-format", "json", "run"])
        .env("RUST_LOG", "warn,labtower_cli=info")
        .env("LABTOWER__POLLER__INTERVAL_SECONDS", seconds(60.0))
        .env(
            "LABTOWER__POLLER__DISCOVERY_INTERVAL_SECONDS",
            seconds(1800.0),
        )
        .env(
            "LABTOWER__POLLER__COMPLETENESS_INTERVAL_SECONDS",
            seconds(3600.0),
        )
        .env("LABTOWER__POLLER__BACKFILL_DAYS", (days + 1).to_string());
    run
}

async fn sync(url: &str) -> Value {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = client.get(format!("{url}/api/sync?limit=1")).send().await;
    answer.unwrap().json().await.unwrap()
}

async fn cycles(url: &str) -> u64 {
    sync(url).await["polling"]["cycles"].as_u64().unwrap()
}

async fn until(url: &str, what: &str, is_so: impl Fn(&Value) -> bool) {
    let last = Instant::now() + Duration::from_secs(240);
    loop {
        let sync = sync(url).await;
        if is_so(&sync) {
            return;
        }
        assert!(
            Instant::now() < last,
            "it does not come to be that {what}: {sync}"
        );
        sleep(Duration::from_millis(100)).await;
    }
}

fn resident_kib(pid: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}
