//! A server over a store of its own, spoken to without a socket.

use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Request, StatusCode};
use labtower_model::FakeClock;
use labtower_serve::{ServeOptions, router};
use labtower_store::{Batch, Store, StoreOptions};
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt;

use crate::samples;

/// A server, its store and its clock, which stands at 2026-11-21T07:00:00Z.
pub(crate) struct TestApp {
    pub(crate) store: Store,
    pub(crate) clock: FakeClock,
    router: Router,
    _dir: TempDir,
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Bytes,
}

impl TestApp {
    /// A server over the sample data, history complete.
    pub(crate) async fn with_samples() -> Self {
        let app = Self::with_options(ServeOptions::default());
        app.write(samples::data()).await;
        app.write(samples::live()).await;
        app
    }

    /// A server over an empty store.
    pub(crate) fn with_options(options: ServeOptions) -> Self {
        let dir = TempDir::new().unwrap();
        let clock = FakeClock::at(samples::now());
        let path = dir.path().join("pipelines.db");
        let shared: Arc<FakeClock> = Arc::new(clock.clone());
        let store = Store::open(&path, &StoreOptions::default(), shared.clone()).unwrap();
        Self {
            router: router(store.clone(), options, shared),
            store,
            clock,
            _dir: dir,
        }
    }

    /// The same store in a new process, so to say.
    pub(crate) fn restarted(self, options: ServeOptions) -> Self {
        let Self {
            store,
            clock,
            router: old,
            _dir: dir,
        } = self;
        let path = store.path().to_owned();
        drop(old);
        store.close();
        let shared: Arc<FakeClock> = Arc::new(clock.clone());
        let store = Store::open(&path, &StoreOptions::default(), shared.clone()).unwrap();
        Self {
            router: router(store.clone(), options, shared),
            store,
            clock,
            _dir: dir,
        }
    }

    pub(crate) async fn write(&self, batch: Batch) {
        self.store.write(batch).await.unwrap();
    }

    /// Fills the database file with zeros, as a bad disk might.
    ///
    /// What a reader already holds in memory stays readable; all else fails.
    pub(crate) fn damage(&self) {
        self.store.clone().close();
        let mut file = std::fs::OpenOptions::new()
            .write(true)
            .open(self.store.path())
            .unwrap();
        let length = file.metadata().unwrap().len();
        assert!(length > 0);
        file.write_all(&vec![0; length as usize]).unwrap();
    }

    /// GET; whatever comes back.
    pub(crate) async fn get(&self, target: &str) -> Answer {
        self.send("GET", target, &[]).await
    }

    /// GET that succeeds with JSON.
    pub(crate) async fn json(&self, target: &str) -> Value {
        let answer = self.get(target).await;
        assert_eq!(answer.status, StatusCode::OK, "{target}: {}", answer.text());
        answer.json()
    }

    /// The ids of a list of pipelines or jobs.
    pub(crate) async fn ids(&self, target: &str) -> Vec<i64> {
        let rows = self.json(target).await;
        let rows = rows.as_array().unwrap();
        rows.iter().map(|row| row["id"].as_i64().unwrap()).collect()
    }

    pub(crate) async fn send(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
    ) -> Answer {
        self.exchange(None, method, target, headers, "").await
    }

    /// A form.
    pub(crate) async fn post(&self, target: &str, form: &str, headers: &[(&str, &str)]) -> Answer {
        let mut all = vec![("content-type", "application/x-www-form-urlencoded")];
        all.extend(headers);
        self.exchange(None, "POST", target, &all, form).await
    }

    /// A body of some kind.
    pub(crate) async fn post_as(&self, target: &str, body: &str, kind: &str) -> Answer {
        self.exchange(None, "POST", target, &[("content-type", kind)], body)
            .await
    }

    /// The same as [`TestApp::send`] over a connection of `peer`.
    pub(crate) async fn send_from(
        &self,
        peer: &str,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
    ) -> Answer {
        let peer = Some(peer.parse().unwrap());
        self.exchange(peer, method, target, headers, "").await
    }

    async fn exchange(
        &self,
        peer: Option<SocketAddr>,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(target);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(peer) = peer {
            request = request.extension(ConnectInfo(peer));
        }
        let request = request.body(Body::from(body.to_owned())).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        Answer {
            status: response.status(),
            headers: response.headers().clone(),
            bytes: to_bytes(response.into_body(), usize::MAX).await.unwrap(),
        }
    }
}

impl Answer {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.bytes).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes)
            .unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .unwrap_or_else(|| panic!("no header `{name}`"))
            .to_str()
            .unwrap()
    }
}
