//! The whole way: a large store, a scrape over HTTP, compressed, with data that moved or stood still.

use std::sync::Arc;
use std::time::Instant;

use anyhow::{Result, ensure};
use jiff::SignedDuration;
use labtower_model::FakeClock;
use labtower_serve::ServeOptions;
use labtower_store::{Batch, Store, SyncUpdate};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::quantile;
use crate::api::{self, History};

/// Scrapes for which the data has moved.
const MOVED: usize = 5;

pub(super) async fn run(args: &api::Args, rounds: usize) -> Result<Value> {
    let history = History::new(args);
    let store = history.open(args).await?;
    let now = history.end + SignedDuration::from_secs(60);
    let options = ServeOptions {
        // Measured as a whole: nothing is left out.
        metrics: labtower_serve::MetricsOptions {
            max_series: usize::MAX,
            ..labtower_serve::MetricsOptions::default()
        },
        ..ServeOptions::default()
    };
    let clock = Arc::new(FakeClock::at(now));
    let router = labtower_serve::router(store.clone(), options, clock);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/metrics", listener.local_addr()?);
    tokio::spawn(labtower_serve::serve(
        listener,
        router,
        std::future::pending(),
    ));
    let client = reqwest::Client::builder().no_proxy().gzip(false).build()?;

    let text = client.get(&url).send().await?.text().await?;
    let series = text.lines().filter(|line| !line.starts_with('#')).count();
    let read_seconds: f64 = text
        .lines()
        .filter(|line| line.starts_with("labtower_collector_duration_seconds"))
        .filter_map(|line| line.rsplit_once(' ')?.1.parse::<f64>().ok())
        .sum();
    let mut collectors = serde_json::Map::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("labtower_collector_duration_seconds{collector=\"")
            && let Some((name, seconds)) = rest.split_once("\"} ")
        {
            let milliseconds = seconds.parse::<f64>().unwrap_or_default() * 1000.0;
            collectors.insert(name.to_owned(), json!(milliseconds));
        }
    }
    let mut moved = Vec::new();
    for round in 0..MOVED {
        touch(&store, round, now).await?;
        moved.push(scrape(&client, &url).await?.0);
    }
    let mut still = Vec::new();
    let mut bytes = 0;
    for _ in 0..rounds.max(2) * 5 {
        let (milliseconds, length) = scrape(&client, &url).await?;
        still.push(milliseconds);
        bytes = length;
    }
    moved.sort_by(f64::total_cmp);
    still.sort_by(f64::total_cmp);
    Ok(json!({
        "series": series,
        "bytes": text.len(),
        "gzip_bytes": bytes,
        "read_ms": read_seconds * 1000.0,
        "read_by_collector_ms": collectors,
        "moved_p50_ms": quantile(&moved, 0.5),
        "cached_p50_ms": quantile(&still, 0.5),
        "cached_p99_ms": quantile(&still, 0.99),
    }))
}

/// Moves the generation, as every poll does.
async fn touch(store: &Store, round: usize, at: jiff::Timestamp) -> Result<()> {
    let problem = SyncUpdate::Problem {
        scope: format!("bench {round}"),
        message: "moved".to_owned(),
        at,
    };
    store
        .write(Batch {
            sync: vec![problem],
            ..Batch::default()
        })
        .await?;
    Ok(())
}

/// Milliseconds and bytes of a compressed scrape.
async fn scrape(client: &reqwest::Client, url: &str) -> Result<(f64, usize)> {
    let started = Instant::now();
    let response = client
        .get(url)
        .header("accept-encoding", "gzip")
        .header("accept", "application/openmetrics-text;version=1.0.0")
        .send()
        .await?;
    ensure!(response.status().is_success(), "{}", response.status());
    let body = response.bytes().await?;
    Ok((started.elapsed().as_secs_f64() * 1000.0, body.len()))
}
