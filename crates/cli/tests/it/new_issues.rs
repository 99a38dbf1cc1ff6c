//! Issues that people create from a page, made by the simulated GitLab.

use std::time::Duration;

use labtower_gitlab::ClientConfig;
use labtower_serve::AuthOptions;
use labtower_sim::SimConfig;
use labtower_store::{IssueKey, Store};
use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::app::{App, PATIENCE};

/// A service whose programs may create issues, as far as GitLab lets them.
async fn start(writable: bool) -> App {
    let world = SimConfig {
        writable,
        ..App::small_world()
    };
    let app = App::start_with(world, |options| {
        options.issue_client = Some(ClientConfig::new(
            options.client.url.clone(),
            options.client.token.clone(),
        ));
        options.auth = AuthOptions {
            token: Some("a token of programs".into()),
            ..AuthOptions::default()
        };
        options.sync.discovery_interval = Duration::from_millis(200);
    })
    .await;
    app.ready().await;
    app
}

/// A failed job that belongs to a group.
async fn grouped(app: &App) -> Value {
    let begun = Instant::now();
    loop {
        let grid = app
            .json("/failures?format=json&days=7&source=any&ref=any&rows=1000")
            .await;
        let rows = grid["rows"].as_array().unwrap().iter();
        let mut jobs = rows
            .flat_map(|row| row["cells"].as_array().unwrap())
            .flat_map(|cell| cell["jobs"].as_array().unwrap());
        if let Some(job) = jobs.find(|job| job["group_id"].is_i64()) {
            return job.clone();
        }
        assert!(begun.elapsed() < PATIENCE, "no failure has a group");
        sleep(Duration::from_millis(50)).await;
    }
}

async fn create(app: &App, form: &[(&str, &str)]) -> (u16, String) {
    let url = format!("{}/actions/create-issue", app.service.url());
    let form = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(form)
        .finish();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = http
        .post(url)
        .bearer_auth("a token of programs")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form)
        .send()
        .await
        .unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

/// Patterns of an issue's blocks once they were read back from GitLab.
async fn blocks(store: &Store, key: IssueKey) -> Vec<String> {
    let begun = Instant::now();
    loop {
        let asked = key.clone();
        let issue = store.read(move |reader| reader.issue(&asked)).unwrap();
        let blocks = issue.unwrap().blocks;
        if !blocks.is_empty() {
            return blocks.into_iter().map(|block| block.pattern).collect();
        }
        assert!(begun.elapsed() < PATIENCE, "its block was not read");
        sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn an_issue_is_made_once_linked_at_once_and_read_back_with_its_block() {
    let app = start(true).await;
    let job = grouped(&app).await;
    let (id, group) = (job["job_id"].to_string(), job["group_id"].to_string());
    let card = app.json(&format!("/failures/job/{id}?format=json")).await;
    let project = card["failure"]["project"].as_str().unwrap().to_owned();
    let form = [
        ("group", group.as_str()),
        ("project", project.as_str()),
        ("title", "It fails at night"),
        ("text", "See the log."),
        ("match", "/nothing has (this|that) in a line/"),
    ];
    let (status, text) = create(&app, &form).await;
    assert_eq!(status, 200, "{text}");
    let card = app.json(&format!("/failures/job/{id}?format=json")).await;
    let links = card["issues"].as_array().unwrap();
    let made = links
        .iter()
        .find(|link| link["title"] == "It fails at night")
        .unwrap();
    assert_eq!(made["actor"], "api");
    let iid = made["key"]["iid"].as_i64().unwrap();
    let key = IssueKey {
        project_path: project.clone(),
        iid,
    };
    assert_eq!(
        blocks(app.store(), key).await,
        ["nothing has (this|that) in a line"]
    );
    let (status, text) = create(&app, &form).await;
    assert_eq!(status, 409, "{text}");
    let posts = app.sim.requests()["POST /projects/:id/issues"];
    assert_eq!(posts, 1);
    app.stop().await;
}

#[tokio::test]
async fn a_token_that_may_only_read_is_told() {
    let app = start(false).await;
    let job = grouped(&app).await;
    let group = job["group_id"].to_string();
    let form = [
        ("group", group.as_str()),
        ("project", "acme/nowhere"),
        ("title", "x"),
    ];
    let (status, text) = create(&app, &form).await;
    assert_eq!(status, 502);
    assert!(
        text.contains("GitLab made no issue") && text.contains("`api`"),
        "{text}"
    );
    app.stop().await;
}
