//! Families that are told anew at each scrape: what depends on the time, and on this process.

use jiff::Timestamp;
use labtower_store::{Completeness, SyncState};

use super::cache::Kept;
use super::family::Switch;
use super::options::ProjectAllowed;
use super::snapshot::{Outcome, Snapshot};
use super::table::Table;
use super::write::Dropped;
use crate::api::completeness::lag_seconds;
use crate::overview::Overview;

/// Seconds after which a due run counts as missed.
const MISSED: i64 = 3600;

/// Percentiles of the projects' lag that are told.
const PERCENTILES: [usize; 4] = [50, 90, 99, 100];

/// Ages and lateness as of now.
pub(super) fn aging(snapshot: &Snapshot, now: Timestamp) -> Vec<Table> {
    let mut ages = Table::new(&["labtower_job_oldest_age_seconds"]);
    for waiting in &snapshot.waiting {
        let row = ages.row().pair("tag_list", &waiting.tags);
        row.pair("status", &waiting.status);
        ages.set(0, Some(since(waiting.since, now)));
    }
    let mut lateness = Table::new(&["labtower_schedule_late_seconds", "labtower_schedule_missed"]);
    for due in &snapshot.due {
        let late = due.at.map_or(0.0, |at| since(at, now));
        lateness.row().written(&due.labels);
        lateness.set(0, Some(late));
        lateness.set(1, Some(f64::from(u8::from(late > MISSED as f64))));
    }
    vec![ages, lateness]
}

/// Labtower itself.
pub(super) fn labtower(kept: &Kept, dropped: &[Dropped], now: Timestamp) -> Vec<Table> {
    let overview = &kept.overview;
    let mut tables = build(overview);
    tables.extend(lag(overview, now));
    tables.extend(progress(overview));
    tables.extend(store(overview, kept.generation));
    tables.extend(sinks(overview, now));
    tables.extend(webhooks(overview, now));
    tables.extend(completeness(overview, now));
    tables.push(collectors(kept));
    let mut missing = Table::new(&["labtower_series_dropped"]);
    for dropped in dropped {
        missing.row().pair("family", dropped.family);
        missing.set(0, Some(dropped.series as f64));
    }
    tables.push(missing);
    tables
}

/// When each project was last read; those read longest ago stay when there is no room.
pub(super) fn last_success(overview: &Overview, allowed: &ProjectAllowed) -> Table {
    let mut table = Table::new(&["labtower_sync_project_last_success_timestamp_seconds"]);
    for project in &overview.projects {
        let path = &project.path_with_namespace;
        if project.state != SyncState::Missing && !path.is_empty() && allowed(path) {
            table.row().pair("project", path);
            table.set(0, project.last_success_at.map(unix));
            table.weigh(project.last_success_at.map_or(0, |at| -at.as_second()));
        }
    }
    table
}

fn build(overview: &Overview) -> Vec<Table> {
    let mut build = Table::new(&["labtower_build_info"]);
    build.row().pair("version", env!("CARGO_PKG_VERSION"));
    build.set(0, Some(1.0));
    let mut gitlab = Table::new(&["labtower_gitlab_info"]);
    let run = overview.run.as_ref();
    if let Some(version) = run.and_then(|run| run.gitlab_version.as_deref()) {
        gitlab.row().pair("version", version);
        gitlab.set(0, Some(1.0));
    }
    let complete = overview.history_complete_at.is_some();
    let complete = Some(f64::from(u8::from(complete)));
    vec![
        build,
        gitlab,
        Table::single("labtower_history_complete", complete),
    ]
}

fn lag(overview: &Overview, now: Timestamp) -> Vec<Table> {
    let live = overview
        .projects
        .iter()
        .filter(|project| project.state == SyncState::Live);
    let mut lags: Vec<i64> = live
        .filter_map(|project| project.last_success_at)
        .map(|at| now.duration_since(at).as_secs().max(0))
        .collect();
    lags.sort_unstable();
    let mut percentiles = Table::new(&["labtower_sync_project_lag_seconds"]);
    for percentile in PERCENTILES {
        let rank = (lags.len() * percentile).div_ceil(100).max(1) - 1;
        if let Some(lag) = lags.get(rank) {
            percentiles.row().plain("percentile", percentile);
            percentiles.set(0, Some(*lag as f64));
        }
    }
    let newest = overview
        .projects
        .iter()
        .filter_map(|project| project.last_success_at)
        .max();
    let lag = overview.lag_seconds(now).map(|seconds| seconds as f64);
    vec![
        Table::single("labtower_sync_lag_seconds", lag),
        percentiles,
        Table::single(
            "labtower_sync_last_success_timestamp_seconds",
            newest.map(unix),
        ),
    ]
}

fn progress(overview: &Overview) -> Vec<Table> {
    let run = overview.run.as_ref();
    let counts = overview.counts();
    let mut states = Table::new(&["labtower_sync_projects"]);
    for (state, count) in [
        ("pending", counts.pending),
        ("backfilling", counts.backfilling),
        ("live", counts.live),
        ("missing", counts.missing),
    ] {
        states.row().pair("state", state);
        states.set(0, Some(count as f64));
    }
    let number = |value: Option<u64>| value.map(|value| value as f64);
    vec![
        Table::single(
            "labtower_sync_last_cycle_timestamp_seconds",
            run.and_then(|run| run.last_cycle_at).map(unix),
        ),
        Table::single(
            "labtower_sync_last_cycle_duration_seconds",
            run.and_then(|run| run.last_cycle_seconds),
        ),
        Table::single(
            "labtower_sync_cycles_total",
            number(run.map(|run| run.cycles)),
        ),
        states,
        Table::single(
            "labtower_sync_failing_projects",
            Some(counts.failing as f64),
        ),
        Table::single(
            "labtower_sync_problems",
            Some(overview.problems.len() as f64),
        ),
        Table::single(
            "labtower_sync_requests_total",
            number(run.map(|run| run.requests)),
        ),
        Table::single(
            "labtower_sync_requests_remaining",
            number(run.and_then(|run| run.requests_remaining)),
        ),
        Table::single(
            "labtower_backfill_pipelines",
            number(run.map(|run| run.backfill_pipelines)),
        ),
        Table::single(
            "labtower_backfill_expected_pipelines",
            number(run.map(|run| run.backfill_total)),
        ),
        Table::single(
            "labtower_backfill_eta_seconds",
            number(run.and_then(|run| run.eta_seconds)),
        ),
    ]
}

fn webhooks(overview: &Overview, now: Timestamp) -> Vec<Table> {
    let mut counts = Table::new(&["labtower_webhooks_total"]);
    let mut received = Table::new(&["labtower_webhook_last_received_timestamp_seconds"]);
    for count in &overview.webhooks {
        let row = counts.row().pair("kind", &count.kind);
        row.pair("outcome", &count.outcome);
        counts.set(0, Some(count.count as f64));
        counts.weigh(i64::try_from(count.count).unwrap_or(i64::MAX));
        if count.outcome == "received" {
            received.row().pair("kind", &count.kind);
            received.set(0, Some(unix(count.last_at)));
        }
    }
    let backlog = &overview.backlog;
    let age = backlog.oldest_at.map_or(0.0, |at| since(at, now));
    let run = overview.run.as_ref();
    vec![
        counts,
        received,
        Table::single("labtower_webhooks_waiting", Some(backlog.waiting as f64)),
        Table::single("labtower_webhooks_oldest_waiting_seconds", Some(age)),
        Table::single(
            "labtower_webhook_projects",
            run.map(|run| run.hooked_projects as f64),
        ),
    ]
}

fn completeness(overview: &Overview, now: Timestamp) -> Vec<Table> {
    let found = &overview.completeness;
    let mut gaps = Table::new(&["labtower_completeness_gaps_total"]);
    for (outcome, count) in [("found", found.found), ("repaired", found.repaired)] {
        gaps.row().pair("outcome", outcome);
        gaps.set(0, Some(count as f64));
    }
    let lag = lag_seconds(found, now).map(|seconds| seconds as f64);
    let checked = found.until.map(|_| found);
    let number = |count: fn(&Completeness) -> u64| checked.map(|found| count(found) as f64);
    vec![
        gaps,
        Table::single(
            "labtower_completeness_open_gaps",
            number(|found| found.open),
        ),
        Table::single("labtower_completeness_lag_seconds", lag),
        Table::single(
            "labtower_completeness_last_check_timestamp_seconds",
            found.checked_at.map(unix),
        ),
        Table::single(
            "labtower_completeness_projects_behind",
            number(|found| found.behind),
        ),
    ]
}

fn store(overview: &Overview, generation: u64) -> Vec<Table> {
    let totals = &overview.totals;
    let mut rows = Table::new(&["labtower_store_rows"]);
    for (table, count) in [
        ("projects", totals.projects),
        ("pipelines", totals.pipelines),
        ("jobs", totals.jobs),
        ("changes", totals.changes),
    ] {
        rows.row().pair("table", table);
        rows.set(0, Some(count as f64));
    }
    vec![
        rows,
        Table::single("labtower_store_changes_total", Some(totals.changes as f64)),
        Table::single("labtower_store_size_bytes", Some(totals.size_bytes as f64)),
        Table::single("labtower_store_generation", Some(generation as f64)),
    ]
}

fn sinks(overview: &Overview, now: Timestamp) -> Vec<Table> {
    let mut state = Table::new(&[
        "labtower_sink_lag_seconds",
        "labtower_sink_last_success_timestamp_seconds",
        "labtower_sink_failures",
    ]);
    let mut rows = Table::new(&["labtower_sink_rows_total"]);
    for sink in &overview.sinks {
        state.row().pair("sink", &sink.name);
        let lag = sink.behind_since.map_or(0.0, |at| since(at, now));
        state.set(0, Some(lag));
        state.set(1, sink.sent_at.map(unix));
        state.set(2, Some(sink.failures as f64));
        for (outcome, count) in [("sent", sink.rows), ("refused", sink.refused)] {
            let labels = rows.row().pair("sink", &sink.name);
            labels.pair("outcome", outcome);
            rows.set(0, Some(count as f64));
        }
    }
    vec![state, rows]
}

fn collectors(kept: &Kept) -> Table {
    let mut table = Table::new(&[
        "labtower_collector_success",
        "labtower_collector_duration_seconds",
    ]);
    let own = Outcome {
        switch: Switch::Labtower,
        success: true,
        seconds: kept.overview_seconds,
    };
    for outcome in kept.data.snapshot.outcomes.iter().chain([&own]) {
        table.row().pair("collector", outcome.switch.key());
        table.set(0, Some(f64::from(u8::from(outcome.success))));
        table.set(1, Some(outcome.seconds));
    }
    table
}

fn since(at: Timestamp, now: Timestamp) -> f64 {
    now.duration_since(at).as_secs().max(0) as f64
}

fn unix(at: Timestamp) -> f64 {
    at.as_second() as f64
}
