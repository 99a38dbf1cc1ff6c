//! The demo: what people try first.

use std::path::PathBuf;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::app::{PATIENCE, get};
use crate::process::{Running, labtower, output, stderr};

#[tokio::test(flavor = "multi_thread")]
async fn demo_shows_a_whole_world_and_leaves_nothing_behind() {
    let directory = tempfile::tempdir().unwrap();
    let mut command = labtower(directory.path());
    command.env("TMPDIR", directory.path()).args([
        "demo",
        "--port",
        "0",
        "--projects",
        "5",
        "--days",
        "3",
    ]);
    let (running, url, store) = tokio::task::spawn_blocking(move || {
        let mut running = Running::on_stdout(command);
        let store = PathBuf::from(running.line_after("The store: "));
        let url = running.line_after("Labtower: ");
        let ready = running.line_after("Ready after ");
        assert!(ready.contains("5 projects"), "{ready}");
        (running, url, store)
    })
    .await
    .unwrap();
    let http = reqwest::Client::builder().build().unwrap();
    let page = get(&http, &url).await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("acme/"), "{}", page.text);
    let pipelines = get(&http, &format!("{url}/api/pipelines")).await.json();
    assert!(!pipelines.as_array().unwrap().is_empty());
    let projects = get(&http, &format!("{url}/api/projects")).await.json();
    assert!(!projects.as_array().unwrap().is_empty());
    assert!(store.exists());
    let code = tokio::task::spawn_blocking(move || running.terminate());
    assert_eq!(code.await.unwrap(), Some(0));
    assert!(!store.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn demo_lives_on_webhooks() {
    let directory = tempfile::tempdir().unwrap();
    let mut command = labtower(directory.path());
    command.env("TMPDIR", directory.path()).args([
        "demo",
        "--port",
        "0",
        "--projects",
        "5",
        "--days",
        "3",
        "--speed",
        "600",
    ]);
    let (running, url) = tokio::task::spawn_blocking(move || {
        let mut running = Running::on_stdout(command);
        let url = running.line_after("Labtower: ");
        running.line_after("Ready after ");
        (running, url)
    })
    .await
    .unwrap();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let begun = Instant::now();
    loop {
        let sync = get(&http, &format!("{url}/api/sync")).await.json();
        let mut counts = sync["webhooks"]["counts"].as_array().unwrap().iter();
        let applied = counts.any(|it| it["kind"] == "pipeline" && it["outcome"] == "applied");
        if applied && sync["webhooks"]["projects"] != 0 {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "{}", sync["webhooks"]);
        sleep(Duration::from_millis(100)).await;
    }
    let code = tokio::task::spawn_blocking(move || running.terminate());
    assert_eq!(code.await.unwrap(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn demo_refuses_a_directory_that_holds_a_store() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("pipelines.db"), "precious").unwrap();
    let mut command = labtower(directory.path());
    command.args(["demo", "--port", "0", "--dir", "."]);
    let refused = output(command).await;
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("exists already"));
    let kept = std::fs::read_to_string(directory.path().join("pipelines.db")).unwrap();
    assert_eq!(kept, "precious");
}
