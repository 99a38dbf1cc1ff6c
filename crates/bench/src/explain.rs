//! Time to explain a log by its size, against a pass that only cuts the same bytes into lines.

use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result};
use labtower_explain::{Explainer, Facts, Trace};
use serde_json::{Value, json};

/// What is explained.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Sizes of logs: megabytes.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 5, 25, 100])]
    megabytes: Vec<usize>,
    /// Times each is explained; the median counts.
    #[arg(long, default_value_t = 5)]
    times: usize,
    /// Folder with logs of real tools.
    #[arg(long, default_value = "crates/explain/corpus/train")]
    corpus: std::path::PathBuf,
}

/// Most milliseconds for five megabytes.
const BAR_MS: f64 = 60.0;

/// Explains logs of each size, and hostile ones of the largest.
pub(crate) fn run(args: &Args) -> Result<Value> {
    let green = logs(&args.corpus, ".green.log")?;
    let failed = logs(&args.corpus, ".log")?;
    let explainer = Explainer::builtin();
    // Expressions are made at their first use.
    for log in &failed {
        black_box(explain(&explainer, log));
    }
    let mut sizes = Vec::new();
    for megabytes in &args.megabytes {
        for (name, filling) in [("a green run that fails", &green), ("failures", &failed)] {
            let log = filled(filling, &failed[0], megabytes * 1_000_000);
            sizes.push(measured(&explainer, &log, args.times, name));
        }
    }
    let largest = args.megabytes.iter().max().copied().unwrap_or(1) * 1_000_000;
    let hostile: [(&str, &[u8]); 4] = [
        ("one line", b"error: "),
        ("carriage returns", b"\r"),
        ("escapes", b"\x1b[31;1m"),
        ("errors", b"error: it failed with 1 errors\n"),
    ];
    for (name, piece) in hostile {
        let log = piece.repeat(largest / piece.len());
        sizes.push(measured(&explainer, &log, 1, name));
    }
    Ok(json!({"bar_of_5_mb_ms": BAR_MS, "logs": sizes}))
}

fn measured(explainer: &Explainer, log: &[u8], times: usize, of: &str) -> Value {
    let median = |work: &dyn Fn()| {
        let time = |_| {
            let begun = Instant::now();
            work();
            begun.elapsed().as_secs_f64() * 1e3
        };
        let mut all: Vec<f64> = (0..times.max(1)).map(time).collect();
        all.sort_by(f64::total_cmp);
        all[all.len() / 2]
    };
    let cut = median(&|| {
        black_box(log.split(|byte| *byte == b'\n').map(<[u8]>::len).max());
    });
    let explained = median(&|| {
        black_box(explain(explainer, log));
    });
    let megabytes = log.len() as f64 / 1e6;
    json!({
        "of": of,
        "megabytes": megabytes,
        "ms": explained,
        "ms_per_megabyte": explained / megabytes,
        "times_cutting_lines": explained / cut,
    })
}

fn explain(explainer: &Explainer, log: &[u8]) -> String {
    let facts = Facts {
        status: "failed",
        failure_reason: Some("script_failure"),
        ..Facts::default()
    };
    let trace = Trace::clean(log, b"", 0);
    explainer.explain(&facts, Some(&trace), None).headline
}

/// The logs of a folder, by name.
fn logs(folder: &Path, ending: &str) -> Result<Vec<Vec<u8>>> {
    let entries = std::fs::read_dir(folder)
        .with_context(|| format!("failed to open `{}`", folder.display()))?;
    let mut paths: Vec<_> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.to_string_lossy().ends_with(ending))
        .collect();
    paths.sort();
    let found = !paths.is_empty();
    anyhow::ensure!(found, "there are no logs in `{}`", folder.display());
    paths.iter().map(|path| Ok(std::fs::read(path)?)).collect()
}

/// Logs one after another until there are so many bytes, and at the end one that failed.
fn filled(logs: &[Vec<u8>], end: &[u8], bytes: usize) -> Vec<u8> {
    let mut whole = Vec::with_capacity(bytes);
    for log in logs.iter().cycle() {
        if whole.len() + log.len() + end.len() > bytes {
            break;
        }
        whole.extend_from_slice(log);
    }
    whole.extend_from_slice(end);
    whole
}
