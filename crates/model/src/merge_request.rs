//! Merge requests.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{MergeRequestId, MergeRequestIid, ProjectId, User};

/// A proposal to merge one branch into another.
///
/// Source: GraphQL `project.mergeRequests.nodes`; the same facts as `GET /projects/:id/merge_requests`.
/// Times have whole-second precision, because GraphQL has no more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MergeRequest {
    /// Instance-wide id.
    pub id: MergeRequestId,
    /// Number within the project.
    pub iid: MergeRequestIid,
    /// Project it would be merged into.
    pub project_id: ProjectId,
    /// `opened`, `closed`, `merged` or `locked`, kept as text.
    pub state: String,
    /// Whether it is marked as not ready.
    pub draft: bool,
    /// Title, with its `Draft:`.
    pub title: Option<String>,
    /// Branch it comes from.
    pub source_branch: Option<String>,
    /// Branch it goes to.
    pub target_branch: Option<String>,
    /// Newest commit of the source branch, in hexadecimal.
    pub sha: Option<String>,
    /// Commit that merged it, in hexadecimal.
    pub merge_commit_sha: Option<String>,
    /// Titles of its labels, sorted.
    pub labels: Vec<String>,
    /// Who created it; absent for deleted users.
    pub author: Option<User>,
    /// Who merged it.
    pub merge_user: Option<User>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed; the clock that change polling reads by.
    pub updated_at: Timestamp,
    /// When it was merged.
    pub merged_at: Option<Timestamp>,
    /// When it was closed without merging.
    pub closed_at: Option<Timestamp>,
    /// When the first of its commits was written (author's date).
    pub first_commit_at: Option<Timestamp>,
    /// Commits it has.
    pub commit_count: Option<i64>,
    /// Comments of people.
    pub user_notes_count: Option<i64>,
}
