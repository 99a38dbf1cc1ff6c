//! GitLab's answers, and their way into the model.
//!
//! Every field but ids, statuses and creation times may be null: GitLab nulls what a token may not read.

use jiff::Timestamp;
use labtower_model::{
    Job, JobId, PipelineId, PipelineIid, PipelineWithJobs, ProjectId, RefKind, RunnerId, Status,
    User, UserId, failure_reason,
};
use serde::Deserialize;

use super::scalars::{Gid, number, seconds};

/// Data of `changed.graphql`.
#[derive(Deserialize)]
pub(crate) struct ListsData {
    pub(crate) projects: Option<Nodes<ProjectLists>>,
}

/// Data of `counts.graphql`.
#[derive(Deserialize)]
pub(crate) struct CountsData {
    pub(crate) projects: Option<Nodes<ProjectCounts>>,
}

/// Data of `jobs_page.graphql`.
#[derive(Deserialize)]
pub(crate) struct JobsData {
    pub(crate) projects: Option<Nodes<ProjectPipeline>>,
}

/// Data of `limit.graphql`.
#[derive(Deserialize)]
pub(crate) struct LimitData {
    #[serde(rename = "queryComplexity")]
    pub(crate) query_complexity: Option<QueryComplexity>,
}

#[derive(Deserialize)]
pub(crate) struct QueryComplexity {
    pub(crate) limit: Option<u32>,
}

/// A connection without paging.
#[derive(Deserialize)]
pub(crate) struct Nodes<T> {
    #[serde(default = "none")]
    nodes: Option<Vec<Option<T>>>,
}

impl<T> Nodes<T> {
    /// What is in it, nulls left out.
    pub(crate) fn into_iter(self) -> impl Iterator<Item = T> {
        self.nodes.into_iter().flatten().flatten()
    }
}

fn none<T>() -> Option<T> {
    None
}

#[derive(Deserialize)]
pub(crate) struct ProjectLists {
    pub(crate) id: Gid,
    pub(crate) pipelines: Option<Pipelines>,
    /// Asked for in `changed.graphql` only.
    #[serde(default)]
    pub(crate) children: Option<Pipelines>,
}

#[derive(Deserialize)]
pub(crate) struct ProjectCounts {
    pub(crate) id: Gid,
    pub(crate) pipelines: Option<Count>,
    pub(crate) children: Option<Count>,
}

#[derive(Deserialize)]
pub(crate) struct Count {
    pub(crate) count: u64,
}

#[derive(Deserialize)]
pub(crate) struct ProjectPipeline {
    pub(crate) pipeline: Option<Pipeline>,
}

/// One page of pipelines.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Pipelines {
    nodes: Option<Vec<Option<Pipeline>>>,
    page_info: PageInfo,
}

impl Pipelines {
    /// The pipelines, and the cursor of the next page.
    pub(crate) fn open(self) -> (Vec<Pipeline>, Option<String>) {
        let next = self.page_info.next();
        (self.nodes.into_iter().flatten().flatten().collect(), next)
    }
}

/// One page of jobs.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Jobs {
    nodes: Option<Vec<Option<WireJob>>>,
    pub(crate) page_info: PageInfo,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PageInfo {
    pub(crate) has_next_page: bool,
    #[serde(default)]
    pub(crate) end_cursor: Option<String>,
}

impl PageInfo {
    /// Cursor of the next page, if there is one.
    pub(crate) fn next(&self) -> Option<String> {
        self.end_cursor.clone().filter(|_| self.has_next_page)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Pipeline {
    id: Gid,
    #[serde(deserialize_with = "number")]
    pub(crate) iid: i64,
    name: Option<String>,
    #[serde(rename = "ref")]
    ref_name: Option<String>,
    ref_path: Option<String>,
    sha: Option<String>,
    source: Option<String>,
    status: String,
    created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
    started_at: Option<Timestamp>,
    finished_at: Option<Timestamp>,
    committed_at: Option<Timestamp>,
    duration: Option<f64>,
    queued_duration: Option<f64>,
    coverage: Option<f64>,
    failure_reason: Option<String>,
    user: Option<WireUser>,
    pub(crate) jobs: Option<Jobs>,
}

#[derive(Deserialize)]
struct WireUser {
    id: Gid,
    username: String,
    name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireJob {
    id: Option<Gid>,
    name: Option<String>,
    status: Option<String>,
    stage: Option<Stage>,
    tags: Option<Vec<String>>,
    created_at: Timestamp,
    started_at: Option<Timestamp>,
    finished_at: Option<Timestamp>,
    duration: Option<f64>,
    queued_duration: Option<f64>,
    coverage: Option<f64>,
    allow_failure: bool,
    retried: Option<bool>,
    exit_code: Option<i64>,
    failure_message: Option<String>,
    runner: Option<Ref>,
    downstream_pipeline: Option<Ref>,
}

#[derive(Deserialize)]
struct Stage {
    name: Option<String>,
}

/// Something of which only the id is asked.
#[derive(Deserialize)]
struct Ref {
    id: Gid,
}

impl Pipeline {
    /// Whether there are jobs beyond this page.
    pub(crate) fn has_more_jobs(&self) -> bool {
        self.jobs
            .as_ref()
            .is_some_and(|jobs| jobs.page_info.has_next_page)
    }

    /// The model's pipeline, with the jobs on this page.
    pub(crate) fn into_model(self, project_id: ProjectId) -> PipelineWithJobs {
        let id = PipelineId(self.id.number);
        let status = Status::parse(&self.status);
        let jobs = self
            .jobs
            .map(|jobs| jobs.into_model(project_id, id))
            .unwrap_or_default();
        let ref_kind = ref_kind(
            self.ref_name.as_deref().unwrap_or_default(),
            self.ref_path.as_deref().unwrap_or_default(),
        );
        let pipeline = labtower_model::Pipeline {
            id,
            iid: PipelineIid(self.iid),
            project_id,
            name: self.name,
            ref_name: self.ref_name.map(bare_ref),
            ref_kind,
            sha: self.sha,
            source: self.source,
            status,
            created_at: seconds(self.created_at),
            updated_at: seconds(self.updated_at),
            started_at: self.started_at.map(seconds),
            finished_at: self.finished_at.map(seconds),
            committed_at: self.committed_at.map(seconds),
            duration: self.duration.map(|duration| duration.round() as i64),
            queued_duration: self.queued_duration,
            coverage: self.coverage,
            failure_reason: self.failure_reason.filter(|reason| !reason.is_empty()),
            user: self.user.map(|user| User {
                id: UserId(user.id.number),
                username: user.username,
                name: user.name,
            }),
        };
        PipelineWithJobs { pipeline, jobs }
    }
}

impl Jobs {
    /// The model's jobs. A job whose id the token may not read cannot be told apart from others and is left out.
    pub(crate) fn into_model(self, project_id: ProjectId, pipeline_id: PipelineId) -> Vec<Job> {
        self.nodes
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|job| job.into_model(project_id, pipeline_id))
            .collect()
    }
}

impl WireJob {
    fn into_model(self, project_id: ProjectId, pipeline_id: PipelineId) -> Option<Job> {
        let id = self.id?;
        let status = Status::parse(self.status.as_deref().unwrap_or("unknown"));
        let failure_reason =
            (status == Status::Failed).then(|| failure_reason(self.failure_message.as_deref()));
        let mut tags = self.tags.unwrap_or_default();
        tags.sort_unstable();
        Some(Job {
            id: JobId(id.number),
            pipeline_id,
            project_id,
            kind: id.kind,
            name: self.name.unwrap_or_default(),
            stage: self.stage.and_then(|stage| stage.name),
            status,
            created_at: seconds(self.created_at),
            started_at: self.started_at.map(seconds),
            finished_at: self.finished_at.map(seconds),
            // GitLab counts on while a job runs or waits: every look would be a new version of the row.
            duration: self
                .finished_at
                .and(self.duration)
                .map(|duration| duration.round() as i64),
            queued_duration: self.started_at.and(self.queued_duration),
            coverage: self.coverage,
            allow_failure: self.allow_failure,
            retried: self.retried.unwrap_or(false),
            failure_reason,
            exit_code: self.exit_code,
            tags,
            runner_id: self.runner.map(|runner| RunnerId(runner.id.number)),
            downstream_pipeline_id: self
                .downstream_pipeline
                .map(|pipeline| PipelineId(pipeline.id.number)),
        })
    }
}

/// What a ref names. `refPath` tells tags from branches, but for a merge request it names the
/// source branch; only `ref` itself shows `refs/merge-requests/`.
fn ref_kind(name: &str, path: &str) -> RefKind {
    match RefKind::of_path(name) {
        RefKind::Branch => RefKind::of_path(path),
        kind => kind,
    }
}

/// A ref without the prefix that says it is a branch or tag.
pub(crate) fn bare_ref(name: String) -> String {
    ["refs/heads/", "refs/tags/"]
        .into_iter()
        .find_map(|prefix| name.strip_prefix(prefix).map(str::to_owned))
        .unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merge_request_is_told_by_its_ref_and_tag_by_its_path() {
        let kind = |name, path| ref_kind(name, path).as_str();
        assert_eq!(
            kind("refs/merge-requests/5/head", "refs/heads/fix"),
            "merge-request"
        );
        assert_eq!(kind("v1.0", "refs/tags/v1.0"), "tag");
        assert_eq!(kind("main", "refs/heads/main"), "branch");
        assert_eq!(kind("main", ""), "branch");
    }
}
