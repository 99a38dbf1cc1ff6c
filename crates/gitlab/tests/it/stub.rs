//! A server that answers as a test tells it, and a client for it.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::Request,
    http::{StatusCode, header::DATE},
    response::{IntoResponse, Response},
};
use labtower_gitlab::{Client, ClientConfig};
use labtower_model::{FakeClock, Timestamp};
use serde_json::{Value, json};

/// The token every stub client sends.
pub(crate) const TOKEN: &str = "glpat-stub-token-0123";

/// Moment of the stub's clock: `Date` of every answer unless the test sets another.
pub(crate) const DATE_TEXT: &str = "Fri, 20 Nov 2026 12:00:00 GMT";

/// The same moment.
pub(crate) fn date() -> Timestamp {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

/// What the server was asked.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) token: Option<String>,
    pub(crate) authorization: Option<String>,
    pub(crate) body: Value,
}

impl Asked {
    /// A variable of a GraphQL request.
    pub(crate) fn variable(&self, name: &str) -> &Value {
        &self.body["variables"][name]
    }
}

/// A running server.
pub(crate) struct Stub {
    pub(crate) url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Stub {
    /// Answers requests with `answer`, which also gets the number of requests before (`/version` not counted).
    pub(crate) async fn start(
        answer: impl Fn(usize, &Asked) -> Response + Send + Sync + 'static,
    ) -> Self {
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let seen = Arc::clone(&asked);
        let answer = Arc::new(answer);
        let router = Router::new().fallback(move |request: Request| {
            let (seen, answer) = (Arc::clone(&seen), Arc::clone(&answer));
            async move {
                let asked = read(request).await;
                let mut response = if asked.path.ends_with("/api/v4/version") {
                    json!({"version": "18.4.0"}).to_string().into_response()
                } else {
                    let number = {
                        let mut seen = seen.lock().unwrap();
                        seen.push(asked.clone());
                        seen.len() - 1
                    };
                    answer(number, &asked)
                };
                response
                    .headers_mut()
                    .entry(DATE)
                    .or_insert(DATE_TEXT.parse().unwrap());
                response
            }
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, asked }
    }

    /// What was asked so far, `/version` left out.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    pub(crate) fn config(&self) -> ClientConfig {
        config(&self.url)
    }

    pub(crate) fn client(&self) -> Client {
        client(self.config())
    }
}

pub(crate) fn config(url: &str) -> ClientConfig {
    let mut config = ClientConfig::new(url.parse().unwrap(), TOKEN.into());
    config.throttled_wait = Duration::from_millis(200);
    config
}

/// A client whose clock stands an hour behind the stub's.
pub(crate) fn client(config: ClientConfig) -> Client {
    let clock = FakeClock::at("2026-11-20T11:00:00Z".parse().unwrap());
    Client::new(config, Arc::new(clock)).unwrap()
}

async fn read(request: Request) -> Asked {
    let (parts, body) = request.into_parts();
    let header = |name: &str| {
        let value = parts.headers.get(name)?;
        Some(value.to_str().unwrap().to_owned())
    };
    let body = to_bytes(body, usize::MAX).await.unwrap();
    Asked {
        token: header("private-token"),
        authorization: header("authorization"),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        body: serde_json::from_slice(&body).unwrap_or(Value::Null),
    }
}

/// An answer with JSON and headers.
pub(crate) fn answer(status: u16, headers: &[(&str, &str)], body: &Value) -> Response {
    raw(status, headers, &body.to_string())
}

/// An answer with any body and headers.
pub(crate) fn raw(status: u16, headers: &[(&str, &str)], body: &str) -> Response {
    let mut response = Response::builder().status(StatusCode::from_u16(status).unwrap());
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    response.body(Body::from(body.to_owned())).unwrap()
}

/// A project as REST shows it.
pub(crate) fn project(id: i64) -> Value {
    json!({"id": id, "path_with_namespace": format!("acme/p{id}"), "name": format!("p{id}"), "archived": false})
}

/// A pipeline as GraphQL shows it, with so many jobs on its first page and more behind if so told.
pub(crate) fn pipeline(id: i64, jobs: std::ops::Range<i64>, more: Option<&str>) -> Value {
    json!({
        "id": format!("gid://gitlab/Ci::Pipeline/{id}"), "iid": id.to_string(), "status": "SUCCESS",
        "ref": "main", "refPath": "refs/heads/main", "source": "push",
        "createdAt": "2026-11-20T10:00:00Z", "updatedAt": "2026-11-20T10:30:00Z",
        "jobs": {
            "nodes": jobs.map(job).collect::<Vec<_>>(),
            "pageInfo": {"hasNextPage": more.is_some(), "endCursor": more},
        },
    })
}

fn job(id: i64) -> Value {
    json!({
        "id": format!("gid://gitlab/Ci::Build/{id}"), "name": format!("job {id}"), "status": "SUCCESS",
        "createdAt": "2026-11-20T10:00:00Z", "allowFailure": false, "retried": false,
    })
}

/// One list of pipelines as GraphQL shows it.
pub(crate) fn list(pipelines: &[Value], next: Option<&str>) -> Value {
    json!({"nodes": pipelines, "pageInfo": {"hasNextPage": next.is_some(), "endCursor": next}})
}

/// Data about projects: `(id, own pipelines, child pipelines)`.
pub(crate) fn projects(projects: &[(i64, Value, Value)]) -> Response {
    let nodes: Vec<Value> = projects
        .iter()
        .map(|(id, own, children)| {
            json!({"id": format!("gid://gitlab/Project/{id}"), "pipelines": own, "children": children})
        })
        .collect();
    answer(200, &[], &json!({"data": {"projects": {"nodes": nodes}}}))
}
