//! Kinds of requests and their urgency.

use std::borrow::Cow;
use std::fmt;

use serde::{Serialize, Serializer};

/// What a request asks, as far as GitLab's per-endpoint limits tell requests apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Endpoint {
    /// `POST /api/graphql`.
    #[serde(rename = "POST /api/graphql")]
    GraphQl,
    /// `GET /groups/:id/projects`.
    #[serde(rename = "GET /groups/:id/projects")]
    GroupProjects,
    /// `GET /projects/:id`.
    #[serde(rename = "GET /projects/:id")]
    Project,
    /// `GET /projects/:id/pipelines/:pipeline_id`.
    #[serde(rename = "GET /projects/:id/pipelines/:pipeline_id")]
    Pipeline,
    /// `GET /version`.
    #[serde(rename = "GET /version")]
    Version,
    /// `GET /metadata`.
    #[serde(rename = "GET /metadata")]
    Metadata,
    /// `GET /personal_access_tokens/self`.
    #[serde(rename = "GET /personal_access_tokens/self")]
    Token,
    /// `GET /projects/:id/repository/commits`.
    #[serde(rename = "GET /projects/:id/repository/commits")]
    Commits,
    /// `GET /projects/:id/environments`.
    #[serde(rename = "GET /projects/:id/environments")]
    Environments,
    /// `GET /projects/:id/deployments`.
    #[serde(rename = "GET /projects/:id/deployments")]
    Deployments,
    /// `GET /projects/:id/pipeline_schedules`.
    #[serde(rename = "GET /projects/:id/pipeline_schedules")]
    PipelineSchedules,
    /// `GET /projects/:id/pipeline_schedules/:pipeline_schedule_id`.
    #[serde(rename = "GET /projects/:id/pipeline_schedules/:pipeline_schedule_id")]
    PipelineSchedule,
    /// `GET /runners/all`.
    #[serde(rename = "GET /runners/all")]
    AllRunners,
    /// `GET /groups/:id/runners`.
    #[serde(rename = "GET /groups/:id/runners")]
    GroupRunners,
    /// `GET /runners/:id`.
    #[serde(rename = "GET /runners/:id")]
    Runner,
    /// `GET /projects/:id/pipelines/:pipeline_id/test_report`.
    #[serde(rename = "GET /projects/:id/pipelines/:pipeline_id/test_report")]
    TestReport,
    /// `GET /projects/:id/pipelines/:pipeline_id/test_report_summary`.
    #[serde(rename = "GET /projects/:id/pipelines/:pipeline_id/test_report_summary")]
    TestReportSummary,
    /// `GET /projects/:id/jobs/:job_id`.
    #[serde(rename = "GET /projects/:id/jobs/:job_id")]
    Job,
    /// `GET /projects/:id/jobs/:job_id/trace`.
    #[serde(rename = "GET /projects/:id/jobs/:job_id/trace")]
    Trace,
    /// `GET /projects/:id/issues`.
    #[serde(rename = "GET /projects/:id/issues")]
    Issues,
    /// `GET /projects/:id/issues/:issue_iid`.
    #[serde(rename = "GET /projects/:id/issues/:issue_iid")]
    Issue,
    /// `POST /projects/:id/issues`.
    #[serde(rename = "POST /projects/:id/issues")]
    NewIssue,
    /// `GET /projects/:id/repository/files/:file_path/raw`.
    #[serde(rename = "GET /projects/:id/repository/files/:file_path/raw")]
    RawFile,
    /// Any other list, by its pattern: `projects/:id/labels`.
    #[serde(untagged, serialize_with = "pattern")]
    Get(&'static str),
    /// Something that is made, by the pattern of its list: `projects/:id/hooks`.
    #[serde(untagged, serialize_with = "post")]
    Post(&'static str),
    /// Something that is changed, by its pattern: `projects/:id/hooks/:hook_id`.
    #[serde(untagged, serialize_with = "put")]
    Put(&'static str),
    /// Something that is removed, by its pattern.
    #[serde(untagged, serialize_with = "delete")]
    Delete(&'static str),
}

impl Endpoint {
    /// Method and path pattern.
    pub fn name(self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Get(pattern) => return Cow::Owned(format!("GET /{pattern}")),
            Self::Post(pattern) => return Cow::Owned(format!("POST /{pattern}")),
            Self::Put(pattern) => return Cow::Owned(format!("PUT /{pattern}")),
            Self::Delete(pattern) => return Cow::Owned(format!("DELETE /{pattern}")),
            Self::GraphQl => "POST /api/graphql",
            Self::GroupProjects => "GET /groups/:id/projects",
            Self::Project => "GET /projects/:id",
            Self::Pipeline => "GET /projects/:id/pipelines/:pipeline_id",
            Self::Version => "GET /version",
            Self::Metadata => "GET /metadata",
            Self::Token => "GET /personal_access_tokens/self",
            Self::Commits => "GET /projects/:id/repository/commits",
            Self::Environments => "GET /projects/:id/environments",
            Self::Deployments => "GET /projects/:id/deployments",
            Self::PipelineSchedules => "GET /projects/:id/pipeline_schedules",
            Self::PipelineSchedule => "GET /projects/:id/pipeline_schedules/:pipeline_schedule_id",
            Self::AllRunners => "GET /runners/all",
            Self::GroupRunners => "GET /groups/:id/runners",
            Self::Runner => "GET /runners/:id",
            Self::TestReport => "GET /projects/:id/pipelines/:pipeline_id/test_report",
            Self::TestReportSummary => {
                "GET /projects/:id/pipelines/:pipeline_id/test_report_summary"
            }
            Self::Job => "GET /projects/:id/jobs/:job_id",
            Self::Trace => "GET /projects/:id/jobs/:job_id/trace",
            Self::Issues => "GET /projects/:id/issues",
            Self::Issue => "GET /projects/:id/issues/:issue_iid",
            Self::NewIssue => "POST /projects/:id/issues",
            Self::RawFile => "GET /projects/:id/repository/files/:file_path/raw",
        })
    }
}

fn pattern<S: Serializer>(pattern: &&'static str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&Endpoint::Get(pattern))
}

fn post<S: Serializer>(pattern: &&'static str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&Endpoint::Post(pattern))
}

fn put<S: Serializer>(pattern: &&'static str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&Endpoint::Put(pattern))
}

fn delete<S: Serializer>(pattern: &&'static str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&Endpoint::Delete(pattern))
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}

/// How urgent a request is; an earlier one always goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// Pipelines that run now.
    Running,
    /// What changed since the last look; discovery too.
    Fresh,
    /// History.
    Backfill,
    /// Nice to have.
    Enrichment,
}

impl Priority {
    /// All of them, most urgent first.
    pub const ALL: [Priority; 4] = [Self::Running, Self::Fresh, Self::Backfill, Self::Enrichment];
}
