//! What fake-gcs-server lacks of Google Cloud Storage, put in front of it: plain uploads of the XML API, and their
//! condition that nothing is there yet. So it is this file that decides between two writers, by the letter of
//! Google's documentation, and not the server.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use tokio::sync::Mutex;

#[derive(Clone)]
struct Behind {
    server: String,
    client: reqwest::Client,
    /// Looking and putting are one step.
    one: Arc<Mutex<()>>,
}

/// Serves on a port of its own, in front of a server.
pub(crate) async fn serve(server: String) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let behind = Behind {
        server,
        client: reqwest::Client::builder().build().unwrap(),
        one: Arc::default(),
    };
    let router = Router::new()
        .fallback(pass)
        .layer(DefaultBodyLimit::disable())
        .with_state(behind);
    tokio::spawn(async { axum::serve(listener, router).await });
    address
}

async fn pass(
    State(behind): State<Behind>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut url = format!("{}{uri}", behind.server);
    let _one;
    if method == Method::PUT {
        _one = behind.one.lock().await;
        if headers
            .get("x-goog-if-generation-match")
            .is_some_and(|value| value == "0")
        {
            let there = behind.client.get(&url).send().await.unwrap();
            if there.status().is_success() {
                return StatusCode::PRECONDITION_FAILED.into_response();
            }
        }
        // Only uploads with a signature are known there.
        url += "?X-Goog-Algorithm=none";
    }
    let answer = behind
        .client
        .request(method, &url)
        .body(body)
        .send()
        .await
        .unwrap();
    let mut response = Response::builder().status(answer.status());
    for name in [
        "content-type",
        "etag",
        "last-modified",
        "x-goog-generation",
        "content-range",
    ] {
        if let Some(value) = answer.headers().get(name) {
            response = response.header(name, value);
        }
    }
    if !answer.headers().contains_key("etag") {
        response = response.header("etag", "\"none\"");
    }
    let body = answer.bytes().await.unwrap();
    response.body(Body::from(body)).unwrap()
}
