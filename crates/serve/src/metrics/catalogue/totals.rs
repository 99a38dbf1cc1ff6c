//! Totals over everything.

use super::super::family::{Family, Kind, Switch};

/// Commits, merge requests and projects in all.
pub(super) const TOTALS: &[Family] = &[
    Family {
        name: "gitlab_commits_total",
        kind: Kind::Counter,
        unit: "",
        help: "Commits on the default branch, by GitLab's own statistics.",
        labels: &["project_id"],
        switch: Switch::Totals,
    },
    Family {
        name: "gitlab_merge_requests_total",
        kind: Kind::Counter,
        unit: "",
        help: "Merge requests of all projects, in any state.",
        labels: &[],
        switch: Switch::Totals,
    },
    Family {
        name: "gitlab_merge_requests_by_state",
        kind: Kind::Gauge,
        unit: "",
        help: "Merge requests of all projects, by state.",
        labels: &["state"],
        switch: Switch::Totals,
    },
    Family {
        name: "gitlab_project_count",
        kind: Kind::Unknown,
        unit: "",
        help: "Projects watched.",
        labels: &[],
        switch: Switch::Totals,
    },
    Family {
        name: "gitlab_projects_by_visibility",
        kind: Kind::Gauge,
        unit: "",
        help: "Projects watched, by visibility.",
        labels: &["visibility"],
        switch: Switch::Totals,
    },
];
