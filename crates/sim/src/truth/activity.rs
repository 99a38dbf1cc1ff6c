//! Merge requests and commits.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::TrueUser;
use crate::resources::{MergeRequestFacts, default_branch};
use crate::rest::jobs::commit_title;
use crate::world::{Moment, Time};

/// A merge request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each name is GitLab's own")]
pub struct TrueMergeRequest {
    pub id: u64,
    pub iid: u64,
    pub project_id: u64,
    /// `opened`, `closed` or `merged`.
    pub state: String,
    pub draft: bool,
    pub title: String,
    pub source_branch: String,
    pub target_branch: String,
    pub sha: Option<String>,
    pub merge_commit_sha: Option<String>,
    /// Sorted.
    pub labels: Vec<String>,
    pub author: Option<TrueUser>,
    pub merge_user: Option<TrueUser>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub merged_at: Option<Timestamp>,
    pub closed_at: Option<Timestamp>,
    /// Author's date of its first commit.
    pub first_commit_at: Option<Timestamp>,
    pub commit_count: u64,
    pub user_notes_count: u64,
}

/// A commit of a default branch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each name is GitLab's own")]
pub struct TrueCommit {
    pub project_id: u64,
    pub sha: String,
    pub title: String,
    pub author_name: String,
    pub authored_at: Timestamp,
    pub committed_at: Timestamp,
}

fn person(moment: &Moment<'_>, user: Option<u32>) -> Option<TrueUser> {
    let user = moment.users.get(user? as usize)?;
    Some(TrueUser {
        id: user.id,
        username: user.username.clone(),
        name: Some(user.name.clone()),
    })
}

/// A merge request, from its facts.
pub(super) fn merge_request(moment: &Moment<'_>, facts: MergeRequestFacts) -> TrueMergeRequest {
    let project = &moment.projects[facts.project as usize];
    let mut labels: Vec<String> = facts
        .labels
        .iter()
        .map(|label| (*label).to_owned())
        .collect();
    labels.sort_unstable();
    TrueMergeRequest {
        id: facts.id,
        iid: facts.iid,
        project_id: project.id,
        state: facts.state.to_owned(),
        draft: facts.draft,
        title: facts.title,
        source_branch: facts.source_branch,
        target_branch: facts.target_branch.to_owned(),
        sha: facts.sha,
        merge_commit_sha: facts.merge_commit_sha,
        labels,
        author: person(moment, facts.author),
        merge_user: person(moment, facts.merge_user),
        created_at: facts.created.whole(),
        updated_at: facts.updated.whole(),
        merged_at: facts.merged.map(Time::whole),
        closed_at: facts.closed.map(Time::whole),
        first_commit_at: facts
            .commits
            .first()
            .map(|commit| project.commits[*commit as usize].at.whole()),
        commit_count: facts.commits.len() as u64,
        user_notes_count: facts.notes as u64,
    }
}

/// Commits of the default branch of the project at this index, newest first.
pub(super) fn commits(moment: &Moment<'_>, index: u32) -> Vec<TrueCommit> {
    let project = &moment.projects[index as usize];
    default_branch(moment, index)
        .into_iter()
        .map(|commit| {
            let row = &project.commits[commit as usize];
            TrueCommit {
                project_id: project.id,
                sha: project.sha(commit),
                title: commit_title(project.seed, commit),
                author_name: moment.users[row.author as usize].name.clone(),
                authored_at: row.at.whole(),
                committed_at: row.at.whole(),
            }
        })
        .collect()
}
