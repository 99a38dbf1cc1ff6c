//! Times and sizes of pages, as a browser asks for them, of the demo as a process of its own, once it has read and
//! explained everything.

use std::io::Read;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use reqwest::Client;
use reqwest::header::{ACCEPT, ACCEPT_ENCODING};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::process::Demo;

/// The world, and what is asked of it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The binary; build it with the same profile as this one.
    #[arg(long, default_value = "target/perf/labtower")]
    binary: PathBuf,
    /// Projects of the demo.
    #[arg(long, default_value_t = 1_000)]
    projects: usize,
    /// Its days.
    #[arg(long, default_value_t = 30)]
    days: u32,
    /// A running Labtower to ask instead.
    #[arg(long)]
    url: Option<String>,
    /// How often each page is asked for.
    #[arg(long, default_value_t = 100)]
    rounds: usize,
    /// The pages, from the root on.
    #[arg(default_values_t = PAGES.map(str::to_owned))]
    pages: Vec<String>,
}

const PAGES: [&str; 8] = [
    "/",
    "/failures",
    "/failures?source=any&ref=any&days=30",
    "/failures?source=any&ref=any&days=90&limit=200",
    "/groups",
    "/pipelines",
    "/trends",
    "/health",
];

/// Bars of the failures grid: milliseconds, bytes of gzip, elements.
const BAR_P95_MS: f64 = 50.0;
const BAR_GZIP: usize = 60_000;
const BAR_ELEMENTS: usize = 15_000;

/// How long the demo is looked at, and the share of a processor below which it rests.
const LOOK_SECONDS: u64 = 5;
const RESTING: f64 = 0.1;

/// Nothing takes longer than this unless it is broken.
const GIVE_UP: Duration = Duration::from_secs(1_200);

/// Asks for every page as often as told, one after the other.
pub(crate) async fn run(args: &Args) -> Result<Value> {
    let client = Client::builder().no_proxy().gzip(false).build()?;
    let (url, demo) = if let Some(url) = &args.url {
        (url.trim_end_matches('/').to_owned(), None)
    } else {
        let demo = started(args, &client).await?;
        (demo.url.clone(), Some(demo))
    };
    let mut figures = Vec::new();
    for page in &args.pages {
        figures.push(ask(&client, &url, demo.as_ref(), page, args.rounds).await?);
    }
    Ok(json!({
        "bench": "pages",
        "projects": args.projects,
        "days": args.days,
        "pages": figures,
        "p95_bar_ms": BAR_P95_MS,
        "gzip_bar_bytes": BAR_GZIP,
        "elements_bar": BAR_ELEMENTS,
    }))
}

/// A demo that has read and explained everything.
async fn started(args: &Args, client: &Client) -> Result<Demo> {
    let demo = Demo::start(&args.binary, args.projects, args.days)?;
    let started = Instant::now();
    let data = format!("{}/api/stats/summary", demo.url);
    loop {
        let answer = client.get(&data).send().await;
        if answer.is_ok_and(|answer| answer.status().is_success()) {
            break;
        }
        if started.elapsed() > GIVE_UP {
            bail!("the demo is not ready after {GIVE_UP:?}");
        }
        sleep(Duration::from_millis(200)).await;
    }
    rest(&demo).await?;
    Ok(demo)
}

/// Waits until the demo has little to do.
async fn rest(demo: &Demo) -> Result<()> {
    let started = Instant::now();
    loop {
        let before = demo.cpu_seconds();
        sleep(Duration::from_secs(LOOK_SECONDS)).await;
        if demo.cpu_seconds() - before < RESTING * LOOK_SECONDS as f64 {
            return Ok(());
        }
        if started.elapsed() > GIVE_UP {
            bail!("the demo does not rest after {GIVE_UP:?}");
        }
    }
}

/// The first answer counts apart: what is counted beside it, once, would slow down those right after it.
async fn ask(
    client: &Client,
    url: &str,
    demo: Option<&Demo>,
    page: &str,
    rounds: usize,
) -> Result<Value> {
    let mut first = None;
    let mut times = Vec::new();
    let mut body = Vec::new();
    for _ in 0..=rounds.max(1) {
        let begun = Instant::now();
        let answer = client
            .get(format!("{url}{page}"))
            .header(ACCEPT, "text/html")
            .header(ACCEPT_ENCODING, "gzip")
            .send()
            .await?;
        let status = answer.status();
        ensure!(status.is_success(), "{page} answered {status}");
        body = answer.bytes().await?.to_vec();
        let milliseconds = begun.elapsed().as_secs_f64() * 1000.0;
        if first.is_none() {
            first = Some(milliseconds);
            if let Some(demo) = demo {
                rest(demo).await?;
            }
        } else {
            times.push(milliseconds);
        }
    }
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    let mut html = Vec::new();
    if flate(&body, &mut html).is_err() {
        html.clone_from(&body);
    }
    let opened = html
        .windows(2)
        .filter(|two| two[0] == b'<' && two[1].is_ascii_alphabetic());
    Ok(json!({
        "page": page,
        "first_ms": first,
        "p50_ms": at(0.5),
        "p95_ms": at(0.95),
        "gzip_bytes": body.len(),
        "bytes": html.len(),
        "elements": opened.count(),
    }))
}

fn flate(body: &[u8], html: &mut Vec<u8>) -> std::io::Result<usize> {
    flate2::read::GzDecoder::new(body).read_to_end(html)
}
