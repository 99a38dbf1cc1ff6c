//! Merge requests and runners.

use super::super::family::{Family, Kind, Switch};

/// Merge requests by project, and how long they take.
pub(super) const MERGE_REQUESTS: &[Family] = &[
    Family {
        name: "labtower_merge_requests",
        kind: Kind::Gauge,
        unit: "",
        help: "Merge requests by state.",
        labels: &["project", "state"],
        switch: Switch::MergeRequests,
    },
    Family {
        name: "labtower_merge_request_cycle_seconds",
        kind: Kind::Histogram,
        unit: "seconds",
        help: "Time from creation to merge of merged merge requests.",
        labels: &["project"],
        switch: Switch::MergeRequests,
    },
    Family {
        name: "labtower_merge_request_oldest_open_timestamp_seconds",
        kind: Kind::Gauge,
        unit: "seconds",
        help: "When the oldest open merge request was created; drafts not counted.",
        labels: &["project"],
        switch: Switch::MergeRequests,
    },
];

/// Runners, as far as the token may see them.
pub(super) const RUNNERS: &[Family] = &[
    Family {
        name: "labtower_runners",
        kind: Kind::Gauge,
        unit: "",
        help: "Runners, by type and status.",
        labels: &["runner_type", "status"],
        switch: Switch::Runners,
    },
    Family {
        name: "labtower_runner_running_jobs",
        kind: Kind::Gauge,
        unit: "",
        help: "Jobs that the runner runs now.",
        labels: &["runner_id"],
        switch: Switch::Runners,
    },
    Family {
        name: "labtower_runner_contacted_timestamp_seconds",
        kind: Kind::Gauge,
        unit: "seconds",
        help: "When the runner last contacted GitLab.",
        labels: &["runner_id"],
        switch: Switch::Runners,
    },
];
