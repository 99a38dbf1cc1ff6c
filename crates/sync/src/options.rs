//! What a user may choose about syncing.

use std::time::Duration;

use regex::Regex;

use crate::{FailureOptions, Patterns};

/// Which projects are read, how often and how far back.
#[derive(Debug, Clone)]
pub struct SyncOptions {
    /// Full paths of groups.
    pub groups: Vec<String>,
    /// Full paths or ids of single projects.
    pub projects: Vec<String>,
    /// Only projects whose full path matches one of these; none means all.
    pub include: Patterns,
    /// No projects whose full path matches one of these.
    pub exclude: Patterns,
    /// Only pipelines whose ref matches; none means all.
    pub branch_filter: Option<Regex>,
    /// Whether groups bring their subgroups' projects.
    pub recursive: bool,
    /// Whether groups bring projects shared with them.
    pub shared: bool,
    /// Whether archived projects are read.
    pub archived: bool,
    /// Time between two polls.
    pub interval: Duration,
    /// Time between two polls of a project whose webhooks tell everything.
    pub reconcile_interval: Duration,
    /// How far every poll reaches back behind its watermark, for rows GitLab commits late.
    pub overlap: Duration,
    /// Days of history read for a project seen for the first time.
    pub backfill_days: u32,
    /// Projects backfilled at once.
    pub backfill_concurrency: usize,
    /// Time between two looks for new projects.
    pub discovery_interval: Duration,
    /// Time between two comparisons of what is stored with what GitLab lists; none makes none.
    pub completeness_interval: Option<Duration>,
    /// Finished pipelines older than this are removed; none keeps all.
    pub retention_days: Option<u32>,
    /// Whether every single test is read, beside numbers per suite: a request for each pipeline with tests.
    pub test_cases: bool,
    /// What is done about failed jobs.
    pub failures: FailureOptions,
    /// Whether the first backfill leaves the rollups to one rebuild at its end, which is several times cheaper.
    /// Figures are wrong until then, so only where nobody reads them before.
    pub defer_rollups: bool,
}

impl Default for SyncOptions {
    fn default() -> Self {
        Self {
            groups: Vec::new(),
            projects: Vec::new(),
            include: Patterns::default(),
            exclude: Patterns::default(),
            branch_filter: None,
            recursive: true,
            shared: true,
            archived: false,
            interval: Duration::from_secs(30),
            reconcile_interval: Duration::from_secs(600),
            overlap: Duration::from_secs(60),
            backfill_days: 30,
            backfill_concurrency: 10,
            discovery_interval: Duration::from_secs(600),
            completeness_interval: Some(Duration::from_secs(3600)),
            retention_days: None,
            test_cases: false,
            failures: FailureOptions::default(),
            defer_rollups: true,
        }
    }
}

impl SyncOptions {
    /// Whether no group or project is named: what webhooks tell of is all there is.
    pub fn is_webhook_only(&self) -> bool {
        self.groups.is_empty() && self.projects.is_empty()
    }
}
