//! `GET /metrics`: the service's own state in Prometheus text.
//!
//! Everything here is true of the store and is read from it; what is true of this process alone
//! (requests to GitLab by class, retries) is appended as given in the options.

use std::fmt::{Display, Write};

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;

use crate::error::{ApiError, ErrorBody};
use crate::overview::Overview;
use crate::state::App;

/// Media type of Prometheus text.
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// State of the service as Prometheus text.
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "service",
    operation_id = "metrics",
    responses(
        (status = 200, description = "Prometheus text, version 0.0.4", body = String, content_type = "text/plain"),
        (status = 503, description = "The server is busy", body = ErrorBody),
    )
)]
pub(crate) async fn metrics(State(app): State<App>) -> Result<Response, ApiError> {
    let overview = app.overview().await?;
    let mut text = render(&overview, app.store().generation(), app.now());
    if let Some(instance) = &app.options().instance_metrics {
        // A scrape has one end, and it is not that of a part.
        for line in instance().lines().filter(|line| *line != "# EOF") {
            text.push_str(line);
            text.push('\n');
        }
    }
    Ok(([(header::CONTENT_TYPE, TEXT)], text).into_response())
}

/// All series of the service.
fn render(overview: &Overview, generation: u64, now: Timestamp) -> String {
    let mut text = Text::default();
    text.head(
        "labtower_build_info",
        "gauge",
        "Constant 1, labelled by version.",
    );
    text.labelled(
        "labtower_build_info",
        &format!("version=\"{}\"", env!("CARGO_PKG_VERSION")),
        1,
    );
    let run = overview.run.as_ref();
    let counts = overview.counts();
    let totals = &overview.totals;

    text.gauge(
        "labtower_history_complete",
        "1 once the first backfill is complete.",
        Some(u8::from(overview.history_complete_at.is_some())),
    );
    text.gauge(
        "labtower_sync_lag_seconds",
        "Seconds the data lies behind GitLab: since the oldest success of a live project.",
        overview.lag_seconds(now),
    );
    text.gauge(
        "labtower_sync_last_cycle_timestamp_seconds",
        "When the last poll cycle ended, in unix seconds.",
        run.and_then(|run| run.last_cycle_at)
            .map(Timestamp::as_second),
    );
    text.gauge(
        "labtower_sync_last_cycle_duration_seconds",
        "How long the last poll cycle took.",
        run.and_then(|run| run.last_cycle_seconds),
    );
    text.counter(
        "labtower_sync_cycles_total",
        "Poll cycles since the process started.",
        run.map(|run| run.cycles),
    );
    text.head("labtower_sync_projects", "gauge", "Projects by state.");
    for (state, count) in [
        ("pending", counts.pending),
        ("backfilling", counts.backfilling),
        ("live", counts.live),
        ("missing", counts.missing),
    ] {
        text.labelled(
            "labtower_sync_projects",
            &format!("state=\"{state}\""),
            count,
        );
    }
    text.gauge(
        "labtower_sync_failing_projects",
        "Projects whose last read failed.",
        Some(counts.failing),
    );
    text.gauge(
        "labtower_sync_problems",
        "Problems an operator should know of.",
        Some(overview.problems.len()),
    );
    text.gauge(
        "labtower_backfill_pipelines",
        "Pipelines the first backfill has fetched.",
        run.map(|run| run.backfill_pipelines),
    );
    text.gauge(
        "labtower_backfill_expected_pipelines",
        "Pipelines the first backfill expects.",
        run.map(|run| run.backfill_total),
    );
    text.gauge(
        "labtower_backfill_eta_seconds",
        "Seconds until the first backfill is complete, as estimated.",
        run.and_then(|run| run.eta_seconds),
    );
    text.counter(
        "labtower_sync_requests_total",
        "Requests to GitLab since the process started.",
        run.map(|run| run.requests),
    );
    text.gauge(
        "labtower_sync_requests_remaining",
        "Requests GitLab still grants in its window.",
        run.and_then(|run| run.requests_remaining),
    );
    text.head("labtower_store_rows", "gauge", "Rows stored, by table.");
    for (table, rows) in [
        ("projects", totals.projects),
        ("pipelines", totals.pipelines),
        ("jobs", totals.jobs),
        ("changes", totals.changes),
    ] {
        text.labelled("labtower_store_rows", &format!("table=\"{table}\""), rows);
    }
    text.gauge(
        "labtower_store_size_bytes",
        "Bytes of the store on disk.",
        Some(totals.size_bytes),
    );
    text.gauge(
        "labtower_store_generation",
        "Number that moves with every commit that changed something.",
        Some(generation),
    );
    text.0
}

/// Prometheus text being written; a family without a value is left out.
#[derive(Debug, Default)]
struct Text(String);

impl Text {
    fn gauge(&mut self, name: &str, help: &str, value: Option<impl Display>) {
        self.single(name, "gauge", help, value);
    }

    fn counter(&mut self, name: &str, help: &str, value: Option<impl Display>) {
        self.single(name, "counter", help, value);
    }

    fn single(&mut self, name: &str, kind: &str, help: &str, value: Option<impl Display>) {
        if let Some(value) = value {
            self.head(name, kind, help);
            self.line(format_args!("{name} {value}"));
        }
    }

    fn head(&mut self, name: &str, kind: &str, help: &str) {
        self.line(format_args!("# HELP {name} {help}"));
        self.line(format_args!("# TYPE {name} {kind}"));
    }

    fn labelled(&mut self, name: &str, labels: &str, value: impl Display) {
        self.line(format_args!("{name}{{{labels}}} {value}"));
    }

    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        // Writing to a string does not fail.
        let _ = writeln!(self.0, "{line}");
    }
}
