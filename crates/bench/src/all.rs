//! Every benchmark in a size that a small machine bears, one after the other: JSON, and a table for the documentation.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::{Map, Value, json};

/// Where the results go, beside standard output.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The page whose table is written anew.
    #[arg(long)]
    table: Option<PathBuf>,
    /// Run only benchmarks whose name contains this; the others' results are those of the last run.
    #[arg(long)]
    only: Option<String>,
    /// Where results are kept between runs.
    #[arg(long, default_value = "target/bench/results.json")]
    results: PathBuf,
    /// The binary; build it with the same profile as this one.
    #[arg(long, default_value = "target/perf/labtower")]
    binary: PathBuf,
}

/// What is run: a name, the arguments, and whether they need `--binary`.
const BENCHES: [(&str, &str, bool); 18] = [
    ("startup", "startup", true),
    ("fetch", "fetch", false),
    ("requests", "requests --projects 1000 --days 10", false),
    ("ingest", "ingest", false),
    ("rollup", "rollup", false),
    ("reads", "reads", false),
    ("size", "size", false),
    ("metrics", "metrics", false),
    (
        "api_10k",
        "api --pipelines 1000 --jobs 10000 --projects 100",
        false,
    ),
    (
        "api_1m",
        "api --pipelines 100000 --jobs 1000000 --projects 1000",
        false,
    ),
    ("api", "api", false),
    ("pages", "pages --projects 1000 --days 30", true),
    ("explain", "explain", false),
    ("export", "export", false),
    ("copy", "copy", true),
    ("webhooks", "webhooks", true),
    ("memory", "memory --projects 10000 --days 1", true),
    ("peers", "peers --projects 1000 --speed 60", true),
];

/// The table, line by line: what it is, the benchmark, where its result stands in the JSON, unit, bar.
const LINES: &str = "
The demo is ready after | startup | /ready_seconds | s | ≤ 15
Requests a second of the client, to what latency and concurrency allow | fetch | /ratio | | ≥ 0.85
Requests refused at a quota | fetch | /quota/too_many_requests | | ≤ 0
Requests of a backfill of 1,000 projects, to the fewest there can be | requests | /backfill_ratio | | ≤ 1.25
Requests of an idle poll of 1,000 projects | requests | /idle_poll_requests | | ≤ 10
Rows into the store, to a bare append | ingest | /live/ratio | | ≥ 0.15
The same in a backfill | ingest | /backfill/ratio | |
The same with rollups kept at every commit, to none kept | rollup | /kept/ratio | |
All rollups counted anew, to one scan of the rows | rollup | /anew/scans | |
Reads while rows come in at full rate, p99 | reads | /under_load/p99_ms | ms | ≤ 5
The same, to reads at rest | reads | /p99_ratio | | ≤ 5
Store of 10 thousand jobs, a job | size | /stores/0/bytes_per_job | B |
Store of 1 million jobs, a job | size | /stores/1/bytes_per_job | B | ≤ 500
Store of 10 million jobs, a job | size | /stores/2/bytes_per_job | B | ≤ 500
A scrape rendered, to a copy of its bytes | metrics | /render/render_per_copy | | ≤ 8
A scrape while nothing moves, p99 | metrics | /scrape/cached_p99_ms | ms | ≤ 5
Slowest question to the API, 10 thousand jobs, p99 | api_10k | /slowest/http/p99_ms | ms | ≤ 10
Slowest question to the API, 1 million jobs, p99 | api_1m | /slowest/http/p99_ms | ms | ≤ 10
Slowest question to the API, 10 million jobs, p99 | api | /slowest/http/p99_ms | ms | ≤ 10
The same, to the store | api | /slowest/store/p99_ms | ms | ≤ 10
The failures grid, 1,000 projects and 30 days, p95 | pages | /pages/1/p95_ms | ms | ≤ 50
Its bytes | pages | /pages/1/gzip_bytes | B | ≤ 60000
Its elements | pages | /pages/1/elements | | ≤ 15000
A green log of 5 MB that fails at last, explained | explain | /logs/2/ms | ms | ≤ 60
One of 5 MB full of failures | explain | /logs/3/ms | ms | ≤ 60
Rows into JSON lines | export | /ndjson/mb_per_second | MB/s | ≥ 200
An export, to reading alone | copy | /speed_of_reading_alone | | ≥ 0.8
Its peak memory | copy | /first/peak_resident_mib | MiB | ≤ 200
Webhooks kept while up | webhooks | /answered_per_second_while_up | 1/s | ≥ 1990
Webhooks lost by a kill | webhooks | /lost | | ≤ 0
Webhooks visible, p99 | webhooks | /visible_seconds/p99 | s | ≤ 1
Peak memory of syncing 10,000 projects | memory | /peak_resident_mib | MiB | ≤ 143
Requests a minute beside a GitLab of 1,000 projects that lives sixty times as fast | peers | /requests_per_minute | |
A new pipeline is seen after, p95 | peers | /seen_after_seconds/p95 | s |
";

/// Runs them as processes of their own, so that none has the memory or the files of another.
pub(crate) fn run(args: &Args) -> Result<Value> {
    let mut results = kept(&args.results)?;
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
        keep(&args.results, &results)?;
    }
    let results = Value::Object(results);
    if let Some(page) = &args.table {
        write_table(page, &results)?;
    }
    Ok(results)
}

/// The results of earlier runs; none where there is no file.
fn kept(path: &Path) -> Result<Map<String, Value>> {
    if !path.exists() {
        return Ok(Map::new());
    }
    let text =
        std::fs::read(path).with_context(|| format!("failed to read `{}`", path.display()))?;
    serde_json::from_slice(&text).with_context(|| format!("`{}` is not JSON", path.display()))
}

fn keep(path: &Path, results: &Map<String, Value>) -> Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let text = serde_json::to_vec_pretty(results)?;
    std::fs::write(path, text).with_context(|| format!("failed to write `{}`", path.display()))
}

/// Replaces what stands between the marks of the page.
fn write_table(page: &Path, results: &Value) -> Result<()> {
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
    for line in LINES.lines().filter(|line| !line.is_empty()) {
        let parts: Vec<&str> = line.split('|').map(str::trim).collect();
        let [what, bench, pointer, unit, bar @ ..] = &parts[..] else {
            continue;
        };
        let value = results[*bench].pointer(pointer).and_then(Value::as_f64);
        let measured = value.map_or("failed".to_owned(), |value| figure(value, unit));
        let bar = bar.first().copied().unwrap_or_default();
        let unit = if bar.is_empty() { "" } else { unit };
        let bar = format!("{bar} {unit}");
        // Writing to a String cannot fail.
        let _ = writeln!(text, "| {what} | {measured} | {} |", bar.trim());
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
