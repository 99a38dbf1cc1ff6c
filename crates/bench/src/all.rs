//! Every benchmark in a size that a small machine bears, one after the other: JSON, and a table for the documentation.

use std::fmt::Write;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::{Map, Value, json};

/// Where the results go, beside standard output.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The page whose table is written anew.
    #[arg(long)]
    table: Option<PathBuf>,
    /// Run only benchmarks whose name contains this; the table is left alone then.
    #[arg(long)]
    only: Option<String>,
    /// The binary; build it with the same profile as this one.
    #[arg(long, default_value = "target/perf/labtower")]
    binary: PathBuf,
}

/// What is run, and whether it takes `--binary`.
const BENCHES: [(&str, &str, bool); 15] = [
    ("startup", "startup", true),
    ("fetch", "fetch", false),
    ("requests", "requests --projects 300 --days 10", false),
    ("ingest", "ingest", false),
    ("reads", "reads", false),
    ("size", "size", false),
    ("metrics", "metrics", false),
    ("api", "api", false),
    ("pages", "pages --projects 300 --days 30", true),
    ("explain", "explain", false),
    ("export", "export", false),
    ("copy", "copy", true),
    ("webhooks", "webhooks", true),
    ("memory", "memory --projects 10000 --days 1", true),
    ("peers", "peers", true),
];

/// One line of the table: which figure of which benchmark, and what it has to be.
struct Line {
    what: &'static str,
    bench: &'static str,
    pointer: &'static str,
    unit: &'static str,
    bar: Bar,
}

#[derive(Clone, Copy)]
enum Bar {
    Most(f64),
    Least(f64),
    None,
}

const fn line(
    what: &'static str,
    bench: &'static str,
    pointer: &'static str,
    unit: &'static str,
    bar: Bar,
) -> Line {
    Line {
        what,
        bench,
        pointer,
        unit,
        bar,
    }
}

use Bar::{Least, Most};

const LINES: &[Line] = &[
    line(
        "The demo is ready after",
        "startup",
        "/ready_seconds",
        "s",
        Most(15.0),
    ),
    line(
        "Requests of a backfill, to the fewest there can be",
        "requests",
        "/backfill_ratio",
        "",
        Most(1.25),
    ),
    line(
        "Requests of an idle poll of 300 projects",
        "requests",
        "/idle_poll_requests",
        "",
        Most(3.0),
    ),
    line(
        "Rows into the store, to a bare append",
        "ingest",
        "/live/ratio",
        "",
        Least(0.15),
    ),
    line(
        "The same in a backfill",
        "ingest",
        "/backfill/ratio",
        "",
        Bar::None,
    ),
    line(
        "Reads while rows come in at full rate, p99",
        "reads",
        "/under_load/p99_ms",
        "ms",
        Most(5.0),
    ),
    line(
        "The same, to reads at rest",
        "reads",
        "/p99_ratio",
        "",
        Most(5.0),
    ),
    line(
        "Store of 10 thousand jobs, a job",
        "size",
        "/stores/0/bytes_per_job",
        "B",
        Most(500.0),
    ),
    line(
        "Store of 1 million jobs, a job",
        "size",
        "/stores/1/bytes_per_job",
        "B",
        Most(500.0),
    ),
    line(
        "Store of 10 million jobs, a job",
        "size",
        "/stores/2/bytes_per_job",
        "B",
        Most(500.0),
    ),
    line(
        "Slowest question to the store, 10 million jobs, p99",
        "api",
        "/slowest/store/p99_ms",
        "ms",
        Most(10.0),
    ),
    line(
        "Slowest question to the API, 10 million jobs, p99",
        "api",
        "/slowest/http/p99_ms",
        "ms",
        Most(10.0),
    ),
    line(
        "The failures grid, 300 projects and 30 days, p95",
        "pages",
        "/pages/1/p95_ms",
        "ms",
        Most(50.0),
    ),
    line(
        "Its bytes",
        "pages",
        "/pages/1/gzip_bytes",
        "B",
        Most(60_000.0),
    ),
    line(
        "Webhooks kept while up",
        "webhooks",
        "/answered_per_second_while_up",
        "1/s",
        Least(1_990.0),
    ),
    line(
        "Webhooks lost by a kill",
        "webhooks",
        "/lost",
        "",
        Most(0.0),
    ),
    line(
        "Webhooks visible, p99",
        "webhooks",
        "/visible_seconds/p99",
        "s",
        Most(1.0),
    ),
    line(
        "Peak memory of syncing 10,000 projects",
        "memory",
        "/peak_resident_mib",
        "MiB",
        Most(143.0),
    ),
    line(
        "Requests a minute beside a living GitLab of 100 projects",
        "peers",
        "/requests_per_minute",
        "",
        Bar::None,
    ),
    line(
        "A new pipeline is seen after, p95",
        "peers",
        "/seen_after_seconds/p95",
        "s",
        Bar::None,
    ),
];

/// Runs them as processes of their own, so that none has the memory or the files of another.
pub(crate) fn run(args: &Args) -> Result<Value> {
    let mut results = Map::new();
    for (name, options, takes_binary) in BENCHES {
        if args.only.as_ref().is_some_and(|only| !name.contains(only)) {
            continue;
        }
        let mut command = Command::new(std::env::current_exe()?);
        command.args(options.split(' '));
        if takes_binary {
            command.arg("--binary").arg(&args.binary);
        }
        let output = command
            .output()
            .with_context(|| format!("failed to run {name}"))?;
        let result = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|_| json!({ "error": String::from_utf8_lossy(&output.stderr).trim() }));
        results.insert(name.to_owned(), result);
    }
    let results = Value::Object(results);
    if let (Some(page), None) = (&args.table, &args.only) {
        write_table(page, &results)?;
    }
    Ok(results)
}

/// Replaces what stands between the marks of the page.
fn write_table(page: &PathBuf, results: &Value) -> Result<()> {
    const BEGIN: &str = "<!-- table -->\n";
    const END: &str = "<!-- end of table -->";
    let text = std::fs::read_to_string(page)
        .with_context(|| format!("failed to read `{}`", page.display()))?;
    let (before, rest) = text
        .split_once(BEGIN)
        .context("the page has no mark of a table")?;
    let (_, after) = rest
        .split_once(END)
        .context("the page has no end of a table")?;
    std::fs::write(
        page,
        format!("{before}{BEGIN}{}{END}{after}", table(results)),
    )?;
    Ok(())
}

fn table(results: &Value) -> String {
    let mut text = "| what | measured | bar |\n| --- | ---: | ---: |\n".to_owned();
    for line in LINES {
        let value = results[line.bench]
            .pointer(line.pointer)
            .and_then(Value::as_f64);
        let measured = value.map_or("failed".to_owned(), |value| figure(value, line.unit));
        let bar = match line.bar {
            Most(most) => format!("≤ {}", figure(most, line.unit)),
            Least(least) => format!("≥ {}", figure(least, line.unit)),
            Bar::None => String::new(),
        };
        // Writing to a String cannot fail.
        let _ = writeln!(text, "| {} | {measured} | {bar} |", line.what);
    }
    text
}

fn figure(value: f64, unit: &str) -> String {
    let number = if value.fract() == 0.0 || value >= 1000.0 {
        format!("{value:.0}")
    } else if value >= 10.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.2}")
    };
    format!("{number} {unit}").trim_end().to_owned()
}
