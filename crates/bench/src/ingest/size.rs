//! Bytes on disk per job, everything in: rows, indexes, rollups and the change feed with the JSON of each version.

use anyhow::Result;
use labtower_store::RollupMode;
use serde_json::{Value, json};

use super::{facts, open};

/// Sizes of the stores.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Jobs in each store.
    #[arg(long, value_delimiter = ',', default_values_t = [10_000, 1_000_000, 10_000_000])]
    sizes: Vec<usize>,
    #[command(flatten)]
    ingest: super::Args,
}

/// Bar: bytes per job.
const BAR: f64 = 500.0;

/// Builds a store of each size and looks at its file.
pub(crate) fn run(args: &Args) -> Result<Value> {
    let runtime = tokio::runtime::Runtime::new()?;
    let mut stores = Vec::new();
    for jobs in &args.sizes {
        let mut ingest = args.ingest.clone();
        ingest.pipelines = (jobs / ingest.jobs).max(1);
        stores.push(runtime.block_on(build(&ingest))?);
    }
    Ok(json!({ "bench": "size", "stores": stores, "bytes_per_job_bar": BAR }))
}

async fn build(args: &super::Args) -> Result<Value> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("pipelines.db");
    let store = open(args, &path)?;
    let started = std::time::Instant::now();
    store.set_rollup_mode(RollupMode::Deferred).await?;
    let mut pages = facts::lazy_pages(args, 0);
    loop {
        let some: Vec<_> = pages.by_ref().take(100 * args.writers).collect();
        if some.is_empty() {
            break;
        }
        super::write_pages(args, &store, some).await?;
    }
    store.set_rollup_mode(RollupMode::Incremental).await?;
    let seconds = started.elapsed().as_secs_f64();
    let totals = store.read(|reader| reader.totals())?;
    store.close();
    let bytes = std::fs::metadata(&path)?.len();
    Ok(json!({
        "pipelines": totals.pipelines,
        "jobs": totals.jobs,
        "changes": totals.changes,
        "bytes": bytes,
        "bytes_per_job": (bytes as f64 / totals.jobs as f64).round(),
        "build_seconds": seconds,
    }))
}
