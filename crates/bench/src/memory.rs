//! Peak memory of the binary while it syncs a large GitLab, the simulator running as a process of its own.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

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
    #[arg(long, default_value = "target/release/labtower")]
    binary: PathBuf,
}

/// Bar of the resident set: megabytes of 1024 × 1024 bytes.
const BAR_MIB: f64 = 150.0;

/// Syncs everything once and reports the highest resident set the process had.
pub(crate) fn run(args: &Args) -> Result<Value> {
    let mut sim = Sim::start(args)?;
    let folder = tempfile::tempdir()?;
    let config = folder.path().join("config.toml");
    let text = format!(
        "[gitlab]\nurl = \"{}\"\ntoken = \"glpat-simulated\"\nmonitor_groups = [\"acme\"]\narchived = true\n\
         [poller]\ninterval_seconds = 30\nbackfill_days = {}\n[store]\npath = \"{}\"\n",
        sim.url,
        args.days,
        folder.path().join("pipelines.db").display(),
    );
    std::fs::write(&config, text)?;

    let started = Instant::now();
    let mut sync = Command::new(&args.binary)
        .args(["sync", "--once", "--json", "--config"])
        .arg(&config)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .context("failed to start the sync")?;
    // Read while it runs: a pipe that nobody empties would hold the sync up.
    let output = sync.stdout.take().context("no output of the sync")?;
    let output = std::thread::spawn(move || serde_json::from_reader::<_, Value>(output));
    let mut peak_kib = 0;
    let status = loop {
        if let Some(status) = sync.try_wait()? {
            break status;
        }
        peak_kib = peak_resident_kib(sync.id()).unwrap_or(peak_kib);
        std::thread::sleep(Duration::from_millis(20));
    };
    let seconds = started.elapsed().as_secs_f64();
    sim.process.kill()?;
    let summary = output
        .join()
        .map_err(|_| anyhow::anyhow!("the reader of the output panicked"))??;
    ensure!(status.success(), "the sync ended with {status}: {summary}");
    let peak_mib = peak_kib as f64 / 1024.0;
    Ok(json!({
        "projects": args.projects,
        "days": args.days,
        "sync_seconds": seconds,
        "peak_resident_mib": peak_mib,
        "peak_resident_bar_mib": BAR_MIB,
        "summary": summary,
    }))
}

struct Sim {
    process: Child,
    url: String,
}

impl Sim {
    /// Starts the simulator and waits for the line that names its address.
    fn start(args: &Args) -> Result<Self> {
        let mut process = Command::new(&args.binary)
            .args(["sim", "--port", "0", "--projects"])
            .arg(args.projects.to_string())
            .arg("--days")
            .arg(args.days.to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("failed to start `{}`", args.binary.display()))?;
        let output = process
            .stdout
            .take()
            .context("no output of the simulator")?;
        let url = BufReader::new(output)
            .lines()
            .map_while(Result::ok)
            .find_map(|line| {
                let start = line.find("http://")?;
                line[start..].split_whitespace().next().map(str::to_owned)
            })
            .context("the simulator named no address")?;
        Ok(Self { process, url })
    }
}

/// `VmHWM` of a running process: KiB.
fn peak_resident_kib(process: u32) -> Option<u64> {
    let path = format!("/proc/{process}/status");
    let status = std::fs::read_to_string(Path::new(&path)).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
