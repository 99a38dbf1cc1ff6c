//! Pipelines and the people who start them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Job, PipelineId, PipelineIid, ProjectId, Status, UserId};

/// One run of a project's CI configuration.
///
/// Source: GraphQL `project.pipelines.nodes`; the same facts as `GET /projects/:id/pipelines/:pipeline_id`.
/// Times have whole-second precision, because GraphQL has no more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pipeline {
    /// Instance-wide id.
    pub id: PipelineId,
    /// Number within the project.
    pub iid: PipelineIid,
    /// Project the pipeline belongs to.
    pub project_id: ProjectId,
    /// `workflow:name`, when set.
    pub name: Option<String>,
    /// Branch, tag or source branch of the merge request, without `refs/heads/`.
    #[serde(rename = "ref")]
    pub ref_name: Option<String>,
    /// What kind of thing `ref` is.
    pub ref_kind: RefKind,
    /// Commit the pipeline ran on, in hexadecimal.
    pub sha: Option<String>,
    /// What started it, for example `push`, `schedule`, `merge_request_event`, `parent_pipeline`.
    pub source: Option<String>,
    /// Where it stands.
    pub status: Status,
    /// When it was created.
    pub created_at: Timestamp,
    /// When its status last changed; the clock that change polling reads by.
    pub updated_at: Timestamp,
    /// When its first job started.
    pub started_at: Option<Timestamp>,
    /// When it finished; absent while it runs.
    pub finished_at: Option<Timestamp>,
    /// When its commit was made.
    pub committed_at: Option<Timestamp>,
    /// Running time without gaps: whole seconds, as GitLab reports it.
    pub duration: Option<i64>,
    /// Time it waited for its first runner: seconds.
    pub queued_duration: Option<f64>,
    /// Test coverage: percent.
    pub coverage: Option<f64>,
    /// Why the pipeline itself failed, for example `config_error`; job reasons are on the jobs.
    pub failure_reason: Option<String>,
    /// Who started it; absent for deleted users.
    pub user: Option<User>,
}

/// A pipeline with all of its jobs, bridges and retried jobs included.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PipelineWithJobs {
    /// The pipeline.
    pub pipeline: Pipeline,
    /// Every job GitLab lists for it, in no promised order.
    pub jobs: Vec<Job>,
}

/// A person or bot, as GitLab shows it beside a pipeline.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct User {
    /// Instance-wide id.
    pub id: UserId,
    /// Login name.
    pub username: String,
    /// Display name.
    pub name: Option<String>,
}

/// What a pipeline's ref names.
///
/// Source: the prefix of GraphQL `refPath` (`refs/heads/`, `refs/tags/`); a merge request is told by `ref`
/// (`refs/merge-requests/…`), because its `refPath` names a branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RefKind {
    /// A branch.
    Branch,
    /// A tag.
    Tag,
    /// A merge request: detached, merged result or merge train.
    MergeRequest,
}

impl RefKind {
    /// Reads the kind from a full ref path; a bare name is a branch.
    pub fn of_path(path: &str) -> Self {
        if path.starts_with("refs/tags/") {
            Self::Tag
        } else if path.starts_with("refs/merge-requests/") {
            Self::MergeRequest
        } else {
            Self::Branch
        }
    }

    /// `branch`, `tag` or `merge-request`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Branch => "branch",
            Self::Tag => "tag",
            Self::MergeRequest => "merge-request",
        }
    }
}
