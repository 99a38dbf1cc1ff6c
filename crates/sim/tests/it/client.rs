//! A small HTTP client and small worlds for tests.

use std::net::SocketAddr;

use jiff::Timestamp;
use labtower_sim::{Sim, SimClock, SimConfig};
use reqwest::Response;
use serde_json::Value;

/// Monday morning: the world is about to get busy.
pub(crate) fn start() -> Timestamp {
    "2026-11-16T06:00:00Z".parse().expect("a time")
}

/// A small world whose clock is moved by hand.
pub(crate) fn small() -> SimConfig {
    SimConfig {
        projects: 12,
        days: 5,
        clock: SimClock::Manual { start: start() },
        ..SimConfig::default()
    }
}

/// Starts a simulator on any port.
pub(crate) async fn sim(config: SimConfig) -> Sim {
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    Sim::start(config, any).await.expect("a simulator")
}

/// An HTTP client that follows nothing by itself.
pub(crate) fn http() -> reqwest::Client {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .expect("a client")
}

/// Answer to `GET /api/v4<path>` with the token.
pub(crate) async fn get(sim: &Sim, path: &str) -> Response {
    let url = if path.starts_with("http") {
        path.to_owned()
    } else {
        format!("{}/api/v4{path}", sim.url())
    };
    http()
        .get(url)
        .header("PRIVATE-TOKEN", sim.token())
        .send()
        .await
        .expect("an answer")
}

/// JSON of [`get`].
pub(crate) async fn json(sim: &Sim, path: &str) -> Value {
    get(sim, path).await.json().await.expect("JSON")
}

/// A response header as text; empty if absent.
pub(crate) fn header(response: &Response, name: &str) -> String {
    let value = response
        .headers()
        .get(name)
        .and_then(|value| value.to_str().ok());
    value.unwrap_or_default().to_owned()
}

/// Answer to a GraphQL query with variables.
pub(crate) async fn graphql(sim: &Sim, query: &str, variables: Value) -> Value {
    let response = http()
        .post(format!("{}/api/graphql", sim.url()))
        .bearer_auth(sim.token())
        .json(&serde_json::json!({ "query": query, "variables": variables }))
        .send()
        .await
        .expect("an answer");
    assert_eq!(response.status(), 200);
    response.json().await.expect("JSON")
}
