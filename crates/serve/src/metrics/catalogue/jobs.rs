//! All jobs.

use super::super::family::{Family, Kind, Switch};

/// Counters and histograms of all jobs that ended: success, failed or canceled.
pub(super) const JOB_TOTALS: &[Family] = &[
    Family {
        name: "labtower_job_runs_total",
        kind: Kind::Counter,
        unit: "",
        help: "Job runs that ended, retried ones included.",
        labels: &["project", "kind", "stage", "tag_list", "status"],
        switch: Switch::JobTotals,
    },
    Family {
        name: "labtower_job_failures_total",
        kind: Kind::Counter,
        unit: "",
        help: "Job runs that failed, by GitLab's reason.",
        labels: &["project", "stage", "failure_reason"],
        switch: Switch::JobTotals,
    },
    Family {
        name: "labtower_job_retries_total",
        kind: Kind::Counter,
        unit: "",
        help: "Job runs that were replaced by a newer run of the same job.",
        labels: &["project", "stage", "job_name"],
        switch: Switch::JobTotals,
    },
    Family {
        name: "labtower_job_flaky_total",
        kind: Kind::Counter,
        unit: "",
        help: "Job runs that failed although a newer run of the same job in the same pipeline succeeded.",
        labels: &["project", "stage", "job_name"],
        switch: Switch::JobTotals,
    },
    Family {
        name: "labtower_job_duration_seconds",
        kind: Kind::Histogram,
        unit: "seconds",
        help: "Duration of job runs that ended.",
        labels: &["project", "kind", "stage", "tag_list"],
        switch: Switch::JobTotals,
    },
    Family {
        name: "labtower_job_queue_seconds",
        kind: Kind::Histogram,
        unit: "seconds",
        help: "How long job runs that ended had waited for a runner.",
        labels: &["project", "tag_list"],
        switch: Switch::JobTotals,
    },
];
