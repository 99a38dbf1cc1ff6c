//! `CiJob` and its connection.

use async_graphql::{Context, Error, Object, SimpleObject};

use super::Request;
use super::page::{Page, PageInfo};
use super::people::GraphRunner;
use super::pipeline::GraphPipeline;
use super::scalar::{GraphDuration, GraphJobKind, GraphTime, JobGid, JobStatus};
use crate::world::{JobFacts, JobKind, Target, failure_message};

/// `CiJob`.
#[derive(Debug, Clone)]
pub(crate) struct GraphJob(pub(crate) JobFacts);

/// `CiStage`.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(name = "CiStage")]
pub(crate) struct GraphStage {
    id: async_graphql::ID,
    name: Option<&'static str>,
}

/// A run of a job: build, bridge or external status.
#[Object(name = "CiJob")]
impl GraphJob {
    async fn id(&self) -> Option<JobGid> {
        let class = match self.0.kind {
            JobKind::Build => "Ci::Build",
            JobKind::Bridge => "Ci::Bridge",
            JobKind::External => "GenericCommitStatus",
        };
        Some(JobGid(format!("gid://gitlab/{class}/{}", self.0.id)))
    }

    async fn name(&self) -> Option<&str> {
        Some(&self.0.name)
    }

    async fn kind(&self) -> GraphJobKind {
        if self.0.kind == JobKind::Bridge {
            GraphJobKind::Bridge
        } else {
            GraphJobKind::Build
        }
    }

    async fn status(&self) -> Option<JobStatus> {
        Some(self.0.status.into())
    }

    async fn stage(&self) -> Option<GraphStage> {
        let number = u64::from(self.0.pipeline) * 16 + u64::from(self.0.stage_index) + 1;
        let id = async_graphql::ID(format!("gid://gitlab/Ci::Stage/{number}"));
        Some(GraphStage {
            id,
            name: Some(self.0.stage),
        })
    }

    async fn active(&self) -> bool {
        use crate::world::Status::{
            Canceling, Pending, Preparing, Running, WaitingForCallback, WaitingForResource,
        };
        matches!(
            self.0.status,
            WaitingForResource | WaitingForCallback | Preparing | Pending | Running | Canceling
        )
    }

    async fn allow_failure(&self) -> bool {
        self.0.allow_failure
    }

    async fn coverage(&self) -> Option<f64> {
        self.0.coverage
    }

    async fn created_at(&self) -> GraphTime {
        GraphTime(self.0.created)
    }

    async fn queued_at(&self) -> Option<GraphTime> {
        self.0.queued.map(GraphTime)
    }

    async fn started_at(&self) -> Option<GraphTime> {
        self.0.started.map(GraphTime)
    }

    async fn finished_at(&self) -> Option<GraphTime> {
        self.0.finished.map(GraphTime)
    }

    async fn erased_at(&self) -> Option<GraphTime> {
        None
    }

    async fn scheduled_at(&self) -> Option<GraphTime> {
        None
    }

    async fn duration(&self, context: &Context<'_>) -> Option<i64> {
        let growing = context
            .data_unchecked::<Request>()
            .app
            .config
            .growing_durations;
        self.0
            .duration_ms
            .filter(|_| growing || self.0.finished.is_some())
            .map(|ms| ms / 1_000)
    }

    async fn queued_duration(&self, context: &Context<'_>) -> Option<GraphDuration> {
        let growing = context
            .data_unchecked::<Request>()
            .app
            .config
            .growing_durations;
        let ms = self
            .0
            .queued_ms
            .filter(|_| growing || self.0.started.is_some())?;
        Some(GraphDuration(ms as f64 / 1_000.0))
    }

    async fn retried(&self) -> Option<bool> {
        Some(self.0.retried)
    }

    async fn manual_job(&self) -> Option<bool> {
        Some(self.0.manual)
    }

    async fn exit_code(&self) -> Option<i64> {
        self.0.exit_code
    }

    async fn failure_message(&self) -> Option<&'static str> {
        self.0.failure_reason.and_then(failure_message)
    }

    async fn tags(&self) -> Option<Vec<&'static str>> {
        Some(self.0.tags.to_vec())
    }

    async fn ref_name(&self, context: &Context<'_>) -> Option<String> {
        Some(
            context
                .data_unchecked::<Request>()
                .moment()
                .pipeline(self.0.pipeline)
                .ref_name,
        )
    }

    async fn ref_path(&self, context: &Context<'_>) -> Option<String> {
        Some(
            context
                .data_unchecked::<Request>()
                .moment()
                .pipeline(self.0.pipeline)
                .ref_path,
        )
    }

    async fn short_sha(&self, context: &Context<'_>) -> String {
        let mut sha = context
            .data_unchecked::<Request>()
            .moment()
            .pipeline(self.0.pipeline)
            .sha;
        sha.truncate(8);
        sha
    }

    async fn created_by_tag(&self, context: &Context<'_>) -> bool {
        let moment = context.data_unchecked::<Request>().moment();
        matches!(
            moment.pipelines[self.0.pipeline as usize].target,
            Target::Tag(_)
        )
    }

    async fn pipeline(&self) -> Option<GraphPipeline> {
        Some(GraphPipeline::new(self.0.pipeline))
    }

    async fn downstream_pipeline(&self) -> Option<GraphPipeline> {
        self.0.downstream.map(GraphPipeline::new)
    }

    async fn runner(&self, context: &Context<'_>) -> Option<GraphRunner> {
        GraphRunner::new(
            &context.data_unchecked::<Request>().moment(),
            self.0.runner?,
        )
    }

    async fn web_path(&self, context: &Context<'_>) -> Option<String> {
        let request = context.data_unchecked::<Request>();
        let moment = request.moment();
        let project = &moment.projects[self.0.project as usize];
        Some(format!(
            "{}/{}/-/jobs/{}",
            request.app.config.base_path, project.full_path, self.0.id
        ))
    }
}

/// `CiJobConnection`.
pub(crate) struct JobConnection {
    page: Page<JobFacts>,
    count: usize,
}

/// `CiJobEdge`.
#[derive(SimpleObject)]
#[graphql(name = "CiJobEdge")]
pub(crate) struct JobEdge {
    cursor: String,
    node: Option<GraphJob>,
}

impl JobConnection {
    /// A page of a list of `count` jobs.
    pub(crate) fn new(page: Page<JobFacts>, count: usize) -> Self {
        Self { page, count }
    }
}

/// The jobs of a pipeline or project.
#[Object(name = "CiJobConnection")]
impl JobConnection {
    /// Number of jobs, up to one more than the limit (100 unless given).
    async fn count(&self, limit: Option<i32>) -> Result<i32, Error> {
        let limit = usize::try_from(limit.unwrap_or(1_000))
            .map_err(|_| Error::new("limit must not be negative"))?;
        if limit == 0 || limit > 1_000 {
            return Err(Error::new("limit must be between 1 and 1000"));
        }
        Ok(self.count.min(limit + 1) as i32)
    }

    async fn nodes(&self) -> Option<Vec<Option<GraphJob>>> {
        Some(
            self.page
                .rows
                .iter()
                .map(|job| Some(GraphJob(job.clone())))
                .collect(),
        )
    }

    async fn edges(&self) -> Option<Vec<Option<JobEdge>>> {
        let edge = |job: &JobFacts| JobEdge {
            cursor: super::cursor::cursor(job.id),
            node: Some(GraphJob(job.clone())),
        };
        Some(self.page.rows.iter().map(|job| Some(edge(job))).collect())
    }

    async fn page_info(&self) -> PageInfo {
        self.page.info.clone()
    }
}
