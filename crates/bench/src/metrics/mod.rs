//! What a scrape costs: rendering against a copy of the body, and the whole way over HTTP on a large store.

mod render;
mod scrape;

use anyhow::Result;
use serde_json::{Value, json};

use crate::api;

/// Size of the scrape and of the store behind it.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Args {
    /// Series rendered without a store.
    #[arg(long, default_value_t = 100_000)]
    series: usize,
    /// Times each thing is measured.
    #[arg(long, default_value_t = 100)]
    times: usize,
    /// Most series of a family in the scrape; 5000 make about as many series as are rendered.
    #[arg(long, default_value_t = 5_000)]
    max_series: usize,
    /// The store that is scraped; kept between runs.
    #[command(flatten)]
    store: api::Args,
}

/// Most times a render may take longer than a copy of its body.
const RENDER_BAR: f64 = 8.0;

/// 99th percentile of a scrape whose data stands still: milliseconds.
const CACHED_BAR_MS: f64 = 5.0;

/// Renders, scrapes and reports.
pub(crate) fn run(args: &Args) -> Result<Value> {
    Ok(json!({
        "render_bar": RENDER_BAR,
        "cached_p99_bar_ms": CACHED_BAR_MS,
        "render": render::run(args.series, args.times),
        "scrape": tokio::runtime::Runtime::new()?.block_on(scrape::run(args))?,
    }))
}

/// The value below which a share of the sorted ones lies.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let last = sorted.len().saturating_sub(1);
    sorted
        .get((last as f64 * share).round() as usize)
        .copied()
        .unwrap_or(0.0)
}
