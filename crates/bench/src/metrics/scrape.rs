//! The whole way: a large store, a scrape over HTTP, compressed, with data that moved or stood still.

use std::sync::Arc;
use std::time::Instant;

use anyhow::{Result, ensure};
use jiff::SignedDuration;
use labtower_model::{FakeClock, samples};
use labtower_serve::ServeOptions;
use labtower_store::{Batch, SyncUpdate};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::{Args, quantile};
use crate::api::History;

/// Scrapes for which the data has moved.
const MOVED: usize = 5;

pub(super) async fn run(args: &Args) -> Result<Value> {
    let history = History::new(&args.store);
    let store = history.open(&args.store).await?;
    let now = history.end + SignedDuration::from_secs(60);
    let options = ServeOptions {
        metrics: labtower_serve::MetricsOptions {
            max_series: args.max_series,
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
        None,
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
    let mut polled = Vec::new();
    let mut moved = Vec::new();
    for round in 0..MOVED {
        store.write(poll(round, now)).await?;
        polled.push(scrape(&client, &url).await?.0);
        store.write(pipeline(&history, round)).await?;
        moved.push(scrape(&client, &url).await?.0);
    }
    let mut still = Vec::new();
    let mut bytes = 0;
    for _ in 0..args.times.max(2) * 5 {
        let (milliseconds, length) = scrape(&client, &url).await?;
        still.push(milliseconds);
        bytes = length;
    }
    polled.sort_by(f64::total_cmp);
    moved.sort_by(f64::total_cmp);
    still.sort_by(f64::total_cmp);
    Ok(json!({
        "series": series,
        "bytes": text.len(),
        "gzip_bytes": bytes,
        "read_ms": read_seconds * 1000.0,
        "read_by_collector_ms": collectors,
        "data_moved_p50_ms": quantile(&moved, 0.5),
        "polled_p50_ms": quantile(&polled, 0.5),
        "cached_p50_ms": quantile(&still, 0.5),
        "cached_p99_ms": quantile(&still, 0.99),
    }))
}

/// What every poll writes, though nothing has changed.
fn poll(round: usize, at: jiff::Timestamp) -> Batch {
    Batch {
        sync: vec![SyncUpdate::Problem {
            scope: format!("bench {round}"),
            message: "moved".to_owned(),
            at,
        }],
        ..Batch::default()
    }
}

/// One pipeline that was not there, or has changed.
fn pipeline(history: &History, round: usize) -> Batch {
    let mut unit = samples::pipeline_with_jobs();
    unit.pipeline.project_id = history.projects[0].id;
    unit.pipeline.created_at = history.end;
    unit.pipeline.updated_at = history.end + SignedDuration::from_secs(round as i64);
    Batch {
        pipelines: vec![unit],
        ..Batch::default()
    }
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
