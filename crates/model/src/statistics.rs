//! What GitLab counts about a project.

use serde::{Deserialize, Serialize};

use crate::ProjectId;

/// Size of a project: commits and bytes. All of it is GitLab's own count, which may lag a push by some minutes.
///
/// Source: GraphQL `project.statistics`; the same as `GET /projects/:id?statistics=true`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectStatistics {
    /// The project.
    pub project_id: ProjectId,
    /// Commits of the default branch.
    pub commit_count: Option<i64>,
    /// All sizes together: bytes.
    pub storage_size: Option<i64>,
    /// Git repository: bytes.
    pub repository_size: Option<i64>,
    /// Files kept by Git LFS: bytes.
    pub lfs_objects_size: Option<i64>,
    /// Artifacts of jobs: bytes.
    pub job_artifacts_size: Option<i64>,
    /// Artifacts of pipelines: bytes.
    pub pipeline_artifacts_size: Option<i64>,
    /// Package registry: bytes.
    pub packages_size: Option<i64>,
    /// Container registry: bytes.
    pub container_registry_size: Option<i64>,
    /// Wiki: bytes.
    pub wiki_size: Option<i64>,
    /// Snippets: bytes.
    pub snippets_size: Option<i64>,
    /// Uploads: bytes.
    pub uploads_size: Option<i64>,
}
