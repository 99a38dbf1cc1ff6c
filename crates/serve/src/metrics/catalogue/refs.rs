//! The newest pipeline and jobs of each ref, under the names of gitlab-ci-pipelines-exporter.

use super::super::family::{Family, Kind, Switch};

/// Labels of a ref's newest pipeline.
const REF: &[&str] = &["project", "topics", "kind", "ref", "source", "variables"];

/// Labels of a ref's newest jobs.
const JOB: &[&str] = &[
    "project",
    "topics",
    "kind",
    "ref",
    "source",
    "variables",
    "stage",
    "job_name",
    "runner_description",
    "tag_list",
    "failure_reason",
];

/// The newest pipeline of each ref.
pub(super) const PIPELINES: &[Family] = &[
    Family {
        name: "gitlab_ci_pipeline_coverage",
        kind: Kind::Gauge,
        unit: "",
        help: "Coverage of the most recent pipeline, in percent.",
        labels: REF,
        switch: Switch::Pipelines,
    },
    Family {
        name: "gitlab_ci_pipeline_duration_seconds",
        kind: Kind::Gauge,
        unit: "seconds",
        help: "Duration of the most recent pipeline.",
        labels: REF,
        switch: Switch::Pipelines,
    },
    Family {
        name: "gitlab_ci_pipeline_id",
        kind: Kind::Gauge,
        unit: "",
        help: "ID of the most recent pipeline.",
        labels: REF,
        switch: Switch::Pipelines,
    },
    Family {
        name: "gitlab_ci_pipeline_queued_duration_seconds",
        kind: Kind::Gauge,
        unit: "seconds",
        help: "How long the most recent pipeline waited before it started.",
        labels: REF,
        switch: Switch::Pipelines,
    },
    Family {
        name: "gitlab_ci_pipeline_timestamp",
        kind: Kind::Gauge,
        unit: "",
        help: "When the most recent pipeline last changed, in unix seconds.",
        labels: REF,
        switch: Switch::Pipelines,
    },
    Family {
        name: "gitlab_ci_pipeline_run_count",
        kind: Kind::Unknown,
        unit: "",
        help: "Pipelines that ever ran on the ref, by source; it only grows.",
        labels: REF,
        switch: Switch::Pipelines,
    },
    Family {
        name: "gitlab_ci_pipeline_status",
        kind: Kind::Gauge,
        unit: "",
        help: "1 for the status of the most recent pipeline.",
        labels: &[
            "project",
            "topics",
            "kind",
            "ref",
            "source",
            "variables",
            "status",
        ],
        switch: Switch::Pipelines,
    },
];

/// The newest jobs of each ref, those of child pipelines included.
pub(super) const JOBS: &[Family] = &[
    Family {
        name: "gitlab_ci_pipeline_job_artifact_size_bytes",
        kind: Kind::Gauge,
        unit: "bytes",
        help: "Size of all artifacts of the most recent job, read once its pipeline has finished.",
        labels: JOB,
        switch: Switch::Jobs,
    },
    Family {
        name: "gitlab_ci_pipeline_job_duration_seconds",
        kind: Kind::Gauge,
        unit: "seconds",
        help: "Duration of the most recent job.",
        labels: JOB,
        switch: Switch::Jobs,
    },
    Family {
        name: "gitlab_ci_pipeline_job_id",
        kind: Kind::Gauge,
        unit: "",
        help: "ID of the most recent job.",
        labels: JOB,
        switch: Switch::Jobs,
    },
    Family {
        name: "gitlab_ci_pipeline_job_queued_duration_seconds",
        kind: Kind::Gauge,
        unit: "seconds",
        help: "How long the most recent job waited before it started.",
        labels: JOB,
        switch: Switch::Jobs,
    },
    Family {
        name: "gitlab_ci_pipeline_job_timestamp",
        kind: Kind::Gauge,
        unit: "",
        help: "When the most recent job was created, in unix seconds.",
        labels: JOB,
        switch: Switch::Jobs,
    },
    Family {
        name: "gitlab_ci_pipeline_job_run_count",
        kind: Kind::Unknown,
        unit: "",
        help: "Runs of the job on the ref that ended, each under the labels it ended with; it only grows.",
        labels: JOB,
        switch: Switch::Jobs,
    },
    Family {
        name: "gitlab_ci_pipeline_job_status",
        kind: Kind::Gauge,
        unit: "",
        help: "1 for the status of the most recent job.",
        labels: &[
            "project",
            "topics",
            "kind",
            "ref",
            "source",
            "variables",
            "stage",
            "job_name",
            "runner_description",
            "tag_list",
            "failure_reason",
            "status",
        ],
        switch: Switch::Jobs,
    },
];
