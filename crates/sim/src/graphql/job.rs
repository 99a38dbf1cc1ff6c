//! `CiJob` and its connection.

#![expect(clippy::unused_async, reason = "the library awaits every resolver")]

use async_graphql::parser::types::Field;
use async_graphql::{Context, Error, Name, Object, SimpleObject, Value};

use super::Request;
use super::artifact::JobArtifactConnection;
use super::page::{Page, PageInfo};
use super::people::{GraphRunner, runner_gid};
use super::pipeline::{GraphPipeline, PipelineOfJob, pipeline_gid};
use super::rows::{Row, Rows, float, object, or_null, text};
use super::scalar::{GraphDuration, GraphJobKind, GraphTime, JobGid, JobStatus};
use crate::world::{JobFacts, JobKind, Target, Time, failure_message};

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

impl GraphJob {
    fn gid(&self) -> String {
        let class = match self.0.kind {
            JobKind::Build => "Ci::Build",
            JobKind::Bridge => "Ci::Bridge",
            JobKind::External => "GenericCommitStatus",
        };
        format!("gid://gitlab/{class}/{}", self.0.id)
    }

    fn stage_gid(&self) -> String {
        let number = u64::from(self.0.pipeline) * 16 + u64::from(self.0.stage_index) + 1;
        format!("gid://gitlab/Ci::Stage/{number}")
    }

    /// Whole seconds it ran.
    fn seconds(&self, request: &Request) -> Option<i64> {
        let growing = request.app.config.growing_durations;
        let ms = self
            .0
            .duration_ms
            .filter(|_| growing || self.0.finished.is_some())?;
        Some(ms / 1_000)
    }

    /// Seconds it waited for a runner.
    fn queued_seconds(&self, request: &Request) -> Option<f64> {
        let growing = request.app.config.growing_durations;
        let ms = self
            .0
            .queued_ms
            .filter(|_| growing || self.0.started.is_some())?;
        Some(ms as f64 / 1_000.0)
    }
}

impl Row for GraphJob {
    fn plain(&self, field: &Field, request: &Request) -> Option<Value> {
        let job = &self.0;
        let time = |at: Option<Time>| or_null(at, |at| text(at.graphql()));
        Some(match field.name.node.as_str() {
            "id" => text(self.gid()),
            "name" => text(&*job.name),
            "kind" => Value::Enum(Name::new(if job.kind == JobKind::Bridge {
                "BRIDGE"
            } else {
                "BUILD"
            })),
            "status" => Value::Enum(Name::new(job.status.upper())),
            "stage" => {
                return object(field, |name| match name {
                    "id" => Some(text(self.stage_gid())),
                    "name" => Some(text(job.stage)),
                    _ => None,
                });
            }
            "allowFailure" => job.allow_failure.into(),
            "retried" => job.retried.into(),
            "coverage" => or_null(job.coverage, float),
            "createdAt" => text(job.created.graphql()),
            "queuedAt" => time(job.queued),
            "startedAt" => time(job.started),
            "finishedAt" => time(job.finished),
            "duration" => or_null(self.seconds(request), Into::into),
            "queuedDuration" => or_null(self.queued_seconds(request), float),
            "exitCode" => or_null(job.exit_code, Into::into),
            "failureMessage" => or_null(job.failure_reason.and_then(failure_message), text),
            "tags" => Value::List(job.tags.iter().map(|tag| text(*tag)).collect()),
            "refName" => text(&*job.ref_name),
            "runner" => match job.runner_id {
                None => Value::Null,
                Some(id) => {
                    return object(field, |name| (name == "id").then(|| text(runner_gid(id))));
                }
            },
            "downstreamPipeline" => match job.downstream {
                None => Value::Null,
                Some(index) => {
                    return object(field, |name| {
                        (name == "id").then(|| text(pipeline_gid(index)))
                    });
                }
            },
            _ => return None,
        })
    }
}

/// A run of a job: build, bridge or external status.
#[Object(name = "CiJob")]
impl GraphJob {
    async fn id(&self) -> Option<JobGid> {
        Some(JobGid(self.gid()))
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
        Some(GraphStage {
            id: async_graphql::ID(self.stage_gid()),
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
        self.seconds(context.data_unchecked::<Request>())
    }

    async fn queued_duration(&self, context: &Context<'_>) -> Option<GraphDuration> {
        let seconds = self.queued_seconds(context.data_unchecked::<Request>())?;
        Some(GraphDuration(seconds))
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

    async fn artifacts(&self) -> Option<JobArtifactConnection> {
        Some(JobArtifactConnection::new(&self.0))
    }

    async fn tags(&self) -> Option<Vec<&'static str>> {
        Some(self.0.tags.to_vec())
    }

    async fn ref_name(&self) -> Option<&str> {
        Some(&self.0.ref_name)
    }

    async fn ref_path(&self, context: &Context<'_>) -> Option<String> {
        let moment = context.data_unchecked::<Request>().moment();
        Some(moment.pipeline(self.0.pipeline).ref_path)
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

    async fn pipeline(&self) -> Option<PipelineOfJob> {
        Some(PipelineOfJob::Pipeline(GraphPipeline::new(self.0.pipeline)))
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

    async fn nodes(&self) -> Option<Rows<GraphJob>> {
        Some(Rows(self.page.rows.iter().cloned().map(GraphJob).collect()))
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
