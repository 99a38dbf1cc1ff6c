//! Rows per second into the store, as a ratio to a bare append: the same jobs into one table without indexes,
//! feed or rollups, in the same process on the same disk. A row is a pipeline or a job.

mod facts;
mod meter;
pub(crate) mod reads;
mod reference;
pub(crate) mod rollup;
pub(crate) mod size;

use std::path::Path;
use std::sync::Arc;

use anyhow::{Result, ensure};
use labtower_model::SystemClock;
use labtower_store::{Batch, RollupMode, Store, StoreOptions};
use serde_json::{Value, json};

use self::meter::{Meter, Speed};

/// The amount of work and how it arrives.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Args {
    /// Pipelines to store.
    #[arg(long, default_value_t = 20_000)]
    pipelines: usize,
    /// Jobs of each.
    #[arg(long, default_value_t = 10)]
    jobs: usize,
    /// Projects they are spread over.
    #[arg(long, default_value_t = 500)]
    projects: i64,
    /// Pipelines per batch: a page of GitLab's answer.
    #[arg(long, default_value_t = 100)]
    page: usize,
    /// Callers that write at once.
    #[arg(long, default_value_t = 10)]
    writers: usize,
    /// Page cache of a connection: MiB.
    #[arg(long, default_value_t = StoreOptions::default().cache_mib)]
    cache_mib: usize,
    /// Rounds; the median counts.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
}

/// Bar of new rows with feed, indexes and rollups.
const BAR: f64 = 0.15;

/// Runs every case in each round, the reference in between, and reports medians.
pub(crate) fn run(args: &Args) -> Result<Value> {
    ensure!(
        args.rounds > 0 && args.writers > 0 && args.page > 0,
        "counts start at one"
    );
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let mut cases = Cases::default();
    for _ in 0..args.rounds {
        runtime.block_on(round(args, &mut cases))?;
    }
    let reference = meter::median(&cases.reference);
    let ratio = |speeds: &[Speed]| {
        let speed = meter::median(speeds);
        json!({
            "rows_per_second": speed.wall.round(),
            "rows_per_cpu_second": speed.cpu.round(),
            "ratio": round2(speed.wall / reference.wall),
            "cpu_ratio": round2(speed.cpu / reference.cpu),
        })
    };
    let live = meter::median(&cases.live).wall / reference.wall;
    Ok(json!({
        "bench": "ingest",
        "rows": args.pipelines * (args.jobs + 1),
        "reference": ratio(&cases.reference),
        "live": ratio(&cases.live),
        "changed": ratio(&cases.changed),
        "unchanged": ratio(&cases.unchanged),
        "backfill": ratio(&cases.backfill),
        "bytes_per_row": cases.bytes_per_row,
        "bar": BAR,
        "pass": live >= BAR,
    }))
}

/// Speeds of each case, one per round.
#[derive(Default)]
struct Cases {
    /// Bare append.
    reference: Vec<Speed>,
    /// New rows: tables, indexes, feed, rollups.
    live: Vec<Speed>,
    /// All rows again, every one changed.
    changed: Vec<Speed>,
    /// All rows again, none changed.
    unchanged: Vec<Speed>,
    /// New rows without rollups, which are counted once at the end.
    backfill: Vec<Speed>,
    bytes_per_row: u64,
}

async fn round(args: &Args, cases: &mut Cases) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let rows = args.pipelines * (args.jobs + 1);
    cases
        .reference
        .push(reference::append(&folder.path().join("bare.db"), args)?);

    let path = folder.path().join("live.db");
    let store = open(args, &path)?;
    cases.live.push(write_all(args, &store, 0).await?);
    cases.unchanged.push(write_all(args, &store, 0).await?);
    cases.changed.push(write_all(args, &store, 1).await?);
    drop(store);

    let path = folder.path().join("backfill.db");
    let store = open(args, &path)?;
    let pages = facts::pages(args, 0);
    let meter = Meter::start();
    store.set_rollup_mode(RollupMode::Deferred).await?;
    write_pages(args, &store, pages).await?;
    store.set_rollup_mode(RollupMode::Incremental).await?;
    store.close();
    cases.backfill.push(meter.stop(rows));
    cases.bytes_per_row = std::fs::metadata(&path)?.len() / rows as u64;
    Ok(())
}

fn open(args: &Args, path: &Path) -> Result<Store> {
    let options = StoreOptions {
        cache_mib: args.cache_mib,
        ..StoreOptions::default()
    };
    Ok(Store::open(path, &options, Arc::new(SystemClock))?)
}

/// Writes one version of everything; making the pages is not counted.
async fn write_all(args: &Args, store: &Store, version: i64) -> Result<Speed> {
    let pages = facts::pages(args, version);
    let meter = Meter::start();
    write_pages(args, store, pages).await?;
    Ok(meter.stop(args.pipelines * (args.jobs + 1)))
}

/// Writes pages from several callers, each waiting for its page to be committed before it sends the next.
async fn write_pages(args: &Args, store: &Store, pages: Vec<Batch>) -> Result<()> {
    let mut shares: Vec<Vec<Batch>> = (0..args.writers).map(|_| Vec::new()).collect();
    for (index, page) in pages.into_iter().enumerate() {
        shares[index % args.writers].push(page);
    }
    let mut tasks = tokio::task::JoinSet::new();
    for share in shares {
        let store = store.clone();
        tasks.spawn(async move {
            for page in share {
                store.write(page).await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(task) = tasks.join_next().await {
        task??;
    }
    Ok(())
}

fn round2(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}
