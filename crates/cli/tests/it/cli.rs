//! Commands, exit codes and signals of the real binary.

use labtower_sim::{Sim, SimClock, SimConfig};
use serde_json::Value;

use crate::app::{App, get};
use crate::process::{Running, labtower, labtower_on, output, stderr, stdout};

/// A world whose time is the machine's, as is that of the processes that read it.
async fn sim() -> Sim {
    let world = SimConfig {
        clock: SimClock::Real { speed: 1.0 },
        ..App::small_world()
    };
    Sim::start(world, ([127, 0, 0, 1], 0).into()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn version_and_usage_errors_have_their_exit_codes() {
    let directory = tempfile::tempdir().unwrap();
    let mut command = labtower(directory.path());
    command.arg("version");
    let version = output(command).await;
    assert_eq!(version.status.code(), Some(0));
    let expected = format!("labtower {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(stdout(&version), expected);

    for arguments in [&["fly"][..], &["sync"], &["sim", "--faults", "nonsense"]] {
        let mut command = labtower(directory.path());
        command.args(arguments);
        let refused = output(command).await;
        assert_eq!(refused.status.code(), Some(2), "{arguments:?}");
        assert!(stderr(&refused).contains("error: "), "{arguments:?}");
    }
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[test]
fn threads_share_few_heaps_unless_somebody_has_said_how_many() {
    let directory = tempfile::tempdir().unwrap();
    for (said, heaps) in [(None, "2"), (Some("7"), "7")] {
        let mut command = labtower(directory.path());
        command.args(["sim", "--port", "0", "--projects", "1", "--days", "1"]);
        command.envs(said.map(|heaps| ("MALLOC_ARENA_MAX", heaps)));
        let mut sim = Running::on_stdout(command);
        // It has said something, so it has begun for good.
        sim.line_after("");
        let begun_with = std::fs::read(format!("/proc/{}/environ", sim.child.id())).unwrap();
        let expected = format!("MALLOC_ARENA_MAX={heaps}");
        let set = |it: &[u8]| it == expected.as_bytes();
        assert!(begun_with.split(|byte| *byte == 0).any(set), "{expected}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sync_once_reads_everything_and_reports_it_as_json() {
    let sim = sim().await;
    sim.freeze();
    let directory = tempfile::tempdir().unwrap();
    let mut command = labtower_on(&sim, directory.path());
    command.args(["sync", "--once", "--json"]);
    let done = output(command).await;
    assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
    let report: Value = serde_json::from_str(&stdout(&done)).unwrap();
    let truth = serde_json::to_value(sim.truth()).unwrap();
    let pipelines = truth["pipelines"].as_array().unwrap().len();
    assert!(pipelines > 0);
    assert_eq!(report["totals"]["pipelines"], pipelines);
    assert_eq!(report["summary"]["discovery"]["projects"], 6);
    assert!(directory.path().join("pipelines.db").exists());

    let mut command = labtower_on(&sim, directory.path());
    command.args(["sync", "--once"]);
    let again = output(command).await;
    assert_eq!(again.status.code(), Some(0), "{}", stderr(&again));
    assert!(stdout(&again).contains("0 changed"), "{}", stdout(&again));
    sim.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_that_is_not_there_makes_sync_partial() {
    let sim = sim().await;
    let directory = tempfile::tempdir().unwrap();
    let mut command = labtower_on(&sim, directory.path());
    command
        .env("LABTOWER__GITLAB__MONITOR_GROUPS", "acme, nobody")
        .args(["sync", "--once"]);
    let done = output(command).await;
    assert_eq!(done.status.code(), Some(3), "{}", stderr(&done));
    assert!(stderr(&done).contains("nobody"), "{}", stderr(&done));
    sim.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_token_has_its_own_exit_code_and_is_never_printed() {
    let sim = sim().await;
    let directory = tempfile::tempdir().unwrap();
    for arguments in [&["sync", "--once"][..], &["doctor"], &["doctor", "--json"]] {
        let mut command = labtower_on(&sim, directory.path());
        command
            .env("GITLAB_TOKEN", "glpat-secret-and-wrong")
            .env("RUST_LOG", "trace")
            .args(arguments);
        let refused = output(command).await;
        let (out, err) = (stdout(&refused), stderr(&refused));
        assert_eq!(refused.status.code(), Some(4), "{arguments:?}: {out}{err}");
        assert!((out.clone() + &err).contains("read_api"), "{out}{err}");
        assert!(!out.contains("secret-and-wrong"), "{out}");
        assert!(!err.contains("secret-and-wrong"), "{err}");
    }
    sim.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_reports_every_step_and_an_estimate() {
    let sim = sim().await;
    let directory = tempfile::tempdir().unwrap();
    let mut command = labtower_on(&sim, directory.path());
    command.args(["doctor", "--json"]);
    let done = output(command).await;
    assert_eq!(
        done.status.code(),
        Some(0),
        "{}{}",
        stdout(&done),
        stderr(&done)
    );
    let report: Value = serde_json::from_str(&stdout(&done)).unwrap();
    let names: Vec<&str> = report["checks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|check| check["name"].as_str().unwrap())
        .collect();
    for name in [
        "store",
        "gitlab",
        "token",
        "expiry",
        "clock",
        "complexity",
        "group acme",
    ] {
        assert!(names.contains(&name), "{name} is not among {names:?}");
    }
    assert_eq!(report["estimate"]["projects"], 6);
    assert_eq!(report["estimate"]["poll_requests"], 1);
    assert!(report["estimate"]["backfill_requests"].as_u64().unwrap() >= 6);

    let mut command = labtower_on(&sim, directory.path());
    command
        .env("LABTOWER__GITLAB__MONITOR_GROUPS", "nobody")
        .arg("doctor");
    let failed = output(command).await;
    assert_eq!(failed.status.code(), Some(1));
    assert!(
        stdout(&failed).contains("group nobody"),
        "{}",
        stdout(&failed)
    );
    assert!(stdout(&failed).contains("hint: "), "{}", stdout(&failed));
    sim.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn run_serves_at_once_and_ends_in_order_on_sigterm() {
    let sim = sim().await;
    let directory = tempfile::tempdir().unwrap();
    let mut command = labtower_on(&sim, directory.path());
    command.args(["run", "--log-format", "json"]);
    let (code, healthy) = tokio::task::spawn_blocking(move || {
        let mut running = Running::on_stderr(command);
        let port = running.line_after("\"address\":\"127.0.0.1:");
        let port: String = port.chars().take_while(char::is_ascii_digit).collect();
        let mut health = labtower(std::path::Path::new("/"));
        health
            .env("LABTOWER__SERVER__HOST", "127.0.0.1")
            .env("LABTOWER__SERVER__PORT", port)
            .arg("healthcheck");
        let healthy = health.output().unwrap();
        running.line_after("history complete");
        (running.terminate(), healthy)
    })
    .await
    .unwrap();
    assert!(healthy.status.success(), "{}", stderr(&healthy));
    assert_eq!(code, Some(0));
    // A closed store leaves no write-ahead log behind.
    assert!(directory.path().join("pipelines.db").exists());
    assert!(!directory.path().join("pipelines.db-wal").exists());
    sim.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn run_waits_for_a_gitlab_that_is_down_and_says_so_over_http() {
    let directory = tempfile::tempdir().unwrap();
    // A port that was free a moment ago refuses connections.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = free.local_addr().unwrap();
    drop(free);
    let mut command = labtower(directory.path());
    command
        .env("GITLAB_URL", format!("http://{nobody}"))
        .env("GITLAB_TOKEN", "glpat-x")
        .env("LABTOWER__GITLAB__MONITOR_GROUPS", "acme")
        .env("LABTOWER__SERVER__PORT", "0")
        .args(["run", "--log-format", "json"]);
    let mut running = Running::on_stderr(command);
    let address = running.line_after("\"address\":\"0.0.0.0:");
    let port: String = address.chars().take_while(char::is_ascii_digit).collect();
    let http = reqwest::Client::builder().build().unwrap();
    let base = format!("http://127.0.0.1:{port}");
    assert_eq!(get(&http, &format!("{base}/healthz")).await.status, 200);
    assert_eq!(get(&http, &format!("{base}/")).await.status, 200);
    let data = get(&http, &format!("{base}/api/pipelines")).await;
    assert_eq!(data.status, 503);
    assert!(data.headers.contains_key("retry-after"));
    let code = tokio::task::spawn_blocking(move || running.terminate());
    assert_eq!(code.await.unwrap(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_port_is_an_error_with_a_hint() {
    let sim = sim().await;
    let directory = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let mut command = labtower_on(&sim, directory.path());
    command
        .env("LABTOWER__SERVER__PORT", port.to_string())
        .arg("run");
    let failed = output(command).await;
    assert_eq!(failed.status.code(), Some(1));
    assert!(
        stderr(&failed).contains("hint: something listens there"),
        "{}",
        stderr(&failed)
    );
    sim.stop().await;
}
