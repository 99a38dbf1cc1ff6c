//! All pipelines.

use super::super::family::{Family, Kind, Switch};

/// Counters and histograms of all pipelines, child pipelines included.
pub(super) const PIPELINE_TOTALS: &[Family] = &[
    Family {
        name: "labtower_pipeline_runs_total",
        kind: Kind::Counter,
        unit: "",
        help: "Pipelines created.",
        labels: &["project", "kind", "source"],
        switch: Switch::PipelineTotals,
    },
    Family {
        name: "labtower_pipeline_finished_total",
        kind: Kind::Counter,
        unit: "",
        help: "Pipelines seen to end; one that is retried and ends again counts again.",
        labels: &["project", "kind", "source", "status"],
        switch: Switch::PipelineTotals,
    },
    Family {
        name: "labtower_pipeline_failures_total",
        kind: Kind::Counter,
        unit: "",
        help: "Pipelines seen to fail before any job ran, by GitLab's reason, for example config_error.",
        labels: &["project", "failure_reason"],
        switch: Switch::PipelineTotals,
    },
    Family {
        name: "labtower_pipeline_duration_seconds",
        kind: Kind::Histogram,
        unit: "seconds",
        help: "Duration of pipelines seen to end.",
        labels: &["project", "kind", "source"],
        switch: Switch::PipelineTotals,
    },
    Family {
        name: "labtower_pipeline_queue_seconds",
        kind: Kind::Histogram,
        unit: "seconds",
        help: "How long pipelines waited before they started.",
        labels: &["project", "kind", "source"],
        switch: Switch::PipelineTotals,
    },
];
