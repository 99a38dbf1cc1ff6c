//! GitLab's own DORA figures, one row a day.

use crate::column::columns;
use crate::{Reading, Stream, Tier};

/// The days of the last three months, in one answer.
const METRIC: Stream = Stream {
    path: "projects/:id/dora/metrics",
    // Not a scan: a day that leaves the three months is not gone.
    reading: Reading::Newest { since: "" },
    key: &["date"],
    columns: columns![date: Date, value: Float],
    tier: Tier::Ultimate,
    ..Stream::PROJECT
};

pub(super) static DORA_DEPLOYMENT_FREQUENCIES: Stream = Stream {
    name: "dora_deployment_frequencies",
    query: "metric=deployment_frequency&interval=daily",
    ..METRIC
};

pub(super) static DORA_LEAD_TIMES_FOR_CHANGES: Stream = Stream {
    name: "dora_lead_times_for_changes",
    query: "metric=lead_time_for_changes&interval=daily",
    ..METRIC
};

pub(super) static DORA_TIMES_TO_RESTORE_SERVICE: Stream = Stream {
    name: "dora_times_to_restore_service",
    query: "metric=time_to_restore_service&interval=daily",
    ..METRIC
};

pub(super) static DORA_CHANGE_FAILURE_RATES: Stream = Stream {
    name: "dora_change_failure_rates",
    query: "metric=change_failure_rate&interval=daily",
    ..METRIC
};
