//! Benchmarks as ratios to a reference measured in the same run; each prints one JSON object.

mod all;
mod api;
mod copy;
mod cursors;
mod explain;
mod export;
mod fetch;
mod ingest;
mod memory;
mod metrics;
mod pages;
mod peers;
mod process;
mod requests;
mod startup;
mod webhooks;

use clap::{Parser, Subcommand};
use serde_json::Value;

/// Measures Labtower against its bars.
#[derive(Debug, Parser)]
struct Cli {
    #[command(subcommand)]
    bench: Bench,
}

#[derive(Debug, Subcommand)]
enum Bench {
    /// All of them in small, one after the other, as JSON and as a table.
    All(all::Args),
    /// Times of the API's questions on a large store.
    Api(api::Args),
    /// An export as a whole: its speed against reading alone, its memory, and what a second one costs.
    Copy(copy::Args),
    /// Peak memory of an export that goes on from the cursors of 20,000 projects.
    Cursors(cursors::Args),
    /// Time to explain a log, by its size.
    Explain(explain::Args),
    /// Speed of turning rows into files, against a copy of their bytes.
    Export(export::Args),
    /// Requests per second of the client against what latency and quota allow.
    Fetch(fetch::Args),
    /// Rows per second into the store, against a bare append.
    Ingest(ingest::Args),
    /// Peak memory of the binary while it syncs 10,000 projects.
    Memory(memory::Args),
    /// Cost of a scrape: rendering against a copy, and over HTTP on a large store.
    Metrics(metrics::Args),
    /// Times and sizes of the pages.
    Pages(pages::Args),
    /// Requests, CPU, memory and freshness of an exporter, this one or another, beside a living GitLab.
    Peers(peers::Args),
    /// Times of reads while rows come in at full rate, against those at rest.
    Reads(ingest::reads::Args),
    /// Requests of a backfill and of an idle poll, by the simulator's count.
    Requests(requests::Args),
    /// What rollups cost: kept at every commit, and counted anew.
    Rollup(ingest::Args),
    /// Bytes on disk per job, by the size of the store.
    Size(ingest::size::Args),
    /// Time until the demo is ready.
    Startup(startup::Args),
    /// Webhooks a second, how soon they are visible, and what a kill loses.
    Webhooks(webhooks::Args),
}

fn main() -> anyhow::Result<()> {
    let result = match Cli::parse().bench {
        Bench::All(args) => all::run(&args)?,
        Bench::Api(args) => api::run(&args)?,
        Bench::Copy(args) => runtime()?.block_on(copy::run(&args))?,
        Bench::Cursors(args) => runtime()?.block_on(cursors::run(&args))?,
        Bench::Explain(args) => explain::run(&args)?,
        Bench::Export(args) => export::run(&args)?,
        Bench::Fetch(args) => runtime()?.block_on(fetch::run(&args))?,
        Bench::Ingest(args) => ingest::run(&args)?,
        Bench::Memory(args) => memory::run(&args)?,
        Bench::Metrics(args) => metrics::run(&args)?,
        Bench::Pages(args) => runtime()?.block_on(pages::run(&args))?,
        Bench::Peers(args) => runtime()?.block_on(peers::run(&args))?,
        Bench::Reads(args) => ingest::reads::run(&args)?,
        Bench::Requests(args) => runtime()?.block_on(requests::run(&args))?,
        Bench::Rollup(args) => ingest::rollup::run(&args)?,
        Bench::Size(args) => ingest::size::run(&args)?,
        Bench::Startup(args) => runtime()?.block_on(startup::run(&args))?,
        Bench::Webhooks(args) => runtime()?.block_on(webhooks::run(&args))?,
    };
    print(&result)
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Runtime::new()
}

#[expect(clippy::print_stdout, reason = "the result is what one runs it for")]
fn print(result: &Value) -> anyhow::Result<()> {
    println!("{}", serde_json::to_string_pretty(result)?);
    Ok(())
}
