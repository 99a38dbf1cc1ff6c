//! Progress of the process that reads GitLab.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Progress of the process that reads GitLab; the store keeps the last one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunStatus {
    /// What it is doing.
    pub phase: Phase,
    /// When the process started.
    pub started_at: Timestamp,
    /// When this was written.
    pub updated_at: Timestamp,
    /// Requests sent since the start.
    pub requests: u64,
    /// Requests GitLab still grants in its window, when it says so.
    pub requests_remaining: Option<u64>,
    /// Requests GitLab grants per window, when it says so.
    pub requests_limit: Option<u64>,
    /// Pipelines the backfill has written.
    pub backfill_pipelines: u64,
    /// Pipelines the backfill expects.
    pub backfill_total: u64,
    /// Time the backfill still needs: seconds.
    pub eta_seconds: Option<u64>,
    /// Poll cycles completed.
    pub cycles: u64,
    /// When the last one ended.
    pub last_cycle_at: Option<Timestamp>,
    /// How long it took: seconds.
    pub last_cycle_seconds: Option<f64>,
    /// Version GitLab reports.
    pub gitlab_version: Option<String>,
    /// Projects whose webhooks are believed to tell everything.
    #[serde(default)]
    pub hooked_projects: u64,
}

/// What the process that reads GitLab is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Checking GitLab and its token.
    Starting,
    /// Listing groups and projects.
    Discovering,
    /// Reading history.
    Backfilling,
    /// Polling changes.
    Live,
    /// Shut down.
    Stopped,
}
