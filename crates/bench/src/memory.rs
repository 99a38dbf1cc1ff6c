//! Peak memory of the binary while it syncs a large GitLab, the simulator running as a process of its own.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::process::{self, Sim, TOKEN};

/// The size of the world and the binary to measure.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Projects in the simulated GitLab.
    #[arg(long, default_value_t = 10_000)]
    projects: usize,
    /// Days of history.
    #[arg(long, default_value_t = 7)]
    days: u32,
    /// The binary; build it with the same profile as this one.
    #[arg(long, default_value = "target/perf/labtower")]
    binary: PathBuf,
}

/// Bar of the resident set: megabytes of 1024 × 1024 bytes.
const BAR_MIB: f64 = 150.0;

/// Syncs everything once and reports the highest resident set the process had.
pub(crate) fn run(args: &Args) -> Result<Value> {
    let (projects, days) = (args.projects.to_string(), args.days.to_string());
    let sim = Sim::start(&args.binary, &["--projects", &projects, "--days", &days])?;
    let folder = tempfile::tempdir()?;
    let config = folder.path().join("config.toml");
    let text = format!(
        "[gitlab]\nurl = \"{}\"\ntoken = \"{TOKEN}\"\nmonitor_groups = [\"acme\"]\narchived = true\n\
         [poller]\ninterval_seconds = 30\nbackfill_days = {days}\n[store]\npath = \"{}\"\n",
        sim.url,
        folder.path().join("pipelines.db").display(),
    );
    std::fs::write(&config, text)?;
    let mut sync = Command::new(&args.binary);
    sync.args(["sync", "--once", "--json", "--config"])
        .arg(&config);
    let done = process::run(&mut sync)?;
    let (status, summary) = (done.status, &done.output);
    ensure!(status.success(), "the sync ended with {status}: {summary}");
    Ok(json!({
        "projects": args.projects,
        "days": args.days,
        "sync_seconds": done.seconds,
        "peak_resident_mib": done.peak_mib,
        "peak_resident_bar_mib": BAR_MIB,
        "summary": summary,
    }))
}
