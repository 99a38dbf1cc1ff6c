//! What is sent, and what has to be there for it.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;
use reqwest::Client;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::{sleep, sleep_until};

/// What proves a webhook.
pub(super) const SECRET: &str = "a secret of this bench";
/// Requests under way at once.
const SENDERS: u64 = 32;
/// A pipeline ends so many pipelines after its begin.
const OPEN: u64 = 500;
/// Ids of pipelines that are waited for.
const PROBES: u64 = 5_000_000_000;
/// Between two of them.
const PROBE_INTERVAL: Duration = Duration::from_millis(100);

/// Webhooks at a steady rate: every other one begins a pipeline, the others end one that began before.
pub(super) struct Load {
    url: String,
    rate: u64,
    total: u64,
    jobs: u64,
    next: AtomicU64,
}

impl Load {
    pub(super) fn new(url: String, rate: u64, seconds: u64, jobs: u64) -> Self {
        Self {
            url,
            rate,
            total: rate * seconds,
            jobs,
            next: AtomicU64::new(0),
        }
    }

    /// Sends everything; returns what was answered with 200: pipeline, and whether it ended.
    pub(super) async fn send_all(self: Arc<Self>) -> Result<Vec<(u64, bool)>> {
        let begun = tokio::time::Instant::now();
        let mut senders = JoinSet::new();
        for _ in 0..SENDERS {
            let load = Arc::clone(&self);
            senders.spawn(async move {
                let http = Client::builder().no_proxy().build()?;
                let mut answered = Vec::new();
                loop {
                    let number = load.next.fetch_add(1, Ordering::Relaxed);
                    if number >= load.total {
                        return anyhow::Ok(answered);
                    }
                    let at = Duration::from_secs_f64(number as f64 / load.rate as f64);
                    sleep_until(begun + at).await;
                    let (pipeline, ends) = event(number);
                    if load.send(&http, 1_000_000 + pipeline, ends).await {
                        answered.push((1_000_000 + pipeline, ends));
                    }
                }
            });
        }
        let mut answered = Vec::new();
        while let Some(sender) = senders.join_next().await {
            answered.extend(sender??);
        }
        Ok(answered)
    }

    /// Whether it was answered with 200.
    async fn send(&self, http: &Client, pipeline: u64, ends: bool) -> bool {
        let answer = http
            .post(format!("{}/webhooks/gitlab", self.url))
            .header("X-Gitlab-Token", SECRET)
            .header("Content-Type", "application/json")
            .body(body(pipeline, ends, self.jobs).to_string())
            .send()
            .await;
        answer.is_ok_and(|answer| answer.status().is_success())
    }

    /// How many of those answered are not there, or not as they were told last.
    pub(super) async fn lost(&self, http: &Client, answered: &[(u64, bool)]) -> Result<usize> {
        let mut expected: HashMap<u64, bool> = HashMap::new();
        for (pipeline, ends) in answered {
            *expected.entry(*pipeline).or_default() |= ends;
        }
        let mut lost = 0;
        for (pipeline, ends) in expected {
            let found = self.found(http, pipeline).await?;
            let status = &found["pipeline"]["status"];
            // An end may have been kept without an answer, which the kill took.
            let there = status == "success" || (status == "running" && !ends);
            let jobs = found["jobs"].as_array().map_or(0, Vec::len) as u64;
            lost += usize::from(!there || jobs != self.jobs);
        }
        Ok(lost)
    }

    async fn found(&self, http: &Client, pipeline: u64) -> Result<Value> {
        let answer = http.get(format!("{}/api/pipelines/{pipeline}", self.url));
        Ok(serde_json::from_slice(
            &answer.send().await?.bytes().await?,
        )?)
    }
}

/// What the webhook of a number says.
fn event(number: u64) -> (u64, bool) {
    let pipeline = number / 2;
    if number % 2 == 1 && pipeline >= OPEN {
        (pipeline - OPEN, true)
    } else {
        (pipeline, false)
    }
}

fn body(pipeline: u64, ends: bool, jobs: u64) -> Value {
    let (status, ended) = if ends {
        ("success", Some("2026-08-12 15:26:29 UTC"))
    } else {
        ("running", None)
    };
    let job = |number: u64| {
        json!({
            "id": pipeline * 100 + number, "stage": "test", "name": format!("test {number}"), "status": status,
            "created_at": "2026-08-12 15:23:28 UTC", "started_at": "2026-08-12 15:23:40 UTC",
            "finished_at": ended, "duration": ended.map(|_| 120.5), "queued_duration": 2.5,
            "when": "on_success", "manual": false, "allow_failure": false, "failure_reason": null,
            "user": {"id": 42, "name": "User1", "username": "user1"},
            "runner": {"id": 5, "description": "docker", "active": true, "tags": ["linux", "docker"]},
            "artifacts_file": {"filename": null, "size": null}, "environment": null,
        })
    };
    json!({
        "object_kind": "pipeline",
        "object_attributes": {
            "id": pipeline, "iid": pipeline, "name": null, "ref": "main", "tag": false,
            "sha": format!("{pipeline:040x}"), "before_sha": "0", "source": "push", "status": status,
            "detailed_status": status, "stages": ["test"], "created_at": "2026-08-12 15:23:28 UTC",
            "finished_at": ended, "duration": ended.map(|_| 169), "queued_duration": 12, "variables": [],
            "url": format!("https://gitlab.example.com/acme/web/-/pipelines/{pipeline}"),
        },
        "merge_request": null,
        "user": {"id": 42, "name": "User1", "username": "user1", "avatar_url": null, "email": "[REDACTED]"},
        "project": {
            "id": 1 + pipeline % 200, "name": "web", "path_with_namespace": format!("acme/web-{}", pipeline % 200),
            "web_url": "https://gitlab.example.com/acme/web", "default_branch": "main",
        },
        "commit": {
            "id": format!("{pipeline:040x}"), "message": "Make it better\n", "title": "Make it better",
            "timestamp": "2026-08-12T15:23:00+00:00", "url": "https://gitlab.example.com/acme/web/-/commit/1",
            "author": {"name": "User1", "email": "user1@example.com"},
        },
        "builds": (0..jobs).map(job).collect::<Vec<_>>(),
    })
}

/// Sends webhooks one after the other until told to end; the seconds until each could be read.
/// Those that fell into the kill are left out: GitLab got no answer to them.
pub(super) async fn probe(http: Client, load: Arc<Load>, ended: Arc<AtomicBool>) -> Vec<f64> {
    let mut seen = Vec::new();
    let mut pipeline = PROBES;
    while !ended.load(Ordering::Relaxed) {
        pipeline += 1;
        let begun = Instant::now();
        if load.send(&http, pipeline, false).await {
            loop {
                let found = load.found(&http, pipeline).await;
                match found {
                    Ok(found) if found["pipeline"]["status"] == "running" => {
                        seen.push(begun.elapsed().as_secs_f64());
                        break;
                    }
                    Ok(_) => sleep(Duration::from_millis(5)).await,
                    Err(_) => break,
                }
            }
        }
        sleep(PROBE_INTERVAL).await;
    }
    seen
}

/// Answers of `/healthz` in a second, as fast as the senders can ask.
pub(super) async fn answers_per_second(http: &Client, url: &str) -> Result<f64> {
    const WHILE: Duration = Duration::from_secs(3);
    let begun = Instant::now();
    let mut senders = JoinSet::new();
    for _ in 0..SENDERS {
        let (http, url) = (http.clone(), format!("{url}/healthz"));
        senders.spawn(async move {
            let mut answers = 0_u64;
            while begun.elapsed() < WHILE {
                http.get(&url).send().await?.bytes().await?;
                answers += 1;
            }
            anyhow::Ok(answers)
        });
    }
    let mut answers = 0;
    while let Some(sender) = senders.join_next().await {
        answers += sender??;
    }
    Ok(answers as f64 / begun.elapsed().as_secs_f64())
}
