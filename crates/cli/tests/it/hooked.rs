//! Webhooks from a living GitLab to the store: registered by `labtower hooks`, sent as the world lives.

use std::process::{Child, Stdio};
use std::sync::Arc;
use std::time::Duration;

use labtower_model::{Clock, SystemClock, Timestamp};
use labtower_sim::{Faults, Sim, SimClock, SimConfig};
use labtower_store::{Store, StoreOptions};
use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::app::{App, PATIENCE, get};
use crate::process::{labtower_on, output, stderr, stdout};
use crate::truth::assert_store_equals_truth;

/// The secret of the webhooks.
const SECRET: &str = "a secret of webhooks";

/// A busy Monday, moved by hand.
fn monday() -> SimConfig {
    SimConfig {
        projects: 4,
        days: 2,
        pipelines_per_day: 40.0,
        clock: SimClock::Manual {
            start: "2026-11-16T08:00:00Z".parse().unwrap(),
        },
        writable: true,
        ..SimConfig::default()
    }
}

/// Registers the group's hook.
async fn install(sim: &Sim, url: &str) {
    let directory = tempfile::tempdir().unwrap();
    let mut command = labtower_on(sim, directory.path());
    command
        .args(["hooks", "install", "--url", url])
        .env("LABTOWER_HOOKS_TOKEN", sim.token())
        .env("LABTOWER__WEBHOOKS__TOKEN", SECRET);
    let installed = output(command).await;
    assert!(installed.status.success(), "{}", stderr(&installed));
    assert!(
        stdout(&installed).contains("created  group acme"),
        "{}",
        stdout(&installed)
    );
}

/// Waits until everything that happened has been sent.
async fn told(sim: &Sim) {
    let begun = Instant::now();
    loop {
        let counts = sim.webhooks();
        if counts.pending == 0 && counts.told_until.is_some_and(|until| until >= sim.now()) {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "{counts:?}");
        sleep(Duration::from_millis(20)).await;
    }
}

/// A running binary, killed when dropped.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn run(sim: &Sim, directory: &std::path::Path, port: u16) -> Killed {
    let mut command = labtower_on(sim, directory);
    command
        .arg("run")
        .env("LABTOWER__SERVER__PORT", port.to_string())
        .env("LABTOWER__POLLER__INTERVAL_SECONDS", "1")
        .env("LABTOWER__POLLER__BACKFILL_DAYS", "3")
        // GitLab's time runs 400 times as fast as that of the service, and so do delays.
        .env("LABTOWER__POLLER__OVERLAP_SECONDS", "7200")
        .env("LABTOWER__WEBHOOKS__TOKEN", SECRET)
        .env("LABTOWER__WEBHOOKS__RECONCILE_INTERVAL_SECONDS", "5")
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    Killed(command.spawn().unwrap())
}

/// `/api/sync`, once it answers.
async fn sync(url: &str) -> Value {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let begun = Instant::now();
    loop {
        if http
            .get(format!("{url}/api/pipelines"))
            .send()
            .await
            .is_ok_and(|it| it.status() == 200)
        {
            return get(&http, &format!("{url}/api/sync")).await.json();
        }
        assert!(begun.elapsed() < PATIENCE, "it does not answer");
        sleep(Duration::from_millis(50)).await;
    }
}

/// Waits until all webhooks are applied and every project was read after a moment.
async fn read_since(url: &str, moment: Timestamp) -> Value {
    let begun = Instant::now();
    loop {
        let sync = sync(url).await;
        let mut projects = sync["projects"].as_array().unwrap().iter();
        let is_read = |project: &Value| {
            let at = project["last_success_at"].as_str();
            at.is_some_and(|at| at.parse::<Timestamp>().unwrap() > moment)
        };
        if sync["webhooks"]["waiting"] == 0 && projects.all(is_read) {
            return sync;
        }
        assert!(begun.elapsed() < PATIENCE, "{sync}");
        sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn dropped_doubled_and_late_webhooks_and_a_kill_lose_nothing() {
    let sim = Sim::start(monday(), ([127, 0, 0, 1], 0).into())
        .await
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let url = format!("http://127.0.0.1:{port}");
    let mut service = run(&sim, folder.path(), port);
    sync(&url).await;
    install(&sim, &url).await;
    let (_, faults) = Faults::scenarios()
        .iter()
        .find(|(name, _)| *name == "webhooks")
        .unwrap();
    sim.set_faults(faults.clone());
    for step in 0..180 {
        sim.advance(Duration::from_secs(20));
        sleep(Duration::from_millis(50)).await;
        match step {
            // SIGKILL: the process gets no chance to put anything in order.
            80 => drop(std::mem::replace(&mut service, Killed(sleeper()))),
            // What is sent meanwhile fails, and then GitLab sends nothing for a while.
            90 => service = run(&sim, folder.path(), port),
            _ => {}
        }
    }
    sim.freeze();
    told(&sim).await;
    read_since(&url, SystemClock.now()).await;
    // Only the clock goes on: what is read now is newer than what webhooks told.
    sim.advance(Duration::from_secs(60));
    read_since(&url, SystemClock.now()).await;
    let sync = read_since(&url, SystemClock.now()).await;
    let counts = sim.webhooks();
    assert!(counts.delivered > 300, "{counts:?}");
    assert!(
        counts.dropped > 0 && counts.duplicated > 0 && counts.failed >= 4,
        "{counts:?}"
    );
    let outcome = |name: &str| {
        let counts = sync["webhooks"]["counts"].as_array().unwrap().iter();
        let with = counts.filter(|count| count["outcome"] == name);
        with.map(|count| count["count"].as_u64().unwrap())
            .sum::<u64>()
    };
    assert!(
        outcome("applied") > 100 && outcome("repeated") > 0,
        "{}",
        sync["webhooks"]
    );
    assert_eq!(outcome("unreadable"), 0, "{}", sync["webhooks"]);
    drop(service);
    let path = folder.path().join("pipelines.db");
    let store = Store::open(&path, &StoreOptions::default(), Arc::new(SystemClock)).unwrap();
    assert_store_equals_truth(&store, &sim.truth());
}

/// A process that does nothing, in place of one that was killed.
fn sleeper() -> Child {
    std::process::Command::new("sleep")
        .arg("600")
        .spawn()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn while_webhooks_tell_everything_nobody_asks_for_pipelines() {
    let app = App::start_with(monday(), |options| {
        options.webhooks.token = Some(SECRET.into());
        options.sync.interval = Duration::from_millis(200);
        options.sync.reconcile_interval = Duration::from_secs(3600);
    })
    .await;
    app.ready().await;
    install(&app.sim, &app.service.url()).await;
    let begun = Instant::now();
    while app.json("/api/sync").await["webhooks"]["projects"] != 4 {
        app.sim.advance(Duration::from_secs(30));
        assert!(begun.elapsed() < PATIENCE, "some project is never told of");
        sleep(Duration::from_millis(50)).await;
    }
    // Each is polled once more, and a poll may be under way.
    sleep(Duration::from_secs(2)).await;
    app.sim.reset_requests();
    let before = app.sim.webhooks().delivered;
    for _ in 0..90 {
        app.sim.advance(Duration::from_secs(20));
        sleep(Duration::from_millis(20)).await;
    }
    app.sim.freeze();
    told(&app.sim).await;
    let delivered = app.sim.webhooks().delivered - before;
    assert!(delivered > 100, "{delivered} webhooks");
    let begun = Instant::now();
    while app.json("/api/sync").await["webhooks"]["waiting"] != 0 {
        assert!(begun.elapsed() < PATIENCE);
        sleep(Duration::from_millis(20)).await;
    }
    let polls = |name: &str| app.sim.operations().get(name).copied().unwrap_or_default();
    for name in ["Changed", "PipelinesPage"] {
        assert_eq!(polls(name), 0, "{name}: {:?}", app.sim.operations());
    }
    // A pipeline that rests unfinished for half an hour is asked for by itself, once.
    assert!(polls("JobsPage") < 5, "{:?}", app.sim.operations());
    assert!(polls("Activity") > 0, "the rest of GitLab is read as ever");
    let (mut right, mut wrong) = (0, Vec::new());
    for pipeline in app.sim.truth().pipelines {
        let answer = app.get(&format!("/api/pipelines/{}", pipeline.id)).await;
        let stored = (answer.status == 200).then(|| answer.json()["pipeline"]["status"].clone());
        if stored
            .as_ref()
            .is_some_and(|stored| *stored == pipeline.status)
        {
            right += 1;
        } else {
            let user = pipeline.user.map(|user| user.username);
            wrong.push((pipeline.id, user, stored, pipeline.status));
        }
    }
    // GitLab sends nothing of users that it has blocked.
    let blocked = blocked(&app.sim).await;
    wrong.retain(|(_, user, ..)| user.as_ref().is_none_or(|user| !blocked.contains(user)));
    assert!(wrong.is_empty(), "{right} are right, but {wrong:?}");
    app.stop().await;
}

/// Names of users that are blocked.
async fn blocked(sim: &Sim) -> Vec<String> {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!(
        "{}/api/v4/users?per_page=100&private_token={}",
        sim.url(),
        sim.token()
    );
    let users = get(&http, &url).await.json();
    let users = users.as_array().unwrap().iter();
    users
        .filter(|user| user["state"] == "blocked")
        .map(|user| user["username"].as_str().unwrap().to_owned())
        .collect()
}
