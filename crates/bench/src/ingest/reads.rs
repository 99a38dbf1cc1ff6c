//! Times of reads while rows come in as fast as the store takes them, against the same reads at rest.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;
use jiff::SignedDuration;
use labtower_model::{PipelineId, samples};
use labtower_store::{Filter, Page, Reader, Store, StoreError};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};

use super::{facts, open};

/// What is stored, what comes in, and how long is looked at.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Seconds of reading, at rest and under load.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    #[command(flatten)]
    ingest: super::Args,
}

/// Bars of the 99th percentile: times that at rest, and milliseconds.
const BAR_RATIO: f64 = 5.0;
const BAR_MS: f64 = 5.0;

/// Time between two reads, as if several people looked.
const PAUSE: Duration = Duration::from_millis(2);

/// Fills a store, reads it at rest, then while every row changes again and again.
pub(crate) fn run(args: &Args) -> Result<Value> {
    let runtime = tokio::runtime::Runtime::new()?;
    let folder = tempfile::tempdir()?;
    let store = open(&args.ingest, &folder.path().join("pipelines.db"))?;
    runtime.block_on(super::write_pages(
        &args.ingest,
        &store,
        facts::pages(&args.ingest, 0),
    ))?;

    let time = Duration::from_secs(args.seconds);
    let at_rest = read_for(&store, &args.ingest, time)?;
    let ended = Arc::new(AtomicBool::new(false));
    let writing = {
        let (store, ingest, ended) = (store.clone(), args.ingest.clone(), Arc::clone(&ended));
        runtime.spawn(async move {
            let (mut rows, mut version) = (0_usize, 1);
            while !ended.load(Ordering::Relaxed) {
                let mut pages = facts::lazy_pages(&ingest, version);
                loop {
                    let some: Vec<_> = pages.by_ref().take(10 * ingest.writers).collect();
                    if some.is_empty() || ended.load(Ordering::Relaxed) {
                        break;
                    }
                    rows += some.iter().map(|page| page.pipelines.len()).sum::<usize>()
                        * (ingest.jobs + 1);
                    super::write_pages(&ingest, &store, some).await?;
                }
                version += 1;
            }
            anyhow::Ok(rows)
        })
    };
    let begun = Instant::now();
    let under_load = read_for(&store, &args.ingest, time)?;
    let seconds = begun.elapsed().as_secs_f64();
    ended.store(true, Ordering::Relaxed);
    let rows = runtime.block_on(writing)??;
    let ratio = under_load.p99 / at_rest.p99;
    Ok(json!({
        "bench": "reads",
        "rows_per_second_meanwhile": (rows as f64 / seconds).round(),
        "at_rest": at_rest.json(),
        "under_load": under_load.json(),
        "p99_ratio": ratio,
        "p99_ratio_bar": BAR_RATIO,
        "p99_bar_ms": BAR_MS,
        "pass": ratio <= BAR_RATIO && under_load.p99 <= BAR_MS,
    }))
}

/// Times of reads: milliseconds.
struct Times {
    reads: usize,
    p50: f64,
    p99: f64,
}

impl Times {
    fn json(&self) -> Value {
        json!({ "reads": self.reads, "p50_ms": self.p50, "p99_ms": self.p99 })
    }
}

fn read_for(store: &Store, args: &super::Args, time: Duration) -> Result<Times> {
    let mut rng = SmallRng::seed_from_u64(3);
    let begun = Instant::now();
    let mut times = Vec::new();
    while begun.elapsed() < time {
        let question = rng.random_range(0..4);
        let id = rng.random_range(1..=args.pipelines as i64);
        let asked = Instant::now();
        store.read(|reader| ask(reader, question, id))?;
        times.push(asked.elapsed().as_secs_f64() * 1000.0);
        std::thread::sleep(PAUSE);
    }
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    Ok(Times {
        reads: times.len(),
        p50: at(0.5),
        p99: at(0.99),
    })
}

/// What a dashboard and a page ask all the time.
fn ask(reader: &Reader<'_>, question: u32, id: i64) -> Result<(), StoreError> {
    let page = Page {
        limit: 100,
        before: None,
    };
    let at = samples::at(id * 130);
    let week = Filter {
        from: Some(at - SignedDuration::from_hours(24 * 7)),
        to: Some(at),
        ..Filter::default()
    };
    match question {
        0 => drop(reader.pipelines(&Filter::default(), &page)?),
        1 => drop(reader.pipelines(&week, &page)?),
        2 => drop(reader.summary(&week)?),
        _ => drop(reader.jobs_of(PipelineId(id))?),
    }
    Ok(())
}
