//! Time from the start of `labtower demo` until its page shows complete history.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

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
    let port = std::net::TcpListener::bind("127.0.0.1:0")?
        .local_addr()?
        .port();
    let started = Instant::now();
    let mut demo = Command::new(&args.binary)
        .args(["demo", "--port", &port.to_string()])
        .args(["--projects", &args.projects.to_string()])
        .args(["--days", &args.days.to_string()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .with_context(|| format!("failed to start `{}`", args.binary.display()))?;
    let address = format!("http://127.0.0.1:{port}/api/stats/summary");
    let client = reqwest::Client::builder().build()?;
    let mut first_answer = None;
    let ready = loop {
        if started.elapsed() > GIVE_UP {
            demo.kill()?;
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
    demo.kill()?;
    demo.wait()?;
    Ok(json!({
        "projects": args.projects,
        "days": args.days,
        "first_answer_seconds": first_answer,
        "ready_seconds": ready,
        "ready_bar_seconds": BAR_SECONDS,
    }))
}
