//! `[metrics]`.

use labtower_serve::metrics::{Switch, families};
use regex::Regex;

use super::problem::Finding;
use super::section::section;
use super::setting::ProjectPattern;

section! {
    /// What `/metrics` tells, and of what.
    ///
    /// Each switch is a group of families that succeeds or fails as one; [Metrics](metrics.md) lists them.
    "metrics" => Metrics {
        /// Commits, merge requests and projects in all.
        totals: bool = true;
        /// The newest pipeline of each ref, under the names of gitlab-ci-pipelines-exporter.
        pipelines: bool = true;
        /// The newest jobs of each ref, under the same names.
        jobs: bool = true;
        /// Test reports and suites of the newest pipelines, under the same names.
        test_reports: bool = true;
        /// Single test cases of the newest pipelines, under the same names.
        ///
        /// They must be read as well: `poller.test_cases = true`.
        test_cases: bool = false;
        /// Environments and their newest deployment, under the same names.
        environments: bool = true;
        /// Counters and histograms of all pipelines.
        pipeline_totals: bool = true;
        /// Counters and histograms of all jobs.
        job_totals: bool = true;
        /// What runs and waits now.
        queue: bool = true;
        /// Pipeline schedules: next and last run, late, missed.
        schedules: bool = true;
        /// Deployments and the four DORA measures.
        deployments: bool = true;
        /// Merge requests by project, and how long they take.
        merge_requests: bool = true;
        /// Runners.
        runners: bool = true;
        /// Series of constant value 1 that carry the labels that change.
        info: bool = true;
        /// Labtower itself: sync, store, client, the scrape.
        labtower: bool = true;
        /// Names of single families that are left out.
        disabled: Vec<String> = Vec::new(), example "[\"labtower_job_flaky_total\"]";
        /// Projects with series of their own; all when the list is empty.
        ///
        /// Full paths, where `*` stands for one part of a path and `**` for any. Totals over all projects stay whole.
        projects: Vec<ProjectPattern> = Vec::new(), example "[\"platform/**\"]";
        /// Branches with series of their own; a project's default branch always has.
        branches: Regex = expression("^(?:main|master)$");
        /// Tags with series of their own; `^$` for none.
        tags: Regex = expression(".*");
        /// Merge requests with series of their own, by number; `.*` for all.
        merge_request_refs: Regex = expression("^$");
        /// Days after its newest pipeline that a ref loses its series; 0 for never.
        ///
        /// A project's default branch never does.
        ref_max_age_days: u32 = 30;
        /// Most series of one family.
        ///
        /// The least active refs and projects go first, and `labtower_series_dropped` tells how many went.
        max_series: usize = 50_000;
        /// Whether a status family has only the status that is true.
        ///
        /// `false` adds every other status with value 0.
        sparse_status: bool = true;
        /// Whether OpenMetrics tells when each counter began.
        ///
        /// It adds a series `_created` to each of them for scrapers that do not understand it.
        created_timestamps: bool = false;
    }
}

/// A pattern known to be one.
fn expression(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the default is a regular expression")
}

impl Metrics {
    /// The groups of families that are on.
    pub fn switches(&self) -> impl Iterator<Item = Switch> {
        let on = |switch: &Switch| match switch {
            Switch::Totals => self.totals,
            Switch::Pipelines => self.pipelines,
            Switch::Jobs => self.jobs,
            Switch::TestReports => self.test_reports,
            Switch::TestCases => self.test_cases,
            Switch::Environments => self.environments,
            Switch::PipelineTotals => self.pipeline_totals,
            Switch::JobTotals => self.job_totals,
            Switch::Queue => self.queue,
            Switch::Schedules => self.schedules,
            Switch::Deployments => self.deployments,
            Switch::MergeRequests => self.merge_requests,
            Switch::Runners => self.runners,
            Switch::Info => self.info,
            Switch::Labtower => self.labtower,
        };
        Switch::ALL.into_iter().filter(on)
    }

    fn findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        for name in &self.disabled {
            if !families().any(|family| family.name == name) {
                findings.push(Finding::error(
                    "disabled",
                    format!("there is no family `{name}`"),
                    "docs/metrics.md lists them; a histogram is named without `_bucket`",
                ));
            }
        }
        if self.max_series == 0 {
            findings.push(Finding::error(
                "max_series",
                "no family could have a series",
                "50000 is a good value",
            ));
        }
        findings
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Section;

    #[test]
    fn every_switch_is_a_setting_and_test_cases_alone_are_off() {
        let metrics = Metrics::default();
        for switch in Switch::ALL {
            assert!(metrics.show(switch.key()).is_some(), "{}", switch.key());
        }
        let on: Vec<Switch> = metrics.switches().collect();
        assert_eq!(on.len(), Switch::ALL.len() - 1);
        assert!(!on.contains(&Switch::TestCases));
    }

    #[test]
    fn a_family_that_does_not_exist_is_reported() {
        let metrics = Metrics {
            disabled: vec!["labtower_jobs".to_owned(), "labtower_jbos".to_owned()],
            ..Metrics::default()
        };
        let findings = metrics.check();
        assert_eq!(findings.len(), 1);
        assert!(findings[0].message.contains("labtower_jbos"));
    }
}
