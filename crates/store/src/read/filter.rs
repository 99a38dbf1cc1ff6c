//! What callers ask for.

use jiff::Timestamp;
use labtower_model::PipelineId;

/// Which pipelines are meant; an empty list is no condition, all conditions must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Full paths of projects.
    pub projects: Vec<String>,
    /// Full paths of projects to leave out.
    pub exclude_projects: Vec<String>,
    /// Branches, tags or source branches.
    pub refs: Vec<String>,
    /// Statuses in REST spelling.
    pub statuses: Vec<String>,
    /// What started the pipeline.
    pub sources: Vec<String>,
    /// Earliest `created_at`, inclusive.
    pub from: Option<Timestamp>,
    /// Latest `created_at`, inclusive.
    pub to: Option<Timestamp>,
}

/// Which jobs are meant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobFilter {
    /// Statuses and times are those of the job; refs and sources those of its pipeline.
    pub filter: Filter,
    /// Names in `.gitlab-ci.yml`.
    pub names: Vec<String>,
    /// Stage names.
    pub stages: Vec<String>,
    /// Why the job failed, in REST words.
    pub failure_reasons: Vec<String>,
    /// The pipeline the job belongs to.
    pub pipeline_id: Option<PipelineId>,
}

/// Which part of a list: newest first by `created_at`, then by id.
///
/// Keyset paging: rows that arrive meanwhile never shift a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// At most this many rows.
    pub limit: usize,
    /// `created_at` and id of the last row of the page before; only rows after it are listed.
    pub before: Option<(Timestamp, i64)>,
}

impl Default for Page {
    fn default() -> Self {
        Self {
            limit: 100,
            before: None,
        }
    }
}
