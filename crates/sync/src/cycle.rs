//! What one pass did, for logs, `sync --once` and tests.

use serde::Serialize;

use crate::{ActivityCycle, FailureCycle};

/// What a look for projects found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Discovery {
    /// Projects selected.
    pub projects: usize,
    /// Projects that are no longer there or no longer selected.
    pub missing: usize,
    /// Groups and projects that could not be listed.
    pub problems: usize,
}

/// What one poll did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Cycle {
    /// Projects asked about.
    pub projects: usize,
    /// Projects that could not be read; their window is asked again.
    pub failed: usize,
    /// Pipelines GitLab sent.
    pub pipelines: usize,
    /// Pipelines that were new or different.
    pub changed: u64,
}

impl std::ops::AddAssign for Cycle {
    fn add_assign(&mut self, other: Self) {
        self.projects += other.projects;
        self.failed += other.failed;
        self.pipelines += other.pipelines;
        self.changed += other.changed;
    }
}

/// What one full pass did: discovery, backfill and one poll.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Summary {
    /// The look for projects.
    pub discovery: Discovery,
    /// Pipelines the backfill read.
    pub backfilled: u64,
    /// Projects whose backfill failed.
    pub backfill_failed: usize,
    /// The poll.
    pub poll: Cycle,
    /// Merge requests and commits.
    pub activity: ActivityCycle,
    /// Parts of projects that could not be read: environments, deployments, schedules, runners, test reports.
    pub delivery_failed: usize,
    /// Failed jobs that were explained.
    pub failures: FailureCycle,
    /// Requests sent in all.
    pub requests: u64,
}

impl Summary {
    /// Whether some part failed while the rest went on.
    pub fn is_partial(&self) -> bool {
        let failed =
            self.backfill_failed + self.poll.failed + self.activity.failed + self.delivery_failed;
        self.discovery.problems > 0 || failed > 0
    }
}
