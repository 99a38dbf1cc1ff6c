//! How long the API's questions take on a large store, uncached: straight from the store, and over HTTP.

mod ask;
mod history;
mod http;
mod mix;

use std::path::PathBuf;
use std::time::Instant;

use anyhow::Result;
use rustix::time::ClockId;
use serde_json::{Value, json};

pub(crate) use history::History;

/// Size of the history and how often each question is asked.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Args {
    /// Pipelines in the store.
    #[arg(long, default_value_t = 1_000_000)]
    pipelines: u64,
    /// Jobs in the store.
    #[arg(long, default_value_t = 10_000_000)]
    jobs: u64,
    /// Projects, with Zipf-like shares of the pipelines.
    #[arg(long, default_value_t = 5_000)]
    projects: usize,
    /// Days of history.
    #[arg(long, default_value_t = 180)]
    days: u32,
    /// How often each question is asked, each time with other parameters.
    #[arg(long, default_value_t = 300)]
    rounds: usize,
    /// Ask only questions whose name contains this.
    #[arg(long)]
    only: Option<String>,
    /// Where the store is kept between runs.
    #[arg(long, default_value = "target/bench")]
    folder: PathBuf,
}

/// Bar of the 99th percentile: milliseconds.
const BAR_MS: f64 = 10.0;

/// Builds the store unless it is there, asks every question and reports the times.
pub(crate) fn run(args: &Args) -> Result<Value> {
    let runtime = tokio::runtime::Runtime::new()?;
    let started = Instant::now();
    let history = History::new(args);
    let store = runtime.block_on(history.open(args))?;
    let build_seconds = started.elapsed().as_secs_f64();
    let totals = store.read(|reader| reader.totals())?;

    let from_store = ask::ask(args, &history, ClockId::ThreadCPUTime, |question| {
        ask::of_store(&store, question)
    })?;
    let http = runtime.block_on(http::Http::start(store.clone()))?;
    let over_http = ask::ask(args, &history, ClockId::ProcessCPUTime, |question| {
        runtime.block_on(http.get(question))
    })?;
    let slowest = |figures: &[ask::Figure]| {
        let largest = |of: fn(&ask::Figure) -> f64| figures.iter().map(of).fold(0.0, f64::max);
        json!({
            "p99_ms": largest(|figure| figure.p99_ms),
            "cpu_p99_ms": largest(|figure| figure.cpu_p99_ms),
        })
    };
    Ok(json!({
        "totals": totals,
        "open_or_build_seconds": build_seconds,
        "p99_bar_ms": BAR_MS,
        "slowest": { "store": slowest(&from_store), "http": slowest(&over_http) },
        "store": from_store,
        "http": over_http,
    }))
}
