//! Webhooks from their arrival to the API, without a request to GitLab.

use std::time::Duration;

use labtower_serve::WebhookOptions;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::app::{App, PATIENCE};

pub(crate) const TOKEN: &str = "a secret of webhooks";

/// A service that takes webhooks and polls no more after its first polls.
async fn start(change: impl FnOnce(&mut labtower_cli::ServiceOptions)) -> App {
    let world = App::small_world();
    let app = App::start_with(world, |options| {
        options.webhooks = WebhookOptions {
            token: Some(TOKEN.into()),
            signing_token: None,
        };
        options.sync.interval = Duration::from_secs(3600);
        change(options);
    })
    .await;
    app.ready().await;
    app
}

pub(crate) async fn send(app: &App, event: &Value) -> u16 {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = http
        .post(format!("{}/webhooks/gitlab", app.service.url()))
        .header("X-Gitlab-Token", TOKEN)
        .json(event)
        .send()
        .await
        .unwrap();
    answer.status().as_u16()
}

/// A project that is followed: its id and path.
async fn project(app: &App) -> (i64, String) {
    let sync = app.json("/api/sync").await;
    let project = &sync["projects"][0];
    (
        project["project_id"].as_i64().unwrap(),
        project["project_full_path"].as_str().unwrap().to_owned(),
    )
}

/// A pipeline of one job, at a status of both.
fn pipeline(project: (i64, &str), status: &str, ended: Option<&str>) -> Value {
    json!({
        "object_kind": "pipeline",
        "object_attributes": {
            "id": 900_000_001, "iid": 77, "ref": "main", "tag": false, "sha": "bcbb5e", "source": "push",
            "status": status, "created_at": "2026-08-12 15:23:28 UTC", "finished_at": ended,
            "duration": ended.map(|_| 63), "queued_duration": 2,
        },
        "project": {
            "id": project.0, "name": "told", "path_with_namespace": project.1,
            "web_url": "https://gitlab.example.com/told", "default_branch": "main",
        },
        "builds": [job(status, ended)],
    })
}

fn job(status: &str, ended: Option<&str>) -> Value {
    json!({
        "id": 900_000_002, "stage": "test", "name": "told by a webhook", "status": status,
        "created_at": "2026-08-12 15:23:28 UTC", "started_at": "2026-08-12 15:23:40 UTC",
        "finished_at": ended, "duration": ended.map(|_| 60.5), "allow_failure": false,
        "failure_reason": "script_failure",
    })
}

/// A job event of the same job.
fn build(project: i64, status: &str, ended: Option<&str>) -> Value {
    json!({
        "object_kind": "build", "build_id": 900_000_002, "build_name": "told by a webhook",
        "build_stage": "test", "build_status": status, "build_created_at": "2026-08-12 15:23:28 UTC",
        "build_started_at": "2026-08-12 15:23:40 UTC", "build_finished_at": ended,
        "build_duration": ended.map(|_| 60.5), "pipeline_id": 900_000_001, "project_id": project,
    })
}

/// Waits until the pipeline is stored with a status, and gives its jobs' statuses.
async fn stored(app: &App, status: &str) -> Vec<String> {
    let begun = Instant::now();
    loop {
        let answer = app.get("/api/pipelines/900000001").await;
        if answer.status == 200 && answer.json()["pipeline"]["status"] == status {
            let jobs = answer.json()["jobs"].clone();
            let jobs = jobs.as_array().unwrap().iter();
            return jobs
                .map(|job| job["status"].as_str().unwrap().to_owned())
                .collect();
        }
        assert!(
            begun.elapsed() < PATIENCE,
            "{}: {}",
            answer.status,
            answer.text
        );
        sleep(Duration::from_millis(20)).await;
    }
}

/// Waits until nothing waits, and gives `kind outcome` with its count.
async fn outcomes(app: &App) -> Vec<(String, u64)> {
    let begun = Instant::now();
    loop {
        let sync = app.json("/api/sync").await;
        let webhooks = &sync["webhooks"];
        if webhooks["waiting"] == 0 {
            let counts = webhooks["counts"].as_array().unwrap().iter();
            return counts
                .map(|count| {
                    let word = |name: &str| count[name].as_str().unwrap().to_owned();
                    let name = format!("{} {}", word("kind"), word("outcome"));
                    (name, count["count"].as_u64().unwrap())
                })
                .collect();
        }
        assert!(begun.elapsed() < PATIENCE, "{webhooks}");
        sleep(Duration::from_millis(20)).await;
    }
}

const ENDED: Option<&str> = Some("2026-08-12 15:24:41 UTC");

#[tokio::test(flavor = "multi_thread")]
async fn pipelines_and_jobs_are_there_at_once_without_a_request() {
    let app = start(|_| {}).await;
    let (id, path) = project(&app).await;
    let requests = || app.service.client().stats().total();
    let mut asked = 0;
    // What else the first pass asks for.
    while asked != requests() {
        asked = requests();
        sleep(Duration::from_secs(2)).await;
    }
    assert_eq!(
        send(&app, &pipeline((id, &path), "running", None)).await,
        200
    );
    assert_eq!(stored(&app, "running").await, ["running"]);
    assert_eq!(send(&app, &build(id, "failed", ENDED)).await, 200);
    let begun = Instant::now();
    while stored(&app, "running").await != ["failed"] {
        assert!(begun.elapsed() < PATIENCE);
        sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(
        send(&app, &pipeline((id, &path), "failed", ENDED)).await,
        200
    );
    assert_eq!(stored(&app, "failed").await, ["failed"]);
    assert_eq!(requests(), asked);
    let metrics = app.get("/metrics").await.text;
    let line = "labtower_webhooks_total{kind=\"pipeline\",outcome=\"applied\"} 2";
    assert!(metrics.contains(line), "{metrics}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_order_of_webhooks_does_not_matter() {
    let app = start(|_| {}).await;
    let (id, path) = project(&app).await;
    send(&app, &build(id, "failed", ENDED)).await;
    send(&app, &pipeline((id, &path), "failed", ENDED)).await;
    assert_eq!(stored(&app, "failed").await, ["failed"]);
    send(&app, &pipeline((id, &path), "running", None)).await;
    send(&app, &build(id, "running", None)).await;
    send(&app, &pipeline((id, &path), "failed", ENDED)).await;
    let counts = outcomes(&app).await;
    let count = |name: &str| {
        counts
            .iter()
            .find(|(known, _)| known == name)
            .map_or(0, |it| it.1)
    };
    assert_eq!(count("pipeline applied"), 1);
    assert_eq!(count("pipeline stale"), 1);
    assert_eq!(count("pipeline repeated"), 1, "the same body again");
    assert_eq!(count("build stale"), 2, "the pipeline had told it");
    assert_eq!(stored(&app, "failed").await, ["failed"]);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_about_no_project_of_ours_is_counted_and_not_stored() {
    let app = start(|_| {}).await;
    send(
        &app,
        &pipeline((4_000_000, "elsewhere/told"), "running", None),
    )
    .await;
    send(
        &app,
        &json!({"object_kind": "a_kind_of_tomorrow", "project": {"id": 1}}),
    )
    .await;
    send(
        &app,
        &json!({"object_kind": "pipeline", "project": {"id": 1}}),
    )
    .await;
    let counts = outcomes(&app).await;
    for name in [
        "pipeline ignored",
        "a_kind_of_tomorrow ignored",
        "pipeline unreadable",
    ] {
        assert!(counts.contains(&(name.to_owned(), 1)), "{name}: {counts:?}");
    }
    assert_eq!(app.get("/api/pipelines/900000001").await.status, 404);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_choice_of_projects_those_that_send_are_followed() {
    let app = start(|options| {
        options.sync.groups = Vec::new();
        options.sync.projects = Vec::new();
    })
    .await;
    send(
        &app,
        &pipeline((4_000_000, "elsewhere/told"), "running", None),
    )
    .await;
    assert_eq!(stored(&app, "running").await, ["running"]);
    let listed = app.json("/api/pipelines").await;
    assert_eq!(listed[0]["project_full_path"], "elsewhere/told");
    app.stop().await;
}

/// A service on one project, polled ten times a second.
async fn polled(reconcile_interval: Duration) -> App {
    let world = labtower_sim::SimConfig {
        projects: 1,
        ..App::small_world()
    };
    let app = App::start_with(world, |options| {
        options.webhooks.token = Some(TOKEN.into());
        options.sync.interval = Duration::from_millis(100);
        options.sync.reconcile_interval = reconcile_interval;
    })
    .await;
    app.ready().await;
    app
}

/// When the project was last read.
async fn read_at(app: &App) -> Value {
    app.json("/api/sync").await["projects"][0]["last_success_at"].clone()
}

/// Waits until the project is read again.
async fn read_again(app: &App) {
    let (begun, before) = (Instant::now(), read_at(app).await);
    while read_at(app).await == before {
        assert!(begun.elapsed() < PATIENCE);
        sleep(Duration::from_millis(20)).await;
    }
}

/// Waits until so many projects are polled seldom.
async fn trusted(app: &App, projects: u64) {
    let begun = Instant::now();
    while app.json("/api/sync").await["webhooks"]["projects"] != projects {
        assert!(begun.elapsed() < PATIENCE);
        sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_whose_webhooks_tell_everything_is_polled_seldom() {
    let app = polled(Duration::from_secs(3600)).await;
    read_again(&app).await;
    let (id, path) = project(&app).await;
    send(&app, &pipeline((id, &path), "failed", ENDED)).await;
    trusted(&app, 1).await;
    // A poll that was under way, and the one that begins the rest, may still come.
    let begun = Instant::now();
    loop {
        let before = read_at(&app).await;
        sleep(Duration::from_secs(3)).await;
        if read_at(&app).await == before {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "it is polled on and on");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_whose_webhooks_fall_silent_is_polled_again() {
    let app = polled(Duration::from_secs(3)).await;
    let (id, path) = project(&app).await;
    send(&app, &pipeline((id, &path), "failed", ENDED)).await;
    trusted(&app, 1).await;
    // Pipelines come and go, and no webhook tells of them.
    app.sim.advance(Duration::from_secs(3 * 24 * 3600));
    trusted(&app, 0).await;
    for _ in 0..3 {
        read_again(&app).await;
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_has_the_tags_of_the_last_one_of_its_name() {
    let app = start(|_| {}).await;
    let (id, path) = project(&app).await;
    let jobs = app.json("/api/jobs?limit=1000").await;
    let mut jobs = jobs.as_array().unwrap().iter();
    let tagged = |job: &&Value| {
        job["project_id"] == id
            && job["kind"] == "build"
            && !job["tags"].as_array().unwrap().is_empty()
    };
    let known = jobs.find(tagged).unwrap();
    let mut told = pipeline((id, &path), "running", None);
    told["builds"][0]["name"] = known["name"].clone();
    send(&app, &told).await;
    stored(&app, "running").await;
    let answer = app.json("/api/pipelines/900000001").await;
    assert_eq!(answer["jobs"][0]["tags"], known["tags"]);
    app.stop().await;
}
