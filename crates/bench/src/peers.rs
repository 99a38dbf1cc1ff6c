//! An exporter beside a living GitLab: what it asks, what it takes, and how late it is.
//!
//! The simulator runs as a process of its own and counts requests; the exporter is any command that reads `GITLAB_URL`
//! and `GITLAB_TOKEN`, by default `labtower run`. Freshness is how long it takes until the id of a new pipeline stands
//! in what the exporter serves at `--watch`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use reqwest::Client;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::process::{Sim, TOKEN, cpu_seconds, resident_kib};

/// The world, the exporter, and how long it is looked at.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The binary with the simulator; build it with the same profile as this one.
    #[arg(long, default_value = "target/perf/labtower")]
    binary: PathBuf,
    /// Projects in the simulated GitLab.
    #[arg(long, default_value_t = 100)]
    projects: usize,
    /// Simulated seconds per real second.
    #[arg(long, default_value_t = 1.0)]
    speed: f64,
    /// Seconds until the exporter has read what there was.
    #[arg(long, default_value_t = 60)]
    warm_up: u64,
    /// Seconds it is looked at after that.
    #[arg(long, default_value_t = 180)]
    seconds: u64,
    /// What the exporter serves; `{port}` is a free port that `LABTOWER__SERVER__PORT` names too.
    #[arg(long, default_value = "http://127.0.0.1:{port}/api/pipelines")]
    watch: String,
    /// The exporter: a shell command, in which `$PORT` is that port; without it, `labtower run`.
    #[arg(long)]
    command: Option<String>,
}

/// Runs it, lets it settle, and looks.
pub(crate) async fn run(args: &Args) -> Result<Value> {
    let (projects, speed) = (args.projects.to_string(), args.speed.to_string());
    let options = ["--projects", &projects, "--days", "1", "--speed", &speed];
    let sim = Sim::start(&args.binary, &options)?;
    let folder = tempfile::tempdir()?;
    let port = std::net::TcpListener::bind("127.0.0.1:0")?
        .local_addr()?
        .port()
        .to_string();
    let watch = args.watch.replace("{port}", &port);
    let exporter = Exporter::start(args, &sim.url, folder.path(), &port)?;
    let client = Client::builder().no_proxy().build()?;
    sleep(Duration::from_secs(args.warm_up)).await;

    let before = counts(&client, &sim.url, "requests").await?;
    let cpu_before = cpu_seconds(exporter.0.id());
    let begun = Instant::now();
    let delays = freshness(args, &client, &sim.url, &watch).await?;
    let minutes = begun.elapsed().as_secs_f64() / 60.0;
    let after = counts(&client, &sim.url, "requests").await?;
    let cpu = cpu_seconds(exporter.0.id()) - cpu_before;

    let spent: BTreeMap<&String, u64> = after
        .iter()
        .map(|(route, count)| (route, count - before.get(route).copied().unwrap_or(0)))
        .filter(|(_, count)| *count > 0)
        .collect();
    let at = |share: f64| {
        let place = (delays.len().saturating_sub(1) as f64 * share) as usize;
        delays.get(place).copied()
    };
    Ok(json!({
        "bench": "peers",
        "exporter": args.command.as_deref().unwrap_or("labtower run"),
        "projects": args.projects,
        "requests_per_minute": spent.values().sum::<u64>() as f64 / minutes,
        "requests": spent,
        "cpu_seconds_per_minute": cpu / minutes,
        "resident_mib": resident_kib(exporter.0.id()).map(|kib| kib as f64 / 1024.0),
        "new_pipelines_seen": delays.len(),
        "seen_after_seconds": { "p50": at(0.5), "p95": at(0.95), "most": delays.last() },
    }))
}

struct Exporter(Child);

impl Exporter {
    fn start(args: &Args, url: &str, folder: &std::path::Path, port: &str) -> Result<Self> {
        let mut command = if let Some(text) = &args.command {
            let mut shell = Command::new("sh");
            // The shell gives way to what it runs, so that it is the exporter's memory that is measured.
            shell.args(["-c", &format!("exec {text}")]);
            shell
        } else {
            let mut own = Command::new(args.binary.canonicalize()?);
            own.arg("run")
                .env("LABTOWER__GITLAB__MONITOR_GROUPS", "acme")
                .env("LABTOWER__SERVER__HOST", "127.0.0.1")
                .env("LABTOWER__SERVER__PORT", port)
                .env("LABTOWER__POLLER__BACKFILL_DAYS", "2")
                .current_dir(folder);
            own
        };
        let process = command
            .env("GITLAB_URL", url)
            .env("GITLAB_TOKEN", TOKEN)
            .env("PORT", port)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("failed to start the exporter")?;
        Ok(Self(process))
    }
}

impl Drop for Exporter {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

async fn counts(client: &Client, sim: &str, what: &str) -> Result<BTreeMap<String, u64>> {
    Ok(client
        .get(format!("{sim}/__sim/{what}"))
        .send()
        .await?
        .json()
        .await?)
}

/// Looks for the ids of pipelines that are new in GitLab; how long each took to appear, ascending: seconds.
async fn freshness(args: &Args, client: &Client, sim: &str, watch: &str) -> Result<Vec<f64>> {
    let begun = Instant::now();
    let mut known: Option<u64> = None;
    let mut waiting: Vec<(u64, Instant)> = Vec::new();
    let mut delays = Vec::new();
    while begun.elapsed() < Duration::from_secs(args.seconds) {
        let truth: Value = client
            .get(format!("{sim}/__sim/truth"))
            .send()
            .await?
            .json()
            .await?;
        let now = Instant::now();
        let ids = truth["pipelines"].as_array().into_iter().flatten();
        let ids: Vec<u64> = ids.filter_map(|one| one["id"].as_u64()).collect();
        let newest = ids.iter().copied().max().unwrap_or(0);
        if let Some(known) = known {
            waiting.extend(ids.into_iter().filter(|id| *id > known).map(|id| (id, now)));
        }
        known = Some(newest);
        if let Ok(answer) = client.get(watch).send().await {
            let text = answer.text().await?;
            let seen = Instant::now();
            waiting.retain(|(id, since)| {
                let shown = text.contains(&id.to_string());
                if shown {
                    delays.push(seen.duration_since(*since).as_secs_f64());
                }
                !shown
            });
        }
        sleep(Duration::from_secs(1)).await;
    }
    delays.sort_by(f64::total_cmp);
    Ok(delays)
}
