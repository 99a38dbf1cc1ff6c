//! Series that carry labels.

use super::super::family::{Family, Kind, Switch};

/// Constant 1: series that carry the labels that change, to be joined to others.
pub(super) const INFO: &[Family] = &[
    Family {
        name: "labtower_project_info",
        kind: Kind::Info,
        unit: "",
        help: "Constant 1; what the project is.",
        labels: &[
            "project",
            "project_id",
            "default_branch",
            "visibility",
            "archived",
            "topics",
            "web_url",
        ],
        switch: Switch::Info,
    },
    Family {
        name: "labtower_pipeline_info",
        kind: Kind::Info,
        unit: "",
        help: "Constant 1; what the most recent pipeline of the ref is.",
        labels: &[
            "project",
            "kind",
            "ref",
            "pipeline_id",
            "source",
            "sha",
            "username",
        ],
        switch: Switch::Info,
    },
    Family {
        name: "labtower_runner_info",
        kind: Kind::Info,
        unit: "",
        help: "Constant 1; what the runner is.",
        labels: &[
            "runner_id",
            "description",
            "runner_type",
            "status",
            "paused",
            "tag_list",
        ],
        switch: Switch::Info,
    },
];
