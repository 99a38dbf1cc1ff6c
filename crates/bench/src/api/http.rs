//! The same questions over HTTP, one request after another on one connection.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use labtower_model::SystemClock;
use labtower_serve::ServeOptions;
use labtower_store::{Filter, Store};
use tokio::net::TcpListener;

use super::mix::Question;

/// A running server and a client of it.
pub(super) struct Http {
    client: reqwest::Client,
    base: String,
}

impl Http {
    /// Serves the store on a port of the machine itself, keeping no answers.
    pub(super) async fn start(store: Store) -> Result<Self> {
        let options = ServeOptions {
            cache_ttl: Duration::ZERO,
            cache_entries: 0,
            ..ServeOptions::default()
        };
        let router = labtower_serve::router(store, options, Arc::new(SystemClock));
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let base = format!("http://{}", listener.local_addr()?);
        tokio::spawn(labtower_serve::serve(
            listener,
            router,
            None,
            std::future::pending(),
        ));
        let client = reqwest::Client::builder().no_proxy().gzip(false).build()?;
        Ok(Self { client, base })
    }

    /// Bytes of the answer.
    pub(super) async fn get(&self, question: &Question) -> Result<usize> {
        let response = self
            .client
            .get(format!("{}{}", self.base, question.endpoint.path()))
            .query(&parameters(&question.filter))
            .send()
            .await?;
        let url = response.url().to_string();
        let status = response.status();
        let body = response.bytes().await.context("failed to read an answer")?;
        ensure!(status.is_success(), "{url} answered {status}");
        Ok(body.len())
    }
}

fn parameters(filter: &Filter) -> Vec<(&'static str, String)> {
    let mut parameters = Vec::new();
    let lists = [
        ("project_name", &filter.projects),
        ("exclude_projects", &filter.exclude_projects),
        ("ref_name", &filter.refs),
        ("status", &filter.statuses),
        ("source", &filter.sources),
    ];
    for (name, list) in lists {
        if !list.is_empty() {
            parameters.push((name, list.join(",")));
        }
    }
    for (name, time) in [("from_ts", filter.from), ("to_ts", filter.to)] {
        if let Some(time) = time {
            parameters.push((name, time.as_second().to_string()));
        }
    }
    parameters
}
