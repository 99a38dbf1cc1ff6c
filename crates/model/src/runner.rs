//! What runs jobs.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::RunnerId;

/// A runner, as lists show it.
///
/// Source: `GET /runners/all`, `GET /groups/:id/runners`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Runner {
    /// Instance-wide id.
    pub id: RunnerId,
    /// What its owner calls it.
    pub description: Option<String>,
    /// `instance_type`, `group_type` or `project_type`, kept as text.
    pub runner_type: Option<String>,
    /// `online`, `offline`, `stale` or `never_contacted`, kept as text.
    pub status: Option<String>,
    /// Whether it takes no new jobs.
    pub paused: bool,
    /// When it was registered.
    pub created_at: Option<Timestamp>,
}

/// What only a look at the one runner tells.
///
/// Source: `GET /runners/:id`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunnerDetails {
    /// Instance-wide id.
    pub id: RunnerId,
    /// Tags of jobs it takes, sorted.
    pub tags: Vec<String>,
    /// Version of its program.
    pub version: Option<String>,
    /// When it last asked for a job, to about an hour.
    pub contacted_at: Option<Timestamp>,
}
