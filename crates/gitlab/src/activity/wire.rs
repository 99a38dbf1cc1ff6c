//! Answers, and their way into the model.

use jiff::Timestamp;
use labtower_model::{
    Commit, MergeRequest, MergeRequestId, MergeRequestIid, ProjectId, ProjectStatistics, User,
    UserId,
};
use serde::Deserialize;

use super::{ListedCommit, ProjectActivity};
use crate::graphql::{Gid, Nodes, PageInfo, seconds};

/// Data of `activity.graphql`.
#[derive(Deserialize)]
pub(super) struct Data {
    pub(super) projects: Option<Nodes<Project>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Project {
    id: Gid,
    last_activity_at: Option<Timestamp>,
    statistics: Option<Statistics>,
    merge_requests: Option<Requests>,
}

/// GitLab has fractions for whole numbers here.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Statistics {
    commit_count: Option<f64>,
    storage_size: Option<f64>,
    repository_size: Option<f64>,
    lfs_objects_size: Option<f64>,
    build_artifacts_size: Option<f64>,
    pipeline_artifacts_size: Option<f64>,
    packages_size: Option<f64>,
    container_registry_size: Option<f64>,
    wiki_size: Option<f64>,
    snippets_size: Option<f64>,
    uploads_size: Option<f64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Requests {
    nodes: Option<Vec<Option<Request>>>,
    page_info: PageInfo,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    id: Gid,
    iid: String,
    state: String,
    draft: Option<bool>,
    title: Option<String>,
    source_branch: Option<String>,
    target_branch: Option<String>,
    diff_head_sha: Option<String>,
    merge_commit_sha: Option<String>,
    created_at: Timestamp,
    updated_at: Timestamp,
    merged_at: Option<Timestamp>,
    closed_at: Option<Timestamp>,
    commit_count: Option<i64>,
    user_notes_count: Option<i64>,
    author: Option<Person>,
    merge_user: Option<Person>,
    labels: Option<Nodes<Label>>,
    commits: Option<Nodes<FirstCommit>>,
}

#[derive(Deserialize)]
struct Person {
    id: Gid,
    username: String,
    name: Option<String>,
}

#[derive(Deserialize)]
struct Label {
    title: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FirstCommit {
    authored_date: Option<Timestamp>,
}

/// A commit as REST shows it.
#[derive(Deserialize)]
pub(super) struct WireCommit {
    id: String,
    title: Option<String>,
    author_name: Option<String>,
    authored_date: Option<Timestamp>,
    committed_date: Option<Timestamp>,
    created_at: Option<Timestamp>,
    parent_ids: Option<Vec<String>>,
}

impl Project {
    pub(super) fn into_activity(self) -> ProjectActivity {
        let project_id = ProjectId(self.id.number);
        let (merge_requests, next) = self.merge_requests.map_or_else(Default::default, |page| {
            let next = page.page_info.next();
            let rows = page.nodes.into_iter().flatten().flatten();
            (
                rows.filter_map(|row| row.into_model(project_id)).collect(),
                next,
            )
        });
        ProjectActivity {
            project_id,
            last_activity_at: self.last_activity_at.map(seconds),
            statistics: self.statistics.map(|found| found.into_model(project_id)),
            merge_requests,
            next,
        }
    }
}

impl Statistics {
    fn into_model(self, project_id: ProjectId) -> ProjectStatistics {
        let whole = |number: Option<f64>| number.map(|number| number.round() as i64);
        ProjectStatistics {
            project_id,
            commit_count: whole(self.commit_count),
            storage_size: whole(self.storage_size),
            repository_size: whole(self.repository_size),
            lfs_objects_size: whole(self.lfs_objects_size),
            job_artifacts_size: whole(self.build_artifacts_size),
            pipeline_artifacts_size: whole(self.pipeline_artifacts_size),
            packages_size: whole(self.packages_size),
            container_registry_size: whole(self.container_registry_size),
            wiki_size: whole(self.wiki_size),
            snippets_size: whole(self.snippets_size),
            uploads_size: whole(self.uploads_size),
        }
    }
}

impl Request {
    /// None if its number is none, which GitLab never sends.
    fn into_model(self, project_id: ProjectId) -> Option<MergeRequest> {
        let mut labels: Vec<String> = self
            .labels
            .into_iter()
            .flat_map(Nodes::into_iter)
            .map(|label| label.title)
            .collect();
        labels.sort_unstable();
        let first = self.commits.and_then(|nodes| nodes.into_iter().next());
        Some(MergeRequest {
            id: MergeRequestId(self.id.number),
            iid: MergeRequestIid(self.iid.parse().ok()?),
            project_id,
            state: self.state,
            draft: self.draft.unwrap_or(false),
            title: self.title,
            source_branch: self.source_branch,
            target_branch: self.target_branch,
            sha: self.diff_head_sha,
            merge_commit_sha: self.merge_commit_sha,
            labels,
            author: self.author.map(Person::into_model),
            merge_user: self.merge_user.map(Person::into_model),
            created_at: seconds(self.created_at),
            updated_at: seconds(self.updated_at),
            merged_at: self.merged_at.map(seconds),
            closed_at: self.closed_at.map(seconds),
            first_commit_at: first.and_then(|commit| commit.authored_date).map(seconds),
            commit_count: self.commit_count,
            user_notes_count: self.user_notes_count,
        })
    }
}

impl Person {
    fn into_model(self) -> User {
        User {
            id: UserId(self.id.number),
            username: self.username,
            name: self.name,
        }
    }
}

impl WireCommit {
    /// None without any date, which Git never writes.
    pub(super) fn into_model(self, project_id: ProjectId) -> Option<ListedCommit> {
        let committed_at = self
            .committed_date
            .or(self.created_at)
            .or(self.authored_date)?;
        let commit = Commit {
            project_id,
            sha: self.id,
            title: self.title,
            author_name: self.author_name,
            authored_at: self.authored_date.map(seconds),
            committed_at: seconds(committed_at),
        };
        Some(ListedCommit {
            commit,
            parents: self.parent_ids.unwrap_or_default(),
        })
    }
}
