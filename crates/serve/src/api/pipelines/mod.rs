//! Pipelines as the API writes them.

use labtower_store::PipelineRow;
use serde::Serialize;
use utoipa::ToSchema;

use crate::time::Time;

pub(crate) mod get;
pub(crate) mod list;

/// One run of a project's CI configuration.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Pipeline {
    /// Instance-wide id.
    id: i64,
    /// Project it belongs to.
    project_id: i64,
    /// Short name of the project.
    #[schema(example = "builder")]
    project_name: String,
    /// Full path of the project; what `project_name` is matched against in queries.
    #[schema(example = "platform/tools/builder")]
    project_full_path: String,
    /// Branch, tag or source branch; empty when GitLab names none.
    #[schema(example = "main")]
    ref_name: String,
    /// Commit in hexadecimal; empty when GitLab names none.
    sha: String,
    /// Who started it; empty when unknown.
    user_name: String,
    /// GitLab's status in lower case.
    #[schema(example = "success")]
    status: String,
    /// When it was created.
    created_at: Time,
    /// When it finished; null while it runs.
    finished_at: Option<Time>,
    /// Running time as GitLab reports it: whole seconds.
    duration: Option<i64>,
    /// Its page in GitLab.
    web_url: Option<String>,
    /// Number within the project.
    iid: i64,
    /// `workflow:name`, when set.
    name: Option<String>,
    /// What started it, for example `push` or `schedule`.
    source: Option<String>,
    /// What `ref_name` names: `branch`, `tag` or `merge-request`.
    ref_kind: String,
    /// When its status last changed.
    updated_at: Time,
    /// When its first job started.
    started_at: Option<Time>,
    /// When its commit was made.
    committed_at: Option<Time>,
    /// Time it waited for its first runner: seconds.
    queued_duration: Option<f64>,
    /// Test coverage: percent.
    coverage: Option<f64>,
    /// Why the pipeline itself failed; reasons of jobs are on the jobs.
    failure_reason: Option<String>,
}

impl From<PipelineRow> for Pipeline {
    fn from(row: PipelineRow) -> Self {
        Self {
            id: row.id.get(),
            project_id: row.project_id.get(),
            project_name: row.project_name,
            project_full_path: row.project_full_path,
            ref_name: row.ref_name.unwrap_or_default(),
            sha: row.sha.unwrap_or_default(),
            user_name: row.user_name.unwrap_or_default(),
            status: row.status,
            created_at: row.created_at.into(),
            finished_at: row.finished_at.map(Time),
            duration: row.duration,
            web_url: row.web_url,
            iid: row.iid.get(),
            name: row.name,
            source: row.source,
            ref_kind: row.ref_kind,
            updated_at: row.updated_at.into(),
            started_at: row.started_at.map(Time),
            committed_at: row.committed_at.map(Time),
            queued_duration: row.queued_duration,
            coverage: row.coverage,
            failure_reason: row.failure_reason,
        }
    }
}
