//! Whoever webhooks are sent to.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode};
use labtower_sim::Sim;
use serde_json::Value;

/// A webhook as it came.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Received {
    /// A header; empty if absent.
    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }
}

/// A server that keeps what it is sent and answers as it is told.
pub(crate) struct Receiver {
    pub(crate) url: String,
    received: Arc<Mutex<Vec<Received>>>,
    status: Arc<Mutex<(StatusCode, Duration)>>,
}

impl Receiver {
    pub(crate) async fn start() -> Self {
        let received: Arc<Mutex<Vec<Received>>> = Arc::default();
        let status = Arc::new(Mutex::new((StatusCode::OK, Duration::ZERO)));
        let (kept, answer) = (Arc::clone(&received), Arc::clone(&status));
        let router = Router::new().fallback(move |request: Request<Body>| {
            let (kept, answer) = (Arc::clone(&kept), Arc::clone(&answer));
            async move {
                let (parts, body) = request.into_parts();
                let body = to_bytes(body, usize::MAX).await.expect("a body");
                kept.lock().expect("the list").push(Received {
                    path: parts.uri.path().to_owned(),
                    headers: parts.headers,
                    body: serde_json::from_slice(&body).expect("JSON"),
                });
                let (status, after) = *answer.lock().expect("the answer");
                tokio::time::sleep(after).await;
                status
            }
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self {
            url,
            received,
            status,
        }
    }

    /// Answers so from now on, after so long.
    pub(crate) fn answer(&self, status: StatusCode, after: Duration) {
        *self.status.lock().expect("the answer") = (status, after);
    }

    /// What came so far.
    pub(crate) fn received(&self) -> Vec<Received> {
        self.received.lock().expect("the list").clone()
    }
}

/// Waits until everything that happened by now has been told.
pub(crate) async fn told(sim: &Sim) {
    let now = sim.now();
    for _ in 0..3_000 {
        let counts = sim.webhooks();
        if counts.pending == 0 && counts.told_until.is_some_and(|until| until >= now) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("webhooks are still to be sent: {:?}", sim.webhooks());
}
