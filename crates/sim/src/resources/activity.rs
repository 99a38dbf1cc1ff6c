//! Merge requests and commits as facts: what GraphQL and the truth say of them, the same as REST.

use super::commits::source_branch;
use super::merge_requests::{merged, state_of, title};
use super::scene::{history, user};
use super::tale::{End, Request, default_commits, global_id, labels_of};
use crate::world::{Moment, Time};

/// A merge request.
#[derive(Debug, Clone)]
pub(crate) struct MergeRequestFacts {
    pub(crate) id: u64,
    pub(crate) iid: u64,
    /// Index of its project.
    pub(crate) project: u32,
    /// `opened`, `closed` or `merged`.
    pub(crate) state: &'static str,
    pub(crate) draft: bool,
    pub(crate) title: String,
    pub(crate) source_branch: String,
    pub(crate) target_branch: &'static str,
    /// Commit names.
    pub(crate) sha: Option<String>,
    pub(crate) merge_commit_sha: Option<String>,
    pub(crate) labels: Vec<&'static str>,
    /// Indexes of users.
    pub(crate) author: Option<u32>,
    pub(crate) merge_user: Option<u32>,
    pub(crate) created: Time,
    pub(crate) updated: Time,
    pub(crate) merged: Option<Time>,
    pub(crate) closed: Option<Time>,
    /// Indexes of its commits, oldest first.
    pub(crate) commits: Vec<u32>,
    /// Comments of people.
    pub(crate) notes: usize,
}

/// Merge requests of the project at this index, oldest first.
pub(crate) fn merge_requests_of(moment: &Moment<'_>, project: u32) -> Vec<MergeRequestFacts> {
    history(moment, project)
        .requests
        .into_iter()
        .map(|request| facts(moment, project, request))
        .collect()
}

/// Indexes of the commits of the default branch, newest first.
pub(crate) fn default_branch(moment: &Moment<'_>, project: u32) -> Vec<u32> {
    let row = &moment.projects[project as usize];
    let pipelines = row
        .pipelines
        .iter()
        .map(|index| &moment.pipelines[*index as usize]);
    default_commits(row, pipelines, moment.at())
}

fn facts(moment: &Moment<'_>, index: u32, request: Request) -> MergeRequestFacts {
    let project = &moment.projects[index as usize];
    let merged = merged(&request);
    MergeRequestFacts {
        id: global_id(u64::from(index), request.index),
        iid: request.index + 1,
        project: index,
        state: state_of(&request),
        draft: request.draft,
        title: title(project, &request),
        source_branch: source_branch(project, request.index),
        target_branch: project.default_branch,
        sha: request.commits.last().map(|commit| project.sha(*commit)),
        merge_commit_sha: merged.map(|(_, _, commit)| project.sha(commit)),
        labels: labels_of(request.dice),
        author: user(request.author),
        merge_user: merged.and_then(|(_, by, _)| user(by)),
        created: request.created,
        updated: request.updated,
        merged: merged.map(|(at, ..)| at),
        closed: match request.end {
            End::Closed { at, .. } => Some(at),
            _ => None,
        },
        notes: request
            .remarks
            .iter()
            .filter(|remark| !remark.system)
            .count(),
        commits: request.commits,
    }
}
