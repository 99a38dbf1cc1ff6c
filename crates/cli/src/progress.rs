//! The backfill's progress: a bar on a terminal, a log line now and then otherwise.

use std::io::IsTerminal;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use labtower_gitlab::Client;
use labtower_store::{Phase, RunStatus};
use tokio::sync::watch;
use tokio::time::Instant;

/// Shortest time between two log lines of progress.
const BETWEEN_LINES: Duration = Duration::from_secs(10);

/// Everything drawn on standard error, so that log lines and bars do not mix.
static DRAWN: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);

/// Whether standard error is a terminal, and so bars and colours make sense.
pub(crate) fn is_terminal() -> bool {
    std::io::stderr().is_terminal()
}

/// Does `work` with the bar taken away.
pub(crate) fn suspended<T>(work: impl FnOnce() -> T) -> T {
    if is_terminal() {
        DRAWN.suspend(work)
    } else {
        work()
    }
}

/// Shows the progress of backfills until the sender is gone.
pub(crate) async fn show(mut status: watch::Receiver<RunStatus>, client: Client) {
    let bar = Mutex::new(None);
    let mut last_line: Option<Instant> = None;
    let mut last_phase = Phase::Starting;
    loop {
        let mut now = status.borrow_and_update().clone();
        // The status as it is passed around counts requests only when it is stored.
        now.requests = client.stats().total();
        if is_terminal() {
            draw(
                &mut bar.lock().unwrap_or_else(PoisonError::into_inner),
                &now,
            );
        } else if now.phase == Phase::Backfilling
            && last_line.is_none_or(|at| at.elapsed() >= BETWEEN_LINES)
        {
            last_line = Some(Instant::now());
            tracing::info!(
                pipelines = now.backfill_pipelines,
                total = now.backfill_total,
                eta_seconds = now.eta_seconds,
                requests = now.requests,
                "backfilling"
            );
        }
        if now.phase == Phase::Live && last_phase == Phase::Backfilling {
            tracing::info!(
                pipelines = now.backfill_pipelines,
                requests = now.requests,
                "backfill complete"
            );
        }
        last_phase = now.phase;
        if status.changed().await.is_err() {
            break;
        }
    }
    if let Some(bar) = bar.into_inner().unwrap_or_else(PoisonError::into_inner) {
        bar.finish_and_clear();
    }
}

fn draw(bar: &mut Option<ProgressBar>, status: &RunStatus) {
    if status.phase != Phase::Backfilling {
        if let Some(bar) = bar.take() {
            bar.finish_and_clear();
        }
        return;
    }
    let bar = bar.get_or_insert_with(|| {
        let template = "{spinner} backfill {wide_bar} {human_pos}/{human_len} pipelines, {msg}";
        let style =
            ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        DRAWN.add(ProgressBar::new(0).with_style(style))
    });
    bar.set_length(status.backfill_total.max(status.backfill_pipelines));
    bar.set_position(status.backfill_pipelines);
    let left = match status.eta_seconds {
        Some(seconds) => format!(
            "{} left",
            indicatif::HumanDuration(Duration::from_secs(seconds))
        ),
        None => "estimating".to_owned(),
    };
    bar.set_message(format!("{} requests, {left}", status.requests));
}
