//! The ground truth: what a perfect reader of this GitLab knows.

mod activity;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::app::Simulation;
use crate::resources::merge_requests_of;
use crate::world::{FIRST_PIPELINE, JobFacts, JobKind, Moment, PipelineFacts, Project, Target};

pub use activity::{TrueCommit, TrueMergeRequest};

/// Everything a reader can know about projects, pipelines, jobs, merge requests and commits, as of now.
///
/// Times have whole seconds, as GraphQL's. Running times of jobs that have not finished, and waiting
/// times of jobs that have not started, are absent: those grow with every look.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Truth {
    /// GitLab's clock.
    pub at: Timestamp,
    /// By ascending id; hidden projects are left out.
    pub projects: Vec<TrueProject>,
    /// By ascending id.
    pub pipelines: Vec<TruePipeline>,
    /// By ascending id.
    pub merge_requests: Vec<TrueMergeRequest>,
    /// Of default branches; by project, then newest first.
    pub commits: Vec<TrueCommit>,
}

/// A project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each name is GitLab's own")]
pub struct TrueProject {
    pub id: u64,
    pub path_with_namespace: String,
    pub name: String,
    pub default_branch: Option<String>,
    pub visibility: Option<String>,
    pub archived: bool,
    /// Whether it belongs to another root group and is shared with `acme`.
    pub shared: bool,
    pub topics: Vec<String>,
    pub web_url: Option<String>,
    pub created_at: Option<Timestamp>,
}

/// A pipeline with all its jobs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each name is GitLab's own")]
pub struct TruePipeline {
    pub id: u64,
    pub iid: u64,
    pub project_id: u64,
    pub name: Option<String>,
    /// Raw ref; `refs/merge-requests/N/head` for merge requests.
    #[serde(rename = "ref")]
    pub ref_name: Option<String>,
    /// `branch`, `tag` or `merge-request`.
    pub ref_kind: String,
    pub sha: Option<String>,
    pub source: Option<String>,
    pub status: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub started_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
    pub committed_at: Option<Timestamp>,
    pub duration: Option<i64>,
    pub queued_duration: Option<f64>,
    pub coverage: Option<f64>,
    pub failure_reason: Option<String>,
    pub user: Option<TrueUser>,
    /// Pipeline whose bridge started it.
    pub parent_id: Option<u64>,
    /// Builds, bridges and external statuses, retried ones too; by ascending id.
    pub jobs: Vec<TrueJob>,
}

/// A user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each name is GitLab's own")]
pub struct TrueUser {
    pub id: u64,
    pub username: String,
    pub name: Option<String>,
}

/// A job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each name is GitLab's own")]
pub struct TrueJob {
    pub id: u64,
    pub pipeline_id: u64,
    pub project_id: u64,
    /// `build`, `bridge` or `external`.
    pub kind: String,
    pub name: String,
    pub stage: Option<String>,
    pub status: String,
    pub created_at: Timestamp,
    pub started_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
    /// Whole seconds, cut; set once finished.
    pub duration: Option<i64>,
    /// Seconds; set once started.
    pub queued_duration: Option<f64>,
    pub coverage: Option<f64>,
    pub allow_failure: bool,
    pub retried: bool,
    pub failure_reason: Option<String>,
    pub exit_code: Option<i64>,
    /// Sorted.
    pub tags: Vec<String>,
    pub runner_id: Option<u64>,
    pub downstream_pipeline_id: Option<u64>,
}

impl Simulation {
    /// The truth as of now, without any delay in seeing it.
    pub(crate) fn truth(&self) -> Truth {
        let moment = self.moment().punctual();
        let hidden = &self.faults().forbidden_projects;
        let shown = |project: &Project| !hidden.contains(&project.id);
        let pipelines = (0..moment.pipelines.len() as u32)
            .filter(|index| moment.exists(*index))
            .filter(|index| {
                shown(&moment.projects[moment.pipelines[*index as usize].project as usize])
            })
            .map(|index| pipeline(&moment, index))
            .collect();
        let projects = moment
            .projects
            .iter()
            .filter(|project| shown(project))
            .map(|project| self.true_project(project))
            .collect();
        let shown_indexes: Vec<u32> = (0..moment.projects.len() as u32)
            .filter(|index| shown(&moment.projects[*index as usize]))
            .collect();
        let mut merge_requests: Vec<_> = shown_indexes
            .iter()
            .flat_map(|index| merge_requests_of(&moment, *index))
            .map(|facts| activity::merge_request(&moment, facts))
            .collect();
        merge_requests.sort_unstable_by_key(|request| request.id);
        let commits = shown_indexes
            .iter()
            .flat_map(|index| activity::commits(&moment, *index))
            .collect();
        Truth {
            at: moment.now.whole(),
            projects,
            pipelines,
            merge_requests,
            commits,
        }
    }

    fn true_project(&self, project: &Project) -> TrueProject {
        TrueProject {
            id: project.id,
            path_with_namespace: project.full_path.clone(),
            name: project.name.clone(),
            default_branch: Some(project.default_branch.to_owned()),
            visibility: Some(project.visibility.to_owned()),
            archived: project.archived,
            shared: project.shared,
            topics: project
                .topics
                .iter()
                .map(|topic| (*topic).to_owned())
                .collect(),
            web_url: Some(self.project_url(project)),
            created_at: Some(project.created.timestamp()),
        }
    }
}

fn pipeline(moment: &Moment<'_>, index: u32) -> TruePipeline {
    let facts: PipelineFacts = moment.pipeline(index);
    let user = facts.user.and_then(|user| moment.users.get(user as usize));
    TruePipeline {
        id: facts.id,
        iid: facts.iid.into(),
        project_id: facts.project_id,
        name: facts.name.map(str::to_owned),
        ref_kind: match facts.target {
            Target::Default | Target::Branch(_) => "branch",
            Target::Tag(_) => "tag",
            Target::MergeRequest(_) => "merge-request",
        }
        .to_owned(),
        ref_name: Some(facts.ref_name),
        sha: Some(facts.sha),
        source: Some(facts.source.as_str().to_owned()),
        status: facts.status.as_str().to_owned(),
        created_at: facts.created.whole(),
        updated_at: facts.updated.whole(),
        started_at: facts.started.map(crate::world::Time::whole),
        finished_at: facts.finished.map(crate::world::Time::whole),
        committed_at: facts.committed.map(crate::world::Time::whole),
        duration: facts.duration.map(i64::from),
        queued_duration: facts.queued_duration.map(|seconds| seconds as f64),
        coverage: facts.coverage,
        failure_reason: facts.failure_reason.map(str::to_owned),
        user: user.map(|user| TrueUser {
            id: user.id,
            username: user.username.clone(),
            name: Some(user.name.clone()),
        }),
        parent_id: facts
            .parent
            .map(|parent| FIRST_PIPELINE + u64::from(parent)),
        jobs: moment
            .jobs(index)
            .into_iter()
            .map(|facts| job(moment, facts))
            .collect(),
    }
}

fn job(moment: &Moment<'_>, facts: JobFacts) -> TrueJob {
    TrueJob {
        id: facts.id,
        pipeline_id: FIRST_PIPELINE + u64::from(facts.pipeline),
        project_id: moment.projects[facts.project as usize].id,
        kind: match facts.kind {
            JobKind::Build => "build",
            JobKind::Bridge => "bridge",
            JobKind::External => "external",
        }
        .to_owned(),
        name: facts.name.to_string(),
        stage: Some(facts.stage.to_owned()),
        status: facts.status.as_str().to_owned(),
        created_at: facts.created.whole(),
        started_at: facts.started.map(crate::world::Time::whole),
        finished_at: facts.finished.map(crate::world::Time::whole),
        duration: facts
            .duration_ms
            .filter(|_| facts.finished.is_some())
            .map(|ms| ms / 1_000),
        queued_duration: facts
            .queued_ms
            .filter(|_| facts.started.is_some())
            .map(|ms| ms as f64 / 1_000.0),
        coverage: facts.coverage,
        allow_failure: facts.allow_failure,
        retried: facts.retried,
        failure_reason: facts.failure_reason.map(str::to_owned),
        exit_code: facts.exit_code,
        tags: facts.tags.iter().map(|tag| (*tag).to_owned()).collect(),
        runner_id: facts.runner_id,
        downstream_pipeline_id: facts
            .downstream
            .map(|child| FIRST_PIPELINE + u64::from(child)),
    }
}
