//! Environments and deployments.

use super::super::family::{Family, Kind, Switch};

/// Labels of an environment.
const ENVIRONMENT: &[&str] = &["project", "environment"];

/// Labels of an environment with its tier.
const TIER: &[&str] = &["project", "environment", "tier"];

/// Environments and their newest deployment.
pub(super) const ENVIRONMENTS: &[Family] = &[
    Family {
        name: "gitlab_ci_environment_behind_commits_count",
        kind: Kind::Unknown,
        unit: "",
        help: "Commits on the default branch that are newer than the deployed one.",
        labels: ENVIRONMENT,
        switch: Switch::Environments,
    },
    Family {
        name: "gitlab_ci_environment_behind_duration_seconds",
        kind: Kind::Gauge,
        unit: "seconds",
        help: "How long after the most recent deployment the newest commit of the default branch was made; 0 when it was made before.",
        labels: ENVIRONMENT,
        switch: Switch::Environments,
    },
    Family {
        name: "gitlab_ci_environment_deployment_count",
        kind: Kind::Unknown,
        unit: "",
        help: "Deployments that ever ended in the environment; it only grows.",
        labels: ENVIRONMENT,
        switch: Switch::Environments,
    },
    Family {
        name: "gitlab_ci_environment_deployment_duration_seconds",
        kind: Kind::Gauge,
        unit: "seconds",
        help: "Duration of the most recent deployment's job.",
        labels: ENVIRONMENT,
        switch: Switch::Environments,
    },
    Family {
        name: "gitlab_ci_environment_deployment_job_id",
        kind: Kind::Gauge,
        unit: "",
        help: "ID of the most recent deployment's job.",
        labels: ENVIRONMENT,
        switch: Switch::Environments,
    },
    Family {
        name: "gitlab_ci_environment_deployment_status",
        kind: Kind::Gauge,
        unit: "",
        help: "1 for the status of the most recent deployment.",
        labels: &["project", "environment", "status"],
        switch: Switch::Environments,
    },
    Family {
        name: "gitlab_ci_environment_deployment_timestamp",
        kind: Kind::Gauge,
        unit: "",
        help: "When the most recent deployment was created, in unix seconds.",
        labels: ENVIRONMENT,
        switch: Switch::Environments,
    },
    Family {
        name: "gitlab_ci_environment_information",
        kind: Kind::Gauge,
        unit: "",
        help: "Constant 1; the labels tell what is deployed.",
        labels: &[
            "project",
            "environment",
            "environment_id",
            "external_url",
            "kind",
            "ref",
            "latest_commit_short_id",
            "current_commit_short_id",
            "available",
            "username",
        ],
        switch: Switch::Environments,
    },
];

/// Deployments and the four DORA measures, on any tier of GitLab.
pub(super) const DEPLOYMENTS: &[Family] = &[
    Family {
        name: "labtower_deployments_total",
        kind: Kind::Counter,
        unit: "",
        help: "Deployments that ended, by status.",
        labels: &["project", "environment", "tier", "status"],
        switch: Switch::Deployments,
    },
    Family {
        name: "labtower_deployment_last_success_timestamp_seconds",
        kind: Kind::Gauge,
        unit: "seconds",
        help: "When the environment was last deployed to successfully.",
        labels: TIER,
        switch: Switch::Deployments,
    },
    Family {
        name: "labtower_dora_deployment_frequency",
        kind: Kind::Gauge,
        unit: "",
        help: "Successful deployments a day, over the last 30 days.",
        labels: TIER,
        switch: Switch::Deployments,
    },
    Family {
        name: "labtower_dora_lead_time_seconds",
        kind: Kind::Gauge,
        unit: "seconds",
        help: "Median time from commit to successful deployment of that commit, over the last 30 days.",
        labels: TIER,
        switch: Switch::Deployments,
    },
    Family {
        name: "labtower_dora_change_failure_ratio",
        kind: Kind::Gauge,
        unit: "",
        help: "Share of ended deployments that failed, over the last 30 days.",
        labels: TIER,
        switch: Switch::Deployments,
    },
    Family {
        name: "labtower_dora_time_to_restore_seconds",
        kind: Kind::Gauge,
        unit: "seconds",
        help: "Median time from a failed deployment to the next successful one, over the last 30 days.",
        labels: TIER,
        switch: Switch::Deployments,
    },
];
