//! `labtower export` as a process: its speed against reading alone, its memory, and what a second run costs.
//!
//! As it is, it takes little more than a minute on two cores; 200 projects with 30 days and 20 ms take far longer than
//! eight. What tells how long it takes is the largest project, which is read list by list.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use labtower_export::copy::{CopyOptions, Progress, Roots, copy};
use labtower_export::sink::{Batch, Commit, Sink, SinkError, Table, Tell};
use labtower_gitlab::{Client, ClientConfig};
use labtower_model::{Clock, SystemClock};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::process::{self, Done, Sim, TOKEN};

/// The size of the world and the binary to measure.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Projects in the simulated GitLab.
    #[arg(long, default_value_t = 40)]
    projects: usize,
    /// Days of history.
    #[arg(long, default_value_t = 3)]
    days: u32,
    /// Milliseconds every answer of the simulator waits.
    #[arg(long, default_value_t = 5)]
    latency_ms: u64,
    /// The binary; build it with the same profile as this one.
    #[arg(long, default_value = "target/perf/labtower")]
    binary: PathBuf,
}

/// Least share of the speed of reading alone.
const BAR_SPEED: f64 = 0.8;
/// Bar of the resident set: megabytes of 1024 × 1024 bytes.
const BAR_MIB: f64 = 200.0;

/// Copies everything twice into files, and reads everything without keeping it.
pub(crate) async fn run(args: &Args) -> Result<Value> {
    let (projects, days) = (args.projects.to_string(), args.days.to_string());
    let latency = args.latency_ms.to_string();
    // Time all but stands still, so that every run reads the same.
    let world = ["--projects", &projects, "--days", &days, "--speed", "0.001"];
    let sim = Sim::start(
        &args.binary,
        &[&world[..], &["--latency-ms", &latency]].concat(),
    )?;
    let folder = tempfile::tempdir()?;
    let before = reading_alone(&sim).await?;
    let first = process::export(&args.binary, &sim, folder.path(), &[])?;
    let after = reading_alone(&sim).await?;
    let second = process::export(&args.binary, &sim, folder.path(), &[])?;
    let reading = f64::midpoint(before, after);
    let total = |done: &Done, what: &str| -> u64 {
        let streams = done.output["report"]["streams"].as_object();
        let all = streams.into_iter().flat_map(|all| all.values());
        all.filter_map(|stream| stream[what].as_u64()).sum()
    };
    let (bytes, lists) = (total(&first, "bytes"), total(&second, "lists"));
    Ok(json!({
        "projects": args.projects,
        "days": args.days,
        "first": {
            "seconds": first.seconds,
            "rows": total(&first, "rows"),
            "mb": bytes as f64 / 1e6,
            "requests": first.output["requests"],
            "peak_resident_mib": first.peak_mib,
        },
        "second": {
            "seconds": second.seconds,
            "rows": total(&second, "rows"),
            "requests": second.output["requests"],
            "lists": lists,
        },
        "reading_alone_seconds": [before, after],
        "speed_of_reading_alone": reading / first.seconds,
        "speed_bar": BAR_SPEED,
        "peak_resident_bar_mib": BAR_MIB,
    }))
}

/// Seconds of the same reading into nowhere.
async fn reading_alone(sim: &Sim) -> Result<f64> {
    let clock = Arc::new(SystemClock);
    let config = ClientConfig::new(sim.url.parse()?, TOKEN.into());
    let client = Client::new(config, clock.clone()).context("failed to make a client")?;
    let roots = Roots::Group {
        path: "acme".to_owned(),
        recursive: true,
    };
    let options = CopyOptions::new(vec![roots], clock.now());
    let started = Instant::now();
    let (progress, stop) = (Progress::default(), CancellationToken::new());
    let report = copy(&client, &Nowhere, &options, &progress, &stop).await?;
    ensure!(report.is_complete(), "lists could not be read: {report:?}");
    Ok(started.elapsed().as_secs_f64())
}

/// A sink that keeps nothing.
struct Nowhere;

impl Sink for Nowhere {
    async fn prepare(&self, _: &[Table<'_>]) -> Result<(), SinkError> {
        Ok(())
    }

    async fn positions(&self, streams: &[&str], _: &mut Tell<'_>) -> Result<Vec<u64>, SinkError> {
        Ok(vec![0; streams.len()])
    }

    async fn commit(&self, _: &Batch) -> Result<Commit, SinkError> {
        Ok(Commit::Done)
    }
}
