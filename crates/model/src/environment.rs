//! Where software is deployed to, and each time it was.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{DeploymentId, EnvironmentId, JobId, PipelineId, ProjectId, User};

/// A place software is deployed to.
///
/// Source: `GET /projects/:id/environments`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Environment {
    /// Instance-wide id.
    pub id: EnvironmentId,
    /// Project it belongs to.
    pub project_id: ProjectId,
    /// Name, for example `production` or `review/new-page`.
    pub name: String,
    /// Name as part of a host name.
    pub slug: Option<String>,
    /// `available`, `stopping` or `stopped`, kept as text.
    pub state: Option<String>,
    /// `production`, `staging`, `testing`, `development` or `other`, kept as text.
    pub tier: Option<String>,
    /// Where it is reached.
    pub external_url: Option<String>,
    /// When it was created.
    pub created_at: Option<Timestamp>,
    /// When it last changed.
    pub updated_at: Option<Timestamp>,
}

/// One deployment to an environment.
///
/// Source: `GET /projects/:id/deployments`; what belongs to its job comes from `deployable`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Deployment {
    /// Instance-wide id.
    pub id: DeploymentId,
    /// Number within the project; 0 when unknown.
    pub iid: i64,
    /// Project it belongs to.
    pub project_id: ProjectId,
    /// Where it deployed to.
    pub environment_id: EnvironmentId,
    /// `created`, `running`, `success`, `failed`, `canceled`, `skipped` or `blocked`, kept as text.
    pub status: String,
    /// Branch or tag.
    #[serde(rename = "ref")]
    pub ref_name: Option<String>,
    /// Whether `ref` is a tag; absent without a job.
    pub tag: Option<bool>,
    /// Commit that was deployed, in hexadecimal.
    pub sha: Option<String>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When its status last changed.
    pub updated_at: Timestamp,
    /// When its job finished.
    pub finished_at: Option<Timestamp>,
    /// When its commit was made.
    pub committed_at: Option<Timestamp>,
    /// Running time of its job: seconds; absent while that runs.
    pub duration: Option<f64>,
    /// Its job.
    pub job_id: Option<JobId>,
    /// The pipeline of its job.
    pub pipeline_id: Option<PipelineId>,
    /// Who deployed.
    pub user: Option<User>,
}
