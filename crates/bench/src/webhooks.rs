//! Webhooks at a steady rate while the process is killed in the middle: what is lost, and how soon the rest is seen.

mod load;

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use reqwest::Client;
use serde_json::{Value, json};
use tokio::time::sleep;

use self::load::{Load, SECRET};
use crate::process::{Sim, TOKEN};

/// The load and the binary to measure.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Webhooks a second.
    #[arg(long, default_value_t = 2000)]
    rate: u64,
    /// Seconds.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Jobs of each pipeline.
    #[arg(long, default_value_t = 4)]
    jobs: u64,
    /// The binary; build it with the same profile as this one.
    #[arg(long, default_value = "target/perf/labtower")]
    binary: PathBuf,
}

/// Webhooks a second that have to be kept.
const BAR_RATE: f64 = 2000.0;
/// Seconds after which 99 of 100 are visible.
const BAR_VISIBLE: f64 = 1.0;

/// Sends, kills, sends on, and looks for everything that was answered with 200.
pub(crate) async fn run(args: &Args) -> Result<Value> {
    let sim = Sim::start(&args.binary, &["--projects", "1", "--days", "1"])?;
    let folder = tempfile::tempdir()?;
    let port = free_port()?;
    let mut config = folder.path().join("config.toml");
    std::fs::write(
        &config,
        format!(
            "[server]\nhost = \"127.0.0.1\"\nport = {port}\n[gitlab]\nurl = \"{}\"\ntoken = \"{TOKEN}\"\n\
             [webhooks]\ntoken = \"{SECRET}\"\n[store]\npath = \"{}\"\n",
            sim.url,
            folder.path().join("pipelines.db").display(),
        ),
    )?;
    config = config.canonicalize()?;
    let url = format!("http://127.0.0.1:{port}");
    let http = Client::builder().no_proxy().build()?;
    let mut labtower = Labtower::start(&args.binary, &config)?;
    ready(&http, &url).await?;
    let reference = load::answers_per_second(&http, &url).await?;

    let load = Arc::new(Load::new(url.clone(), args.rate, args.seconds, args.jobs));
    let ended = Arc::new(AtomicBool::new(false));
    let probes = tokio::spawn(load::probe(
        http.clone(),
        Arc::clone(&load),
        Arc::clone(&ended),
    ));
    let begun = Instant::now();
    let sending = tokio::spawn(Arc::clone(&load).send_all());
    sleep(Duration::from_secs(args.seconds / 2)).await;
    labtower.kill()?;
    labtower = Labtower::start(&args.binary, &config)?;
    let killed_at = begun.elapsed();
    ready(&http, &url).await?;
    let down = begun.elapsed().saturating_sub(killed_at);
    let answered = sending.await??;
    let sent_in = begun.elapsed();
    let behind = Instant::now();
    settled(&http, &url).await?;
    let behind = behind.elapsed();
    ended.store(true, Ordering::Relaxed);
    let mut seen = probes.await?;
    seen.sort_by(f64::total_cmp);
    let lost = load.lost(&http, &answered).await?;
    let peak_mib = labtower.peak_mib();
    let kept = answered.len() as f64;
    let up = sent_in.saturating_sub(down).as_secs_f64();
    Ok(json!({
        "rate_asked": args.rate,
        "seconds": sent_in.as_secs_f64(),
        "seconds_down_for_the_kill": down.as_secs_f64(),
        "answered": answered.len(),
        "answered_per_second_while_up": kept / up,
        "rate_bar": BAR_RATE,
        "lost": lost,
        "healthz_per_second": reference,
        "share_of_healthz": kept / up / reference,
        "visible_seconds": {
            "probes": seen.len(),
            "p50": quantile(&seen, 0.50),
            "p99": quantile(&seen, 0.99),
            "most": seen.last(),
        },
        "visible_p99_bar": BAR_VISIBLE,
        "behind_at_the_end_seconds": behind.as_secs_f64(),
        "peak_resident_mib": peak_mib,
    }))
}

/// `labtower run` as a process; it ends with the value.
struct Labtower(Child);

impl Labtower {
    fn start(binary: &PathBuf, config: &PathBuf) -> Result<Self> {
        let process = Command::new(binary)
            .arg("run")
            .arg("--config")
            .arg(config)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("failed to start labtower")?;
        Ok(Self(process))
    }

    /// As the kernel does when memory runs out.
    fn kill(&mut self) -> Result<()> {
        self.0.kill()?;
        self.0.wait()?;
        Ok(())
    }

    fn peak_mib(&self) -> Option<f64> {
        crate::process::peak_resident_kib(self.0.id()).map(|kib| kib as f64 / 1024.0)
    }
}

impl Drop for Labtower {
    fn drop(&mut self) {
        let _ = self.kill();
    }
}

fn free_port() -> Result<u16> {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
    Ok(listener.local_addr()?.port())
}

/// Waits until data is served.
async fn ready(http: &Client, url: &str) -> Result<()> {
    let begun = Instant::now();
    loop {
        let answer = http
            .get(format!("{url}/api/pipelines?limit=1"))
            .send()
            .await;
        if answer.is_ok_and(|answer| answer.status().is_success()) {
            return Ok(());
        }
        ensure!(
            begun.elapsed() < Duration::from_secs(60),
            "labtower is not ready"
        );
        sleep(Duration::from_millis(5)).await;
    }
}

/// Waits until nothing waits in the inbox.
async fn settled(http: &Client, url: &str) -> Result<()> {
    loop {
        let answer = http.get(format!("{url}/api/sync?limit=1")).send().await?;
        let sync: Value = serde_json::from_slice(&answer.bytes().await?)?;
        if sync["webhooks"]["waiting"] == 0 {
            return Ok(());
        }
        sleep(Duration::from_millis(50)).await;
    }
}

fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let place = (sorted.len() as f64 * share) as usize;
    sorted
        .get(place.min(sorted.len().saturating_sub(1)))
        .copied()
}
