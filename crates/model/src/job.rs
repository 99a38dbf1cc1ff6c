//! Jobs.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{JobId, PipelineId, ProjectId, RunnerId, Status};

/// One job of a pipeline: a build on a runner, or a bridge that triggers another pipeline.
///
/// Source: GraphQL `pipeline.jobs.nodes`; the same facts as `GET /projects/:id/jobs`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// Instance-wide id.
    pub id: JobId,
    /// Pipeline the job belongs to.
    pub pipeline_id: PipelineId,
    /// Project the job belongs to.
    pub project_id: ProjectId,
    /// Build, bridge or external status.
    pub kind: JobKind,
    /// Name in `.gitlab-ci.yml`.
    pub name: String,
    /// Stage name.
    pub stage: Option<String>,
    /// Where it stands.
    pub status: Status,
    /// When it was created.
    pub created_at: Timestamp,
    /// When a runner picked it up.
    pub started_at: Option<Timestamp>,
    /// When it finished.
    pub finished_at: Option<Timestamp>,
    /// Running time: whole seconds; absent until it finished.
    pub duration: Option<i64>,
    /// Time it waited for a runner: seconds; absent until it started.
    pub queued_duration: Option<f64>,
    /// Test coverage: percent.
    pub coverage: Option<f64>,
    /// Whether a failure leaves the pipeline green.
    pub allow_failure: bool,
    /// Whether a newer run of the same job replaced it.
    pub retried: bool,
    /// Why it failed, in GitLab's REST words (`script_failure`); unknown messages are kept as text.
    pub failure_reason: Option<String>,
    /// Exit code of the script.
    pub exit_code: Option<i64>,
    /// Runner tags the job asked for, sorted.
    pub tags: Vec<String>,
    /// Runner that took it.
    pub runner_id: Option<RunnerId>,
    /// Pipeline a bridge started.
    pub downstream_pipeline_id: Option<PipelineId>,
}

/// What kind of job it is.
///
/// Source: the type in the GraphQL global id (`Ci::Build`, `Ci::Bridge`, `GenericCommitStatus`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobKind {
    /// Runs a script on a runner.
    Build,
    /// Triggers another pipeline.
    Bridge,
    /// A status posted by an outside system.
    External,
}

impl JobKind {
    /// `build`, `bridge` or `external`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Build => "build",
            Self::Bridge => "bridge",
            Self::External => "external",
        }
    }
}
