//! Pipelines that start by the clock.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{PipelineId, ProjectId, ScheduleId, User};

/// When a project starts a pipeline by itself.
///
/// Source: `GET /projects/:id/pipeline_schedules/:pipeline_schedule_id`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PipelineSchedule {
    /// Instance-wide id.
    pub id: ScheduleId,
    /// Project it belongs to.
    pub project_id: ProjectId,
    /// Its title.
    pub description: Option<String>,
    /// Branch or tag it runs on, without `refs/heads/` or `refs/tags/`.
    #[serde(rename = "ref")]
    pub ref_name: Option<String>,
    /// Times it runs at, in cron's five fields.
    pub cron: Option<String>,
    /// Time zone of `cron`.
    pub cron_timezone: Option<String>,
    /// Whether it runs at all.
    pub active: bool,
    /// When it is due.
    pub next_run_at: Option<Timestamp>,
    /// The pipeline it started last.
    pub last_pipeline_id: Option<PipelineId>,
    /// As whom it runs.
    pub owner: Option<User>,
    /// When it was created.
    pub created_at: Option<Timestamp>,
    /// When it was last changed.
    pub updated_at: Option<Timestamp>,
}
