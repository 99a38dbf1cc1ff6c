//! What `/metrics` tells, and how much of it.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use labtower_model::RefKind;

use super::family::Switch;

/// Settings of `/metrics`.
#[derive(Clone)]
pub struct MetricsOptions {
    /// Groups of families that are told.
    pub switches: BTreeSet<Switch>,
    /// Single families that are not told.
    pub disabled: Vec<String>,
    /// Most series of one family.
    pub max_series: usize,
    /// Whether a status family has the one status that is true; otherwise every status, with 0 for the others.
    pub sparse_status: bool,
    /// How long after its newest pipeline a ref is told; `None` for ever. Default branches are told for ever.
    pub ref_max_age: Option<Duration>,
    /// Whether a project (by full path) has series of its own.
    pub project_allowed: ProjectAllowed,
    /// Whether a ref has series of its own; default branches always have.
    pub ref_allowed: RefAllowed,
    /// Whether OpenMetrics says when each counter began.
    pub created: bool,
}

/// Whether a project, by its full path, has series of its own.
pub type ProjectAllowed = Arc<dyn Fn(&str) -> bool + Send + Sync>;

/// Whether a ref has series of its own.
pub type RefAllowed = Arc<dyn Fn(RefKind, &str) -> bool + Send + Sync>;

impl Default for MetricsOptions {
    fn default() -> Self {
        Self {
            switches: Switch::ALL
                .into_iter()
                .filter(|switch| *switch != Switch::TestCases)
                .collect(),
            disabled: Vec::new(),
            max_series: 50_000,
            sparse_status: true,
            ref_max_age: Some(Duration::from_secs(30 * 86_400)),
            project_allowed: Arc::new(|_| true),
            ref_allowed: Arc::new(|kind, name| match kind {
                RefKind::Branch => name == "main" || name == "master",
                RefKind::Tag => true,
                RefKind::MergeRequest => false,
            }),
            created: false,
        }
    }
}

impl fmt::Debug for MetricsOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MetricsOptions")
            .field("switches", &self.switches)
            .field("disabled", &self.disabled)
            .field("max_series", &self.max_series)
            .field("sparse_status", &self.sparse_status)
            .field("ref_max_age", &self.ref_max_age)
            .field("created", &self.created)
            .finish_non_exhaustive()
    }
}
