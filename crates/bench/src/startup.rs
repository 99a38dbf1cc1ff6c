//! Time from the start of `labtower demo` until its page shows complete history.

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};
use serde_json::{Value, json};

use crate::process::Demo;

/// The binary to measure.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The binary; build it with the release profile.
    #[arg(long, default_value = "target/perf/labtower")]
    binary: PathBuf,
    /// Projects in the demo.
    #[arg(long, default_value_t = 50)]
    projects: usize,
    /// Days of history in the demo.
    #[arg(long, default_value_t = 30)]
    days: u32,
}

/// Bar: seconds.
const BAR_SECONDS: f64 = 15.0;

/// Nothing takes longer than this unless it is broken.
const GIVE_UP: Duration = Duration::from_secs(120);

/// Starts the demo, asks for data until it is served, stops the demo.
pub(crate) async fn run(args: &Args) -> Result<Value> {
    let started = Instant::now();
    let demo = Demo::start(&args.binary, args.projects, args.days)?;
    let address = format!("{}/api/stats/summary", demo.url);
    let client = reqwest::Client::builder().build()?;
    let mut first_answer = None;
    let ready = loop {
        if started.elapsed() > GIVE_UP {
            bail!("the demo is not ready after {GIVE_UP:?}");
        }
        if let Ok(answer) = client.get(&address).send().await {
            first_answer.get_or_insert_with(|| started.elapsed().as_secs_f64());
            if answer.status().is_success() {
                break started.elapsed().as_secs_f64();
            }
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    Ok(json!({
        "projects": args.projects,
        "days": args.days,
        "first_answer_seconds": first_answer,
        "ready_seconds": ready,
        "ready_bar_seconds": BAR_SECONDS,
    }))
}
