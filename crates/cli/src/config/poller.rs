//! `[poller]`.

use std::time::Duration;

use super::problem::Finding;
use super::section::section;

section! {
    /// How often GitLab is asked, and how far back.
    "poller" => Poller {
        /// Seconds between two polls for changes.
        ///
        /// One poll costs one request per hundred projects while little changes.
        interval_seconds: Duration = Duration::from_secs(30);
        /// Days of history to read into an empty store; 0 reads none.
        ///
        /// The backfill goes on where it stopped when labtower is restarted.
        backfill_days: u32 = 30;
        /// Projects whose history is read at the same time.
        backfill_concurrency: usize = 10;
        /// Seconds that each poll reaches back before the newest change already seen.
        ///
        /// It covers rows that GitLab commits late; what is read twice is stored once.
        overlap_seconds: Duration = Duration::from_secs(60);
        /// Seconds between two listings of the groups, to find new, renamed and removed projects.
        discovery_interval_seconds: Duration = Duration::from_secs(600);
        /// Seconds between two comparisons of what is stored with what GitLab lists; 0 makes none.
        ///
        /// A day of history costs a request per hundred projects while each has few pipelines. At first all days are
        /// compared, then the latest ones each time, and one older day. What is missing is read again.
        completeness_interval_seconds: Duration = Duration::from_secs(3600);
        /// Whether every single test of a pipeline is read, beside the numbers per job.
        ///
        /// It costs a request for each pipeline with tests, and the answers may be large.
        test_cases: bool = false;
        /// Most answers kept in the cache of the statistics endpoints.
        capacity: usize = 10_000;
        /// Seconds an answer of the statistics endpoints may be reused at most.
        ///
        /// An answer is dropped earlier as soon as the data under it changes.
        ttl_seconds: Duration = Duration::from_secs(600);
    }
}

/// Most days of history one can ask for: a century.
const MOST_DAYS: u32 = 36_500;

impl Poller {
    fn findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        if self.interval_seconds.is_zero() {
            findings.push(Finding::error(
                "interval_seconds",
                "polling without a pause would ask GitLab for ever",
                "30 is a good value; fractions such as 0.5 are allowed",
            ));
        }
        if self.discovery_interval_seconds.is_zero() {
            findings.push(Finding::error(
                "discovery_interval_seconds",
                "listing the groups without a pause would ask GitLab for ever",
                "600 is a good value",
            ));
        }
        if self.backfill_concurrency == 0 {
            findings.push(Finding::error(
                "backfill_concurrency",
                "no project's history could ever be read",
                "use at least 1; to read no history set `backfill_days = 0`",
            ));
        }
        if self.backfill_days > MOST_DAYS {
            findings.push(Finding::error(
                "backfill_days",
                format!("`{}` days are more than a century", self.backfill_days),
                "GitLab's own history is shorter",
            ));
        }
        if self.overlap_seconds < Duration::from_secs(10) {
            findings.push(Finding::warning(
                "overlap_seconds",
                "an overlap under 10 seconds can miss rows that GitLab commits late",
                "60 is a good value",
            ));
        }
        findings
    }
}
