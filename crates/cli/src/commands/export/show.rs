//! What people see of an export.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressStyle};
use labtower_export::copy::{Plan, Progress, Report};
use labtower_gitlab::{Client, Stats};
use serde_json::json;

use crate::output::{complain, say};
use crate::progress::is_terminal;

/// Between two looks at the progress.
const TICK: Duration = Duration::from_millis(200);
/// Between two log lines where there is no terminal.
const TICKS_OF_A_LINE: u32 = 50;

/// Shows how far it is until it is aborted.
pub(super) async fn progress(progress: Arc<Progress>, client: Client) {
    let bar = is_terminal().then(|| ProgressBar::new(0).with_style(style()));
    for tick in 0_u32.. {
        tokio::time::sleep(TICK).await;
        let (lists, read) = (progress.lists.load(Relaxed), progress.read.load(Relaxed));
        let rows = progress.rows.load(Relaxed);
        if let Some(bar) = &bar {
            bar.set_length(lists);
            bar.set_position(read);
            let (rows, bytes) = (HumanCount(rows), HumanBytes(progress.bytes.load(Relaxed)));
            let requests = HumanCount(client.stats().total());
            bar.set_message(format!("{rows} rows, {bytes}, {requests} requests"));
        } else if tick % TICKS_OF_A_LINE == TICKS_OF_A_LINE - 1 {
            tracing::info!(lists, read, rows, "copying");
        }
    }
}

fn style() -> ProgressStyle {
    let template = "{bar:30} {pos}/{len} lists  {msg}  {eta} left";
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// The summary at the end.
pub(super) fn report(report: &Report, requests: u64, as_json: bool) {
    if as_json {
        say(json!({ "requests": requests, "report": report }).to_string());
        return;
    }
    for (name, stream) in &report.streams {
        for error in &stream.errors {
            complain(format!("warning: {name}: {error}"));
        }
        if stream.taken {
            complain(format!(
                "warning: {name}: another export writes it at the same time"
            ));
        }
        if stream.rows == 0 && stream.failed == 0 {
            continue;
        }
        let mut line = format!(
            "{name}: {} rows, {}",
            HumanCount(stream.rows),
            HumanBytes(stream.bytes)
        );
        for (count, what) in [(stream.tombstones, "gone"), (stream.failed, "lists failed")] {
            if count > 0 {
                let _ = write!(line, ", {count} {what}");
            }
        }
        say(line);
    }
    say(format!(
        "{} rows, {}, {} requests; {} lists skipped (not visible, or not in this tier), {} failed",
        HumanCount(report.rows()),
        HumanBytes(report.bytes()),
        HumanCount(requests),
        report.skipped(),
        report.failed()
    ));
}

/// What a run would do.
pub(super) fn plan(plan: &Plan, stats: &Stats, as_json: bool) {
    // GitLab tells its quota per minute, where it has one.
    let minutes = stats
        .limit
        .map(|limit| plan.least_requests.div_ceil(limit.max(1)));
    if as_json {
        say(json!({ "plan": plan, "least_minutes": minutes }).to_string());
        return;
    }
    for (name, stream) in &plan.streams {
        say(format!(
            "{name}: {} lists, {} never read",
            stream.lists, stream.new
        ));
    }
    let time = minutes.map_or_else(
        || "GitLab announces no limit".to_owned(),
        |minutes| format!("at GitLab's limit {minutes} min"),
    );
    say(format!(
        "at least {} requests ({time}); history that was never read comes on top, about one request per 100 rows",
        HumanCount(plan.least_requests)
    ));
}
