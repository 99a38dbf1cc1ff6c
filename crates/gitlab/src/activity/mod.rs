//! What people do beside pipelines: merge requests of many projects in one request, commits of one.

mod commits;
mod requests;
mod wire;

use jiff::Timestamp;
use labtower_model::{Commit, MergeRequest, ProjectId, ProjectStatistics};

/// What happened in one project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectActivity {
    /// The project.
    pub project_id: ProjectId,
    /// When something last happened. GitLab moves it once an hour at most.
    pub last_activity_at: Option<Timestamp>,
    /// What GitLab counts; absent when the token may not read it.
    pub statistics: Option<ProjectStatistics>,
    /// The first merge requests of the list; none when the project has merge requests switched off.
    pub merge_requests: Vec<MergeRequest>,
    /// Where [`crate::Client::merge_requests_page`] goes on, if there is more.
    pub next: Option<String>,
}

/// One page of a project's merge requests, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergeRequestsPage {
    /// The merge requests.
    pub merge_requests: Vec<MergeRequest>,
    /// Cursor of the next page; stays valid while new ones are created.
    pub next: Option<String>,
}

/// A commit and what it follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedCommit {
    /// The commit.
    pub commit: Commit,
    /// Names of its parents: with them a list can be checked for gaps.
    pub parents: Vec<String>,
}

/// One page of the commits of a default branch, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitsPage {
    /// The commits.
    pub commits: Vec<ListedCommit>,
    /// Whether there is a further page.
    pub more: bool,
}
