//! Hooks, and what is sent to them as the world lives.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use labtower_sim::{Faults, Sim, SimConfig, Tier};
use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{get, http, json as rest, sim, small};
use crate::receiver::{Receiver, told};

/// A world whose hooks can be made with the token of the simulator.
fn writable() -> SimConfig {
    SimConfig {
        writable: true,
        pipelines_per_day: 12.0,
        ..small()
    }
}

/// Sends a body; the status, and the answer if it is JSON.
async fn send(sim: &Sim, method: Method, path: &str, body: &Value) -> (u16, Value) {
    let request = http()
        .request(method, format!("{}/api/v4{path}", sim.url()))
        .header("PRIVATE-TOKEN", sim.token())
        .json(body);
    let answer = request.send().await.expect("an answer");
    let status = answer.status().as_u16();
    (status, answer.json().await.unwrap_or_default())
}

async fn make(sim: &Sim, path: &str, hook: &Value) -> Value {
    let (status, made) = send(sim, Method::POST, path, hook).await;
    assert_eq!(status, 201, "{made}");
    made
}

/// A hook of a group for pipelines and jobs.
async fn watched(config: SimConfig) -> (Sim, Receiver, Value) {
    let (sim, receiver) = (sim(config).await, Receiver::start().await);
    let hook = make(
        &sim,
        "/groups/acme/hooks",
        &json!({ "url": receiver.url, "token": "secret", "push_events": false, "pipeline_events": true, "job_events": true }),
    )
    .await;
    (sim, receiver, hook)
}

#[tokio::test(flavor = "multi_thread")]
async fn pipelines_and_jobs_are_told_whenever_they_change() {
    let busy = SimConfig {
        pipelines_per_day: 40.0,
        ..writable()
    };
    let (sim, receiver, _) = watched(busy).await;
    let before: BTreeMap<u64, _> = sim
        .truth()
        .pipelines
        .into_iter()
        .map(|pipeline| (pipeline.id, pipeline))
        .collect();
    for _ in 0..120 {
        sim.advance(Duration::from_secs(60));
    }
    told(&sim).await;
    let received = receiver.received();
    let mut statuses: BTreeSet<(&str, u64, String)> = BTreeSet::new();
    for webhook in &received {
        let body = &webhook.body;
        let (kind, id, status, event) = match body["object_kind"].as_str() {
            Some("pipeline") => {
                let about = &body["object_attributes"];
                ("pipeline", &about["id"], &about["status"], "Pipeline Hook")
            }
            _ => (
                "build",
                &body["build_id"],
                &body["build_status"],
                "Job Hook",
            ),
        };
        assert_eq!(webhook.header("x-gitlab-event"), event);
        assert_eq!(webhook.header("x-gitlab-token"), "secret");
        assert_eq!(webhook.header("x-gitlab-instance"), sim.url());
        for header in [
            "x-gitlab-event-uuid",
            "x-gitlab-webhook-uuid",
            "idempotency-key",
        ] {
            assert_eq!(webhook.header(header).len(), 36, "{header}");
        }
        let (id, status) = (
            id.as_u64().expect("an id"),
            status.as_str().expect("a status"),
        );
        statuses.insert((kind, id, status.to_owned()));
    }
    let blocked: BTreeSet<u64> = blocked_users(&sim).await;
    let (mut pipelines, mut jobs) = (0, 0);
    for pipeline in sim.truth().pipelines {
        let user = pipeline.user.as_ref().map(|user| user.id);
        let old = before.get(&pipeline.id);
        let is_told = user.is_none_or(|user| !blocked.contains(&user));
        let moved = old.map_or(pipeline.status != "created", |old| {
            old.status != pipeline.status
        });
        if moved {
            pipelines += 1;
            let state = ("pipeline", pipeline.id, pipeline.status.clone());
            assert_eq!(statuses.contains(&state), is_told, "{state:?}");
        }
        for job in pipeline.jobs.iter().filter(|job| job.kind == "build") {
            let known = old.and_then(|old| old.jobs.iter().find(|known| known.id == job.id));
            if known.is_none_or(|known| known.status != job.status) {
                jobs += 1;
                let state = ("build", job.id, job.status.clone());
                assert_eq!(statuses.contains(&state), is_told, "{state:?}");
            }
        }
    }
    assert!(
        pipelines > 10 && jobs > 50,
        "{pipelines} pipelines, {jobs} jobs"
    );
    let keys: BTreeSet<&str> = received
        .iter()
        .map(|it| it.header("idempotency-key"))
        .collect();
    assert_eq!(keys.len(), received.len());
}

async fn blocked_users(sim: &Sim) -> BTreeSet<u64> {
    let users = rest(sim, "/users?per_page=100").await;
    let users = users.as_array().expect("a list").iter();
    users
        .filter(|user| user["state"] == "blocked")
        .filter_map(|user| user["id"].as_u64())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn hooks_are_made_changed_and_removed_and_never_show_their_token() {
    let sim = sim(writable()).await;
    let project = sim.truth().projects[0].id;
    let list = format!("/projects/{project}/hooks");
    let before = rest(&sim, &list).await.as_array().expect("a list").len();
    let hook = make(
        &sim,
        &list,
        &json!({ "url": "https://a.example", "token": "hunter2", "pipeline_events": true }),
    )
    .await;
    assert_eq!(hook["project_id"], project);
    assert_eq!(hook["token_present"], true);
    assert_eq!(
        (&hook["push_events"], &hook["pipeline_events"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(hook["alert_status"], "executable");
    assert!(!hook.to_string().contains("hunter2"));
    let one = format!("{list}/{}", hook["id"]);
    let (status, changed) = send(
        &sim,
        Method::PUT,
        &one,
        &json!({ "url": "https://b.example", "push_events": false }),
    )
    .await;
    assert_eq!(status, 200);
    assert_eq!(
        (&changed["url"], &changed["push_events"]),
        (&json!("https://b.example"), &json!(false))
    );
    assert_eq!(
        changed["token_present"], false,
        "another address loses the token"
    );
    assert_eq!(changed["pipeline_events"], true);
    assert_eq!(rest(&sim, &one).await, changed);
    assert_eq!(
        rest(&sim, &list).await.as_array().expect("a list").len(),
        before + 1
    );
    assert_eq!(send(&sim, Method::DELETE, &one, &json!({})).await.0, 204);
    assert_eq!(send(&sim, Method::DELETE, &one, &json!({})).await.0, 404);
    for (wanted, status) in [
        (json!({}), 400),
        (json!({ "url": "ftp://a" }), 422),
        (json!({ "url": "http://a", "push_events": "often" }), 400),
    ] {
        assert_eq!(
            send(&sim, Method::POST, &list, &wanted).await.0,
            status,
            "{wanted}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hooks_need_the_scope_the_licence_and_for_the_instance_an_administrator() {
    let reads = SimConfig {
        write_token: Some("glpat-writes".to_owned()),
        ..small()
    };
    let sim_that_reads = sim(reads).await;
    let project = sim_that_reads.truth().projects[0].id;
    let hook = json!({ "url": "https://a.example" });
    let list = format!("/projects/{project}/hooks");
    let (status, refused) = send(&sim_that_reads, Method::POST, &list, &hook).await;
    assert_eq!(
        (status, &refused["error"]),
        (403, &json!("insufficient_scope"))
    );
    let written = http()
        .post(format!("{}/api/v4{list}", sim_that_reads.url()))
        .header("PRIVATE-TOKEN", "glpat-writes")
        .json(&hook)
        .send()
        .await
        .expect("an answer");
    assert_eq!(written.status(), 201);
    let poor = sim(SimConfig {
        tier: Tier::Free,
        admin: false,
        ..writable()
    })
    .await;
    for path in ["/groups/acme/hooks", "/hooks"] {
        assert_eq!(get(&poor, path).await.status(), 403, "{path}");
        assert_eq!(
            send(&poor, Method::POST, path, &hook).await.0,
            403,
            "{path}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_fails_four_times_is_left_alone_for_a_minute() {
    let (sim, receiver, hook) = watched(writable()).await;
    let path = format!("/groups/acme/hooks/{}", hook["id"]);
    receiver.answer(StatusCode::INTERNAL_SERVER_ERROR, Duration::ZERO);
    sim.advance(Duration::from_secs(7_200));
    told(&sim).await;
    let counts = sim.webhooks();
    assert!(
        (4..=20).contains(&counts.failed),
        "those under way at once: {counts:?}"
    );
    assert!(counts.lost > 0, "{counts:?}");
    let shown = rest(&sim, &path).await;
    assert_eq!(shown["alert_status"], "temporarily_disabled");
    assert!(shown["disabled_until"].is_string());
    let last = &rest(&sim, &format!("{path}/events")).await[0];
    assert_eq!(last["response_status"], "500");
    assert!(!last.to_string().contains("secret"));
    receiver.answer(StatusCode::OK, Duration::ZERO);
    // Those under way at once failed too, which may have disabled it for a day.
    sim.advance(Duration::from_secs(25 * 3_600));
    told(&sim).await;
    let shown = rest(&sim, &path).await;
    assert_eq!(shown["alert_status"], "executable");
    assert_eq!(shown["disabled_until"], Value::Null);
    assert!(sim.webhooks().delivered > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_hook_hears_of_what_is_its_own() {
    let (sim, receiver) = (sim(writable()).await, Receiver::start().await);
    let truth = sim.truth();
    let project = truth.projects[0].id;
    let all = json!({
        "push_events": true, "tag_push_events": true, "merge_requests_events": true, "issues_events": true,
        "note_events": true, "pipeline_events": true, "deployment_events": true, "releases_events": true,
        "repository_update_events": true,
    });
    for (path, to) in [
        (format!("/projects/{project}/hooks"), "project"),
        ("/groups/acme/hooks".to_owned(), "group"),
        ("/hooks".to_owned(), "system"),
    ] {
        let mut hook = all.clone();
        hook["url"] = format!("{}/{to}", receiver.url).into();
        make(&sim, &path, &hook).await;
    }
    sim.advance(Duration::from_secs(20 * 3_600));
    told(&sim).await;
    let mut heard: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for webhook in receiver.received() {
        let kind = &webhook.body["object_kind"];
        let kind = kind.as_str().or(webhook.body["event_name"].as_str());
        heard
            .entry(webhook.path.clone())
            .or_default()
            .insert(kind.expect("a kind").to_owned());
        let about = &webhook.body["project"]["id"];
        if webhook.path == "/project" {
            assert_eq!(*about, project);
        }
        if webhook.path == "/system" {
            assert_eq!(webhook.header("x-gitlab-event"), "System Hook");
            let commits = webhook.body["commits"].as_array();
            assert!(
                commits.is_none_or(Vec::is_empty),
                "system hooks never show commits"
            );
        }
    }
    let kinds = |path: &str| heard[path].iter().map(String::as_str).collect::<Vec<_>>();
    assert_eq!(
        kinds("/system"),
        ["merge_request", "push", "repository_update", "tag_push"]
    );
    let group = kinds("/group");
    for kind in [
        "deployment",
        "issue",
        "merge_request",
        "note",
        "pipeline",
        "push",
        "release",
        "tag_push",
    ] {
        assert!(group.contains(&kind), "{kind} is not in {group:?}");
    }
    assert!(!group.contains(&"repository_update"));
    assert!(kinds("/project").contains(&"pipeline"));
}

#[tokio::test(flavor = "multi_thread")]
async fn webhooks_are_dropped_and_doubled_as_asked_for() {
    let (sim, receiver, _) = watched(writable()).await;
    let faults = |change: fn(&mut Faults)| {
        let mut faults = Faults::default();
        change(&mut faults);
        sim.set_faults(faults);
        sim.advance(Duration::from_secs(3 * 3_600));
    };
    faults(|faults| faults.webhooks_dropped = 1.0);
    told(&sim).await;
    assert_eq!(receiver.received().len(), 0);
    assert!(sim.webhooks().dropped > 0);
    faults(|faults| faults.webhooks_duplicated = 1.0);
    told(&sim).await;
    let mut times: BTreeMap<String, u32> = BTreeMap::new();
    let mut requests = BTreeSet::new();
    for webhook in receiver.received() {
        *times
            .entry(webhook.header("idempotency-key").to_owned())
            .or_default() += 1;
        requests.insert(webhook.header("x-gitlab-webhook-uuid").to_owned());
    }
    assert!(!times.is_empty() && times.values().all(|times| *times == 2));
    assert_eq!(requests.len(), 2 * times.len());
    assert_eq!(sim.webhooks().duplicated, times.len() as u64);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_hangs_slows_no_answer() {
    let config = SimConfig {
        webhook_timeout: Duration::from_secs(2),
        ..writable()
    };
    let (sim, receiver, _) = watched(config).await;
    receiver.answer(StatusCode::OK, Duration::from_secs(60));
    sim.advance(Duration::from_secs(7_200));
    let began = Instant::now();
    for _ in 0..20 {
        assert_eq!(get(&sim, "/groups/acme/projects").await.status(), 200);
    }
    let took = began.elapsed();
    assert!(took < Duration::from_secs(4), "20 answers took {took:?}");
    told(&sim).await;
    assert!(sim.webhooks().failed >= 4);
}
