//! Benchmarks as ratios to a reference measured in the same run; each prints one JSON object.

mod api;
mod ingest;

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
    /// Times of the API's questions on a large store.
    Api(api::Args),
    /// Rows per second into the store, against a bare append.
    Ingest(ingest::Args),
}

fn main() -> anyhow::Result<()> {
    let result = match Cli::parse().bench {
        Bench::Api(args) => api::run(&args)?,
        Bench::Ingest(args) => ingest::run(&args)?,
    };
    print(&result)
}

#[expect(clippy::print_stdout, reason = "the result is what one runs it for")]
fn print(result: &Value) -> anyhow::Result<()> {
    println!("{}", serde_json::to_string_pretty(result)?);
    Ok(())
}
