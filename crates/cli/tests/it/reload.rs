//! A changed configuration while `labtower run` goes on, and HTTPS.

use std::path::Path;
use std::time::Duration;

use labtower_sim::{Sim, SimConfig};
use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::app::PATIENCE;
use crate::process::{Running, labtower, labtower_on, output, signal, stderr};

const TOKEN: &str = "the token of programs";

async fn sim() -> Sim {
    let world = SimConfig {
        projects: 2,
        days: 1,
        ..SimConfig::default()
    };
    Sim::start(world, ([127, 0, 0, 1], 0).into()).await.unwrap()
}

/// Starts `labtower run` in a folder; the process and its port.
async fn run(sim: &Sim, folder: &Path) -> (Running, String) {
    let mut command = labtower_on(sim, folder);
    command.args(["run", "--log-format", "json"]);
    tokio::task::spawn_blocking(move || {
        let mut running = Running::on_stderr(command);
        let port = running.line_after("\"address\":\"127.0.0.1:");
        let port = port.chars().take_while(char::is_ascii_digit).collect();
        running.line_after("history complete");
        (running, port)
    })
    .await
    .unwrap()
}

fn client() -> reqwest::Client {
    reqwest::Client::builder()
        .no_proxy()
        // A new connection each time, so that a refused one shows.
        .pool_max_idle_per_host(0)
        .build()
        .unwrap()
}

/// One answer. A connection is never refused; one that had sent nothing when the old service ended is closed, and
/// asked anew.
async fn ask(url: &str, token: &str) -> (u16, String) {
    let http = client();
    let begun = Instant::now();
    loop {
        match http.get(url).bearer_auth(token).send().await {
            Ok(answer) => return (answer.status().as_u16(), answer.text().await.unwrap()),
            Err(error) => assert!(
                !error.is_connect() && begun.elapsed() < PATIENCE,
                "{url}: {error:?}"
            ),
        }
    }
}

/// Asks until the answer is as wanted.
async fn until(url: &str, token: &str, wanted: impl Fn(u16, &str) -> bool) {
    let begun = Instant::now();
    loop {
        let (status, text) = ask(url, token).await;
        if wanted(status, &text) {
            return;
        }
        assert!(
            begun.elapsed() < PATIENCE,
            "{url} stays at {status}: {text}"
        );
        sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn changed_file_is_taken_up_and_a_bad_one_is_not() {
    let sim = sim().await;
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.toml");
    let with = |text: &str| std::fs::write(&config, text).unwrap();
    with("[poller]\ninterval_seconds = 5\n");
    let (running, port) = run(&sim, folder.path()).await;
    let url = |path: &str| format!("http://127.0.0.1:{port}{path}");
    assert_eq!(ask(&url("/api/sync"), "").await.0, 200);

    // From now on reading needs a name; whoever asks meanwhile waits.
    let secret = folder.path().join("secret");
    std::fs::write(&secret, TOKEN).unwrap();
    with(
        "[poller]\ninterval_seconds = 5\n[server.auth]\ntoken_file = \"secret\"\nrequire_auth_for_read = true\n",
    );
    until(&url("/api/sync"), "wrong", |status, _| status == 401).await;
    until(&url("/api/sync"), TOKEN, |status, _| status == 200).await;

    // A file that cannot be used changes nothing, and does not stay silent.
    with("[poller]\ninterval_seconds = \"often\"\n");
    until(&url("/metrics"), TOKEN, |_, text| {
        text.contains("labtower_config_last_reload_successful 0")
    })
    .await;
    let sync: Value = serde_json::from_str(&ask(&url("/api/sync"), TOKEN).await.1).unwrap();
    let problems = sync["problems"].as_array().unwrap();
    let problem = problems
        .iter()
        .find(|problem| problem["scope"] == "configuration");
    let message = problem.unwrap()["message"].as_str().unwrap();
    assert!(message.contains("poller.interval_seconds"), "{message}");
    assert!(!message.contains(TOKEN), "{message}");

    // What a named file holds counts too; a signal asks at once.
    with("[server.auth]\ntoken_file = \"secret\"\n");
    std::fs::write(&secret, "another").unwrap();
    signal(running.child.id(), "HUP");
    until(&url("/metrics"), "another", |_, text| {
        text.contains("labtower_config_last_reload_successful 1")
    })
    .await;
    until(&url("/api/sync"), "another", |_, text| {
        let sync: Value = serde_json::from_str(text).unwrap();
        let problems = sync["problems"].as_array().unwrap();
        problems
            .iter()
            .all(|problem| problem["scope"] != "configuration")
    })
    .await;
    let code = tokio::task::spawn_blocking(move || running.terminate())
        .await
        .unwrap();
    assert_eq!(code, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn https_with_a_certificate_that_is_renewed() {
    let sim = sim().await;
    let folder = tempfile::tempdir().unwrap();
    let renew = || {
        let made = rcgen::generate_simple_self_signed(vec![
            "localhost".to_owned(),
            "127.0.0.1".to_owned(),
        ])
        .unwrap();
        std::fs::write(
            folder.path().join("tls.key"),
            made.signing_key.serialize_pem(),
        )
        .unwrap();
        std::fs::write(folder.path().join("tls.crt"), made.cert.pem()).unwrap();
        let trusted = reqwest::Certificate::from_pem(made.cert.pem().as_bytes()).unwrap();
        reqwest::Client::builder()
            .no_proxy()
            .pool_max_idle_per_host(0)
            .tls_certs_only([trusted])
            .build()
            .unwrap()
    };
    let first = renew();
    std::fs::write(
        folder.path().join("config.toml"),
        "[server]\ntls_cert_file = \"tls.crt\"\ntls_key_file = \"tls.key\"\n",
    )
    .unwrap();
    let (running, port) = run(&sim, folder.path()).await;
    let url = format!("https://127.0.0.1:{port}/healthz");
    assert_eq!(first.get(&url).send().await.unwrap().status(), 200);
    assert!(
        client().get(&url).send().await.is_err(),
        "nobody else's certificate is trusted"
    );

    let mut health = labtower(folder.path());
    health
        .env("LABTOWER__SERVER__HOST", "127.0.0.1")
        .env("LABTOWER__SERVER__PORT", &port)
        .arg("healthcheck");
    let healthy = output(health).await;
    assert!(healthy.status.success(), "{}", stderr(&healthy));

    // A certificate whose key is not there yet is not taken up, and ends nothing.
    let key = std::fs::read(folder.path().join("tls.key")).unwrap();
    renew();
    std::fs::write(folder.path().join("tls.key"), key).unwrap();
    signal(running.child.id(), "HUP");
    let metrics = format!("https://127.0.0.1:{port}/metrics");
    let begun = Instant::now();
    loop {
        let told = first
            .get(&metrics)
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap();
        if told.contains("labtower_config_last_reload_successful 0") {
            break;
        }
        assert!(begun.elapsed() < PATIENCE);
        sleep(Duration::from_millis(50)).await;
    }

    let second = renew();
    let begun = Instant::now();
    while second.get(&url).send().await.is_err() {
        assert!(begun.elapsed() < PATIENCE);
        sleep(Duration::from_millis(100)).await;
    }
    drop(running);
}
