//! What the process decides about serving.

use std::fmt;
use std::time::Duration;

use jiff::civil::Time;
use jiff::tz::TimeZone;

use tokio_util::sync::CancellationToken;

use crate::auth::AuthOptions;
use crate::issue_writer::IssueWriter;
use crate::metrics::{InstanceMetrics, MetricsOptions};
use crate::webhooks::WebhookOptions;

/// What pages of failures depend on.
#[derive(Debug, Clone)]
pub struct FailureOptions {
    /// Whose clock tells nights apart.
    pub time_zone: TimeZone,
    /// When a night begins. One that begins at noon or later bears the date on which it ends.
    pub day_starts_at: Time,
    /// Saved views of the page.
    pub views: Vec<SavedView>,
    /// Labels that a new issue proposes, without `~`.
    pub issue_labels: Vec<String>,
}

/// A view of a page under a name.
#[derive(Debug, Clone)]
pub struct SavedView {
    /// What people call it.
    pub name: String,
    /// Query of the page's address.
    pub query: String,
}

impl Default for FailureOptions {
    fn default() -> Self {
        Self {
            time_zone: TimeZone::UTC,
            day_starts_at: Time::midnight(),
            views: Vec::new(),
            issue_labels: Vec::new(),
        }
    }
}

/// Settings of the HTTP server; `Default` suits one GitLab and a few dashboards.
#[derive(Clone)]
pub struct ServeOptions {
    /// Name shown on the page.
    pub title: String,
    /// Whether data is served while the first backfill runs; otherwise 503 until it is complete.
    pub serve_during_backfill: bool,
    /// How long an answer may be kept, as long as the data stands still.
    pub cache_ttl: Duration,
    /// How many answers are kept.
    pub cache_entries: usize,
    /// How often GitLab is polled: what the page calls late is measured against it.
    pub poll_interval: Duration,
    /// How many questions the store answers at once.
    pub read_concurrency: usize,
    /// How long one answer may take, waiting included.
    pub read_timeout: Duration,
    /// What pages of failures depend on.
    pub failures: FailureOptions,
    /// Who may write, and who may read.
    pub auth: AuthOptions,
    /// What asks GitLab for issues that people create; without it pages lead to GitLab's own form.
    pub issue_writer: Option<IssueWriter>,
    /// What `/metrics` tells.
    pub metrics: MetricsOptions,
    /// How webhooks prove where they come from.
    pub webhooks: WebhookOptions,
    /// Adds the process's own series to `/metrics`.
    pub instance_metrics: Option<InstanceMetrics>,
    /// Cancelled when the server is to end, so that answers without an end have one.
    pub closing: CancellationToken,
}

impl Default for ServeOptions {
    fn default() -> Self {
        Self {
            title: "Labtower".to_owned(),
            serve_during_backfill: false,
            cache_ttl: Duration::from_secs(600),
            cache_entries: 10_000,
            poll_interval: Duration::from_secs(30),
            read_concurrency: 4,
            read_timeout: Duration::from_secs(30),
            failures: FailureOptions::default(),
            auth: AuthOptions::default(),
            issue_writer: None,
            metrics: MetricsOptions::default(),
            webhooks: WebhookOptions::default(),
            instance_metrics: None,
            closing: CancellationToken::new(),
        }
    }
}

impl fmt::Debug for ServeOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServeOptions")
            .field("title", &self.title)
            .field("serve_during_backfill", &self.serve_during_backfill)
            .field("cache_ttl", &self.cache_ttl)
            .field("cache_entries", &self.cache_entries)
            .field("poll_interval", &self.poll_interval)
            .field("read_concurrency", &self.read_concurrency)
            .field("read_timeout", &self.read_timeout)
            .field("auth", &self.auth)
            .field("metrics", &self.metrics)
            .finish_non_exhaustive()
    }
}
