//! Labtower itself: fresh, within its budget, healthy.

use super::board::Board;
use super::panel::Kind::{Bars, Lines, Stacked, Stat, Table};
use super::panel::Panel;
use super::panel::Unit::{
    Ago, Bytes, BytesPerSecond, Count, Requests, Seconds, Share, Writes, YesNo,
};

pub(super) fn board() -> Board {
    Board {
        uid: "labtower-itself",
        title: "Labtower / Itself",
        about: "Whether labtower's data is fresh, what it asks of GitLab, and how it does.",
        choices: Vec::new(),
        from: "now-6h",
        rows: vec![
            ("Fresh", fresh()),
            ("What it asks of GitLab", requests()),
            ("What it keeps", store()),
            ("What it tells", scrape()),
        ],
    }
}

fn fresh() -> Vec<Panel> {
    vec![
        Panel::new(
            Stat,
            "Behind GitLab",
            "Age of the oldest data of a project that is read regularly.",
            Seconds,
            "max(labtower_sync_lag_seconds)",
        )
        .limits(120.0, 600.0),
        Panel::new(
            Stat,
            "Problems",
            "Problems an operator should know of; labtower's page names them.",
            Count,
            "sum(labtower_sync_problems)",
        )
        .limits(1.0, 5.0),
        Panel::new(
            Stat,
            "Projects failing",
            "Projects whose last read failed.",
            Count,
            "sum(labtower_sync_failing_projects)",
        )
        .limits(1.0, 5.0),
        Panel::new(
            Stat,
            "History complete",
            "Whether the first backfill is complete.",
            YesNo,
            "min(labtower_history_complete)",
        ),
        Panel::new(
            Stat,
            "Backfill ends in",
            "Time until the first backfill is complete, as estimated.",
            Seconds,
            "max(labtower_backfill_eta_seconds)",
        )
        .rare(),
        Panel::new(
            Stat,
            "Token expires",
            "When labtower's token expires, if GitLab tells.",
            Ago,
            "min(labtower_api_token_expires_timestamp_seconds) * 1000",
        ),
        Panel::new(
            Lines,
            "Behind GitLab, by share of projects",
            "How far half, 99 of 100, and all projects lie behind at most.",
            Seconds,
            "max by (quantile) (labtower_sync_project_lag_seconds)",
        )
        .legend("{{quantile}}"),
        Panel::new(
            Lines,
            "Duration of a poll",
            "How long the last poll of all projects took.",
            Seconds,
            "max(labtower_sync_last_cycle_duration_seconds)",
        )
        .legend("poll"),
        Panel::new(
            Bars,
            "Projects",
            "Projects by state of their synchronisation.",
            Count,
            "sum by (state) (labtower_sync_projects)",
        )
        .legend("{{state}}"),
        Panel::new(
            Lines,
            "First backfill",
            "Pipelines fetched, and expected, by the first backfill.",
            Count,
            "sum(labtower_backfill_pipelines)",
        )
        .legend("fetched")
        .and("sum(labtower_backfill_expected_pipelines)", "expected"),
    ]
}

fn requests() -> Vec<Panel> {
    vec![
        Panel::new(
            Stacked,
            "Requests, by endpoint",
            "Requests to GitLab.",
            Requests,
            "sum by (endpoint) (rate(labtower_api_requests_total[$__rate_interval]))",
        )
        .legend("{{endpoint}}"),
        Panel::new(
            Stacked,
            "Requests, by status",
            "Answers by HTTP status; 0 means that none came.",
            Requests,
            "sum by (status) (rate(labtower_api_requests_total[$__rate_interval]))",
        )
        .legend("{{status}}"),
        Panel::new(
            Lines,
            "Waiting and under way",
            "Requests that wait for the budget, by priority, and those under way.",
            Count,
            "sum by (priority) (labtower_api_requests_queued)",
        )
        .legend("{{priority}}")
        .and("sum(labtower_api_requests_in_flight)", "under way"),
        Panel::new(
            Lines,
            "Budget left",
            "Share of GitLab's rate limit that is left, if GitLab announces one.",
            Share,
            "min(labtower_api_budget_remaining_requests / labtower_api_budget_limit_requests)",
        )
        .legend("left")
        .limits(0.3, 0.1),
        Panel::new(
            Lines,
            "Repeated and refused",
            "Requests that repeated a failed one, and answers 429.",
            Requests,
            "sum(rate(labtower_api_retries_total[$__rate_interval]))",
        )
        .legend("repeated")
        .and(
            "sum(rate(labtower_api_throttled_total[$__rate_interval]))",
            "429",
        ),
        Panel::new(
            Lines,
            "Received",
            "Bytes of GitLab's answers in a second, unpacked.",
            BytesPerSecond,
            "sum(rate(labtower_api_received_bytes_total[$__rate_interval]))",
        )
        .legend("received"),
    ]
}

fn store() -> Vec<Panel> {
    vec![
        Panel::new(
            Lines,
            "Rows",
            "Rows stored, by table.",
            Count,
            "sum by (table) (labtower_store_rows)",
        )
        .legend("{{table}}")
        .size(8, 8),
        Panel::new(
            Lines,
            "Written",
            "Versions of rows written in a second.",
            Writes,
            "sum(rate(labtower_store_changes_total[$__rate_interval]))",
        )
        .legend("written")
        .size(8, 8),
        Panel::new(
            Lines,
            "Size",
            "Size of the store on disk.",
            Bytes,
            "sum(labtower_store_size_bytes)",
        )
        .legend("size")
        .size(8, 8),
        Panel::new(
            Lines,
            "Sinks behind",
            "Age of the oldest change that a sink has not taken, for each sink that is set up.",
            Seconds,
            "max by (sink) (labtower_sink_lag_seconds)",
        )
        .legend("{{sink}}")
        .limits(600.0, 3600.0)
        .size(24, 6)
        .rare(),
    ]
}

fn scrape() -> Vec<Panel> {
    vec![
        Panel::new(
            Bars,
            "Collectors",
            "Whether each group of families could be read for the last scrape.",
            YesNo,
            "min by (collector) (labtower_collector_success)",
        )
        .legend("{{collector}}")
        .size(8, 8),
        Panel::new(
            Lines,
            "Duration of collectors",
            "How long reading each group of families took.",
            Seconds,
            "max by (collector) (labtower_collector_duration_seconds)",
        )
        .legend("{{collector}}")
        .size(8, 8),
        Panel::new(
            Table,
            "Series left out",
            "Series that did not fit the limit of their family.",
            Count,
            "sum by (family) (labtower_series_dropped)",
        )
        .size(8, 8)
        .rare(),
    ]
}
