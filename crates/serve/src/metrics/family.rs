//! What a metric family is.

use super::catalogue::FAMILIES;

/// One metric family, described once: the scrape, the reference, the rules and the dashboards all read this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Family {
    /// Name as it stands in the Prometheus text; counters end in `_total`, except those whose name others chose.
    pub name: &'static str,
    /// What kind of number it is.
    pub kind: Kind,
    /// Base unit, such as `seconds`; empty for plain numbers.
    pub unit: &'static str,
    /// One sentence for people: the HELP line and the reference.
    pub help: &'static str,
    /// Names of its labels, in the order they are written; `le` not counted.
    pub labels: &'static [&'static str],
    /// The setting that turns it off, together with its collector.
    pub switch: Switch,
}

/// What kind of number a family is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Goes up and down.
    Gauge,
    /// Only grows, across restarts and retention too, unless the help says "since the process started".
    Counter,
    /// Counts in cumulative classic buckets, with sum and count; only grows.
    Histogram,
    /// Constant 1 with labels that tell more.
    Info,
    /// A number under a name that other programs chose and that breaks the naming rules of its real type.
    Unknown,
}

impl Kind {
    /// The type in Prometheus text 0.0.4.
    pub fn prometheus(self) -> &'static str {
        match self {
            Self::Gauge | Self::Info => "gauge",
            Self::Counter => "counter",
            Self::Histogram => "histogram",
            Self::Unknown => "untyped",
        }
    }

    /// The type in OpenMetrics 1.0.
    pub fn openmetrics(self) -> &'static str {
        match self {
            Self::Gauge => "gauge",
            Self::Info => "info",
            Self::Counter => "counter",
            Self::Histogram => "histogram",
            Self::Unknown => "unknown",
        }
    }
}

/// Every family, in the order of the scrape.
pub fn families() -> impl Iterator<Item = &'static Family> {
    FAMILIES.iter().copied().flatten()
}

impl Family {
    /// Its name in OpenMetrics, where the suffix belongs to the sample and not to the family.
    pub fn openmetrics_name(&self) -> &'static str {
        let suffix = match self.kind {
            Kind::Counter => "_total",
            Kind::Info => "_info",
            Kind::Gauge | Kind::Histogram | Kind::Unknown => "",
        };
        self.name.strip_suffix(suffix).unwrap_or(self.name)
    }

    /// Its unit, if the name ends with it: OpenMetrics allows no other.
    pub fn openmetrics_unit(&self) -> Option<&'static str> {
        let stem = self.openmetrics_name().strip_suffix(self.unit)?;
        (!self.unit.is_empty() && stem.ends_with('_')).then_some(self.unit)
    }
}

/// A key of the `[metrics]` section; a switch is one collector, which succeeds or fails as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Switch {
    /// Commits, merge requests and projects in all.
    Totals,
    /// The newest pipeline of each ref, under the names of gitlab-ci-pipelines-exporter.
    Pipelines,
    /// The newest jobs of each ref, under the same names.
    Jobs,
    /// Test reports and suites of the newest pipelines, under the same names.
    TestReports,
    /// Single test cases of the newest pipelines, under the same names.
    TestCases,
    /// Environments and their newest deployment, under the same names.
    Environments,
    /// Counters and histograms of all pipelines.
    PipelineTotals,
    /// Counters and histograms of all jobs.
    JobTotals,
    /// What runs and waits now.
    Queue,
    /// Pipeline schedules.
    Schedules,
    /// Deployments and the four DORA measures.
    Deployments,
    /// Merge requests by project, and how long they take.
    MergeRequests,
    /// Runners.
    Runners,
    /// Series of constant value 1 that carry the labels that change.
    Info,
    /// Labtower itself: sync, store, client, this scrape.
    Labtower,
}

impl Switch {
    /// Every switch, in the order of the scrape.
    pub const ALL: [Self; 15] = [
        Self::Totals,
        Self::Pipelines,
        Self::Jobs,
        Self::TestReports,
        Self::TestCases,
        Self::Environments,
        Self::PipelineTotals,
        Self::JobTotals,
        Self::Queue,
        Self::Schedules,
        Self::Deployments,
        Self::MergeRequests,
        Self::Runners,
        Self::Info,
        Self::Labtower,
    ];

    /// The key in `[metrics]`, and the value of the label `collector`.
    pub fn key(self) -> &'static str {
        match self {
            Self::Totals => "totals",
            Self::Pipelines => "pipelines",
            Self::Jobs => "jobs",
            Self::TestReports => "test_reports",
            Self::TestCases => "test_cases",
            Self::Environments => "environments",
            Self::PipelineTotals => "pipeline_totals",
            Self::JobTotals => "job_totals",
            Self::Queue => "queue",
            Self::Schedules => "schedules",
            Self::Deployments => "deployments",
            Self::MergeRequests => "merge_requests",
            Self::Runners => "runners",
            Self::Info => "info",
            Self::Labtower => "labtower",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_follow_the_rules_and_occur_once() {
        let mut names = HashSet::new();
        for family in families() {
            let name = family.name;
            assert!(names.insert(family.openmetrics_name()), "{name} twice");
            let suffixed = |suffix: &str| name.ends_with(suffix);
            assert_eq!(suffixed("_total"), family.kind == Kind::Counter, "{name}");
            assert_eq!(suffixed("_info"), family.kind == Kind::Info, "{name}");
            assert_eq!(suffixed("_count"), family.kind == Kind::Unknown, "{name}");
            assert!(family.help.ends_with('.'), "{name}");
            let labels: HashSet<_> = family.labels.iter().collect();
            assert_eq!(labels.len(), family.labels.len(), "{name}");
        }
    }

    #[test]
    fn families_stand_with_their_switch() {
        let switches: Vec<Switch> = FAMILIES.iter().map(|group| group[0].switch).collect();
        assert_eq!(switches, Switch::ALL);
        for group in FAMILIES {
            assert!(group.iter().all(|family| family.switch == group[0].switch));
        }
    }

    #[test]
    fn suffix_and_unit_are_told_apart_for_openmetrics() {
        let find = |name: &str| families().find(|family| family.name == name).unwrap();
        let counter = find("labtower_api_received_bytes_total");
        assert_eq!(counter.openmetrics_name(), "labtower_api_received_bytes");
        assert_eq!(counter.openmetrics_unit(), Some("bytes"));
        let unsuffixed = find("gitlab_ci_pipeline_timestamp");
        assert_eq!(unsuffixed.openmetrics_unit(), None);
    }
}
