//! Webhooks on their way: faults, requests, what the receiver says.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use serde_json::{Map, Value, json};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::hook::Hook;
use super::registry::Tally;
use super::trigger::Trigger;
use crate::app::App;
use crate::world::{Rng, mix};

/// Requests under way at once; so they overtake each other, as those of many workers do.
const AT_ONCE: usize = 16;

/// Longest time that a delayed webhook waits: milliseconds.
const LATEST: u64 = 3_000;

/// Bytes of a receiver's answer that are kept.
const KEPT: usize = 8 * 1_024;

/// A webhook that is to be sent to one hook.
#[derive(Debug)]
pub(super) struct Delivery {
    pub(super) hook: u64,
    pub(super) trigger: Trigger,
    pub(super) to_system: bool,
    /// Number of the event, the same for all hooks that are told of it.
    pub(super) event: u64,
    /// Its own number, the same when it is sent again.
    pub(super) number: u64,
    pub(super) body: Value,
}

/// Sends what comes through the queue, until that is closed.
pub(super) async fn deliver(app: &App, mut waiting: mpsc::Receiver<Delivery>) {
    let Some(http) = Http::new(app.config.webhook_timeout) else {
        tracing::error!("no HTTP client for webhooks, none is sent");
        return;
    };
    let http = Arc::new(http);
    let mut sending = JoinSet::new();
    loop {
        if sending.len() >= AT_ONCE {
            sending.join_next().await;
        }
        tokio::select! {
            next = waiting.recv() => match next {
                Some(delivery) => {
                    sending.spawn(meet_fate(Arc::clone(app), Arc::clone(&http), delivery));
                }
                None => return,
            },
            Some(_) = sending.join_next() => {}
        }
    }
}

/// Drops a webhook, delays it, sends it, and perhaps again.
async fn meet_fate(app: App, http: Arc<Http>, delivery: Delivery) {
    let faults = app.faults();
    let mut rng = Rng::new(mix(app.config.seed ^ 0x3EB_400C, delivery.number));
    let mut drawn = |rate: f64| rng.unit() < rate;
    let dropped = drawn(faults.webhooks_dropped);
    let duplicated = drawn(faults.webhooks_duplicated);
    let delayed = drawn(faults.webhooks_delayed);
    let tally = &app.webhooks.tally;
    if dropped {
        Tally::count(&tally.dropped);
    } else {
        if delayed {
            tokio::time::sleep(Duration::from_millis(rng.below(LATEST))).await;
        }
        send(&app, &http, &delivery).await;
        if duplicated {
            Tally::count(&tally.duplicated);
            send(&app, &http, &delivery).await;
        }
    }
    tally.pending.fetch_sub(1, Ordering::Relaxed);
}

/// Sends a webhook once, unless its hook is disabled or gone.
async fn send(app: &App, http: &Http, delivery: &Delivery) {
    let hook = app.webhooks.get(delivery.hook);
    let Some(hook) = hook.filter(|hook| hook.is_executable(app.now())) else {
        Tally::count(&app.webhooks.tally.lost);
        return;
    };
    let request_number = app.webhooks.number();
    let headers = headers(app, delivery, request_number);
    let began = Instant::now();
    let answer = http.post(&hook, &headers, &delivery.body).await;
    let took = began.elapsed().as_millis() as u64;
    let succeeded = answer
        .as_ref()
        .is_some_and(|(status, _)| status.is_success() || status.is_redirection());
    let log = self::delivery(
        request_number,
        &hook.settings.url,
        delivery.trigger.log(),
        &headers,
        &delivery.body,
        answer.as_ref(),
        took,
    );
    app.webhooks.delivered(hook.id, succeeded, app.now(), log);
}

/// What every webhook carries beside its token.
fn headers(app: &App, delivery: &Delivery, request: u64) -> Vec<(&'static str, String)> {
    let uuid = |kind: u64, number: u64| uuid(mix(app.config.seed, kind), number);
    let event = if delivery.to_system {
        Trigger::RepositoryUpdate.header()
    } else {
        delivery.trigger.header()
    };
    vec![
        ("Content-Type", "application/json".to_owned()),
        ("User-Agent", format!("GitLab/{}", app.config.version)),
        ("Idempotency-Key", uuid(1, delivery.number)),
        ("X-Gitlab-Event", event.to_owned()),
        ("X-Gitlab-Webhook-UUID", uuid(2, request)),
        ("X-Gitlab-Event-UUID", uuid(3, delivery.event)),
        ("X-Gitlab-Instance", app.url.clone()),
    ]
}

/// A random UUID, the same for the same numbers.
fn uuid(seed: u64, number: u64) -> String {
    let (high, low) = (mix(seed, number), mix(seed ^ 0x001D, number));
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xfff,
        0x8000 | low >> 48 & 0x3fff,
        low & 0xffff_ffff_ffff
    )
}

/// The clients that requests go through.
struct Http {
    checking: reqwest::Client,
    /// For hooks that do not verify certificates.
    trusting: reqwest::Client,
}

impl Http {
    fn new(timeout: Duration) -> Option<Self> {
        let client = |trusting: bool| {
            reqwest::Client::builder()
                .no_proxy()
                .redirect(reqwest::redirect::Policy::none())
                .timeout(timeout)
                .tls_danger_accept_invalid_certs(trusting)
                .build()
                .ok()
        };
        Some(Self {
            checking: client(false)?,
            trusting: client(true)?,
        })
    }

    /// The receiver's answer; none when there was none in time.
    async fn post(
        &self,
        hook: &Hook,
        headers: &[(&'static str, String)],
        body: &Value,
    ) -> Option<(StatusCode, String)> {
        let client = if hook.settings.verifies_certificates {
            &self.checking
        } else {
            &self.trusting
        };
        let mut request = client.post(&hook.settings.url).body(body.to_string());
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        if let Some(token) = &hook.settings.token {
            request = request.header("X-Gitlab-Token", token);
        }
        let answer = request.send().await.ok()?;
        let status = answer.status();
        let mut text = answer.text().await.ok()?;
        let end = (0..=KEPT.min(text.len()))
            .rev()
            .find(|end| text.is_char_boundary(*end));
        text.truncate(end.unwrap_or(0));
        Some((status, text))
    }
}

/// One of a hook's `events`. Source: `GET /projects/:id/hooks/:hook_id/events`.
pub(crate) fn delivery(
    id: u64,
    url: &str,
    trigger: &str,
    headers: &[(&'static str, String)],
    body: &Value,
    answer: Option<&(StatusCode, String)>,
    took_ms: u64,
) -> Value {
    let headers: Map<String, Value> = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.as_str().into()))
        .collect();
    json!({
        "id": id,
        "url": url,
        "trigger": trigger,
        "request_headers": headers,
        "request_data": body,
        "response_headers": {},
        "response_body": answer.map_or("", |(_, text)| text),
        "execution_duration": took_ms as f64 / 1_000.0,
        "response_status": answer.map_or_else(
            || "internal error".to_owned(),
            |(status, _)| status.as_u16().to_string(),
        ),
    })
}
