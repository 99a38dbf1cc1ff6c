//! Planted secrets are found nowhere: not in logs, pages, answers, metrics or the store.

use std::path::Path;
use std::time::Duration;

use labtower_sim::{Sim, SimConfig};
use tokio::time::{Instant, sleep};

use crate::app::PATIENCE;
use crate::process::{labtower_on, output, signal};

/// One for each place of the configuration that takes a secret; GitLab's token is the simulator's.
const PLANTED: [&str; 6] = [
    "planted-write-token",
    "planted-webhook-token",
    "planted-signing-token",
    "planted-program-token",
    "planted-feed-password",
    "planted-otlp-header",
];

const CONFIG: &str = r#"
[gitlab]
write_token = "planted-write-token"
[webhooks]
token = "planted-webhook-token"
signing_token = "whsec_cGxhbnRlZC1zaWduaW5nLXRva2Vu"
[server.auth]
token = "planted-program-token"
[export.feed]
to = "postgres://labtower:planted-feed-password@127.0.0.1:1/nowhere"
[export.otlp]
enabled = true
since = "backfill"
endpoint = "http://127.0.0.1:1"
headers = "authorization=Bearer%20planted-otlp-header"
"#;

/// Every address that answers with something of ours.
const ADDRESSES: [&str; 18] = [
    "/",
    "/login",
    "/failures",
    "/failures?format=json",
    "/groups",
    "/pipelines",
    "/trends",
    "/health",
    "/health?format=json",
    "/metrics",
    "/api/sync",
    "/api/pipelines",
    "/api/jobs",
    "/api/projects",
    "/api/stats/summary",
    "/api/openapi.json",
    "/api/pipelines?limit=planted",
    "/no/such/page",
];

fn assert_clean(place: &str, bytes: &[u8], token: &str) {
    let all = PLANTED
        .iter()
        .copied()
        .chain([token, "cGxhbnRlZC1zaWduaW5nLXRva2Vu"]);
    for secret in all {
        let found = bytes
            .windows(secret.len())
            .any(|window| window == secret.as_bytes());
        assert!(!found, "`{secret}` is in {place}");
    }
}

/// A process that does not outlive a failed test.
struct Killed(std::process::Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
    }
}

fn store_files(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let is_store = |path: &std::path::PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        name.starts_with("pipelines.db")
    };
    paths.filter(is_store).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn planted_secrets_are_nowhere() {
    let world = SimConfig {
        projects: 4,
        days: 2,
        ..SimConfig::default()
    };
    let sim = Sim::start(world, ([127, 0, 0, 1], 0).into()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("config.toml"), CONFIG).unwrap();
    let log = std::fs::File::create(folder.path().join("log")).unwrap();
    let port = {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        free.local_addr().unwrap().port().to_string()
    };
    let mut command = labtower_on(&sim, folder.path());
    command
        .arg("run")
        .env("RUST_LOG", "trace")
        .env("LABTOWER__SERVER__PORT", &port)
        .env("LABTOWER__POLLER__INTERVAL_SECONDS", "1")
        .stdout(log.try_clone().unwrap())
        .stderr(log);
    let mut child = Killed(command.spawn().unwrap());
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let base = format!("http://127.0.0.1:{port}");
    let begun = Instant::now();
    // Until there is history, and the sinks have failed for want of anybody who listens.
    loop {
        assert!(
            begun.elapsed() < PATIENCE,
            "no history, or no failing sinks"
        );
        sleep(Duration::from_millis(200)).await;
        let Ok(answer) = http.get(format!("{base}/metrics")).send().await else {
            continue;
        };
        let text = answer.text().await.unwrap();
        let failing = text
            .lines()
            .filter(|line| line.starts_with("labtower_sink_failures{") && !line.ends_with(" 0"))
            .count();
        let history = http
            .get(format!("{base}/api/pipelines"))
            .send()
            .await
            .unwrap();
        if failing >= 2 && history.status() == 200 {
            break;
        }
    }
    // Refused proofs are logged; what was wrong with them is not.
    for token in ["planted-webhook-token-not", "planted-program-token-not"] {
        let hook = http
            .post(format!("{base}/webhooks/gitlab"))
            .header("X-Gitlab-Token", token)
            .body("{}");
        assert_eq!(hook.send().await.unwrap().status(), 401);
        let _ = http
            .get(format!("{base}/api/sync"))
            .bearer_auth(token)
            .send()
            .await
            .unwrap();
    }
    for address in ADDRESSES {
        let answer = http
            .get(format!("{base}{address}"))
            .bearer_auth("planted-program-token")
            .send()
            .await
            .unwrap();
        let headers = format!("{:?}", answer.headers());
        assert_clean(
            &format!("the headers of {address}"),
            headers.as_bytes(),
            sim.token(),
        );
        let body = answer.bytes().await.unwrap();
        assert_clean(address, &body, sim.token());
    }
    signal(child.0.id(), "TERM");
    tokio::task::spawn_blocking(move || child.0.wait().unwrap())
        .await
        .unwrap();
    let log = std::fs::read(folder.path().join("log")).unwrap();
    assert!(log.len() > 10_000, "nothing was logged");
    assert_clean("the log", &log, sim.token());
    for path in store_files(folder.path()) {
        assert_clean(
            &path.display().to_string(),
            &std::fs::read(&path).unwrap(),
            sim.token(),
        );
    }
    // With the right token, and with one that GitLab refuses.
    for token in [sim.token(), "planted-wrong-token"] {
        for arguments in [
            &["config", "show"][..],
            &["config", "check"],
            &["doctor"],
            &["sync", "--once"],
        ] {
            let mut command = labtower_on(&sim, folder.path());
            command
                .env("GITLAB_TOKEN", token)
                .env("RUST_LOG", "trace")
                .args(arguments);
            let told = output(command).await;
            let place = format!("`labtower {}`", arguments.join(" "));
            assert_clean(&place, &told.stdout, token);
            assert_clean(&place, &told.stderr, token);
        }
    }
}
