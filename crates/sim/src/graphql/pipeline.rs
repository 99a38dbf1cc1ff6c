//! `Pipeline` and its connection.

#![expect(clippy::unused_async, reason = "the library awaits every resolver")]

use async_graphql::parser::types::Field;
use async_graphql::{Context, Error, ID, Interface, Name, Object, SimpleObject, Value};

use super::Request;
use super::job::{GraphJob, JobConnection};
use super::page::{Order, Page, PageArguments, PageInfo};
use super::people::GraphUser;
use super::project::GraphProject;
use super::rows::{Row, Rows, float, or_null, text};
use super::scalar::{
    self, GraphDuration, GraphJobKind, GraphTime, JobGid, JobStatus, PipelineStatus, ShaFormat,
};
use super::test_summary::TestReportSummary;
use crate::world::{FIRST_PIPELINE, JobKind, PipelineFacts, PipelineFilter, Source, Status, Time};

/// `Pipeline`.
#[derive(Debug, Clone)]
pub(crate) struct GraphPipeline {
    index: u32,
    /// Read when first needed: `downstreamPipeline { id }` needs nothing.
    facts: std::sync::OnceLock<PipelineFacts>,
}

impl GraphPipeline {
    /// The pipeline at this index of the world.
    pub(crate) fn new(index: u32) -> Self {
        Self {
            index,
            facts: std::sync::OnceLock::new(),
        }
    }

    fn facts(&self, context: &Context<'_>) -> &PipelineFacts {
        self.facts.get_or_init(|| {
            context
                .data_unchecked::<Request>()
                .moment()
                .pipeline(self.index)
        })
    }
}

/// Global id of the pipeline at an index.
pub(crate) fn pipeline_gid(index: u32) -> String {
    format!("gid://gitlab/Ci::Pipeline/{}", id(index))
}

impl Row for GraphPipeline {
    fn plain(&self, field: &Field, request: &Request) -> Option<Value> {
        let name = field.name.node.as_str();
        if name == "id" {
            return Some(text(pipeline_gid(self.index)));
        }
        if !field.arguments.is_empty() {
            return None;
        }
        let facts = self
            .facts
            .get_or_init(|| request.moment().pipeline(self.index));
        let time = |at: Option<Time>| or_null(at, |at| text(at.graphql()));
        Some(match name {
            "iid" => text(facts.iid.to_string()),
            "name" => or_null(facts.name, text),
            "ref" => text(&facts.ref_name),
            "refPath" => text(&facts.ref_path),
            "sha" => text(&facts.sha),
            "source" => text(facts.source.as_str()),
            "status" => Value::Enum(Name::new(facts.status.upper())),
            "createdAt" => text(facts.created.graphql()),
            "updatedAt" => text(facts.updated.graphql()),
            "startedAt" => time(facts.started),
            "finishedAt" => time(facts.finished),
            "committedAt" => time(facts.committed),
            "duration" => or_null(facts.duration, Into::into),
            "queuedDuration" => or_null(facts.queued_duration, |seconds| float(seconds as f64)),
            "coverage" => or_null(facts.coverage, float),
            "failureReason" => or_null(facts.failure_reason, text),
            _ => return None,
        })
    }
}

/// One run of a project's CI configuration.
#[Object(name = "Pipeline")]
impl GraphPipeline {
    async fn id(&self) -> ID {
        ID(pipeline_gid(self.index))
    }

    async fn iid(&self, context: &Context<'_>) -> String {
        self.facts(context).iid.to_string()
    }

    async fn name(&self, context: &Context<'_>) -> Option<&'static str> {
        self.facts(context).name
    }

    #[graphql(name = "ref")]
    async fn ref_name(&self, context: &Context<'_>) -> Option<String> {
        Some(self.facts(context).ref_name.clone())
    }

    async fn ref_path(&self, context: &Context<'_>) -> Option<String> {
        Some(self.facts(context).ref_path.clone())
    }

    async fn sha(&self, context: &Context<'_>, format: Option<ShaFormat>) -> Option<String> {
        let mut sha = self.facts(context).sha.clone();
        if format == Some(ShaFormat::Short) {
            sha.truncate(8);
        }
        Some(sha)
    }

    async fn before_sha(&self, context: &Context<'_>) -> Option<String> {
        Some(self.facts(context).before_sha.clone())
    }

    async fn source(&self, context: &Context<'_>) -> Option<&'static str> {
        Some(self.facts(context).source.as_str())
    }

    async fn status(&self, context: &Context<'_>) -> PipelineStatus {
        self.facts(context).status.into()
    }

    async fn active(&self, context: &Context<'_>) -> bool {
        use Status::{
            Canceling, Pending, Preparing, Running, WaitingForCallback, WaitingForResource,
        };
        matches!(
            self.facts(context).status,
            WaitingForResource | WaitingForCallback | Preparing | Pending | Running | Canceling
        )
    }

    async fn complete(&self, context: &Context<'_>) -> bool {
        let status = self.facts(context).status;
        status.is_finished() || status == Status::Skipped
    }

    async fn child(&self, context: &Context<'_>) -> bool {
        self.facts(context).source == Source::ParentPipeline
    }

    async fn warnings(&self, context: &Context<'_>) -> bool {
        self.facts(context).warnings
    }

    async fn yaml_errors(&self, context: &Context<'_>) -> bool {
        self.facts(context).yaml_errors.is_some()
    }

    async fn yaml_error_messages(&self, context: &Context<'_>) -> Option<&'static str> {
        self.facts(context).yaml_errors
    }

    async fn created_at(&self, context: &Context<'_>) -> GraphTime {
        GraphTime(self.facts(context).created)
    }

    async fn updated_at(&self, context: &Context<'_>) -> GraphTime {
        GraphTime(self.facts(context).updated)
    }

    async fn started_at(&self, context: &Context<'_>) -> Option<GraphTime> {
        self.facts(context).started.map(GraphTime)
    }

    async fn finished_at(&self, context: &Context<'_>) -> Option<GraphTime> {
        self.facts(context).finished.map(GraphTime)
    }

    async fn committed_at(&self, context: &Context<'_>) -> Option<GraphTime> {
        self.facts(context).committed.map(GraphTime)
    }

    async fn duration(&self, context: &Context<'_>) -> Option<u32> {
        self.facts(context).duration
    }

    async fn queued_duration(&self, context: &Context<'_>) -> Option<GraphDuration> {
        self.facts(context)
            .queued_duration
            .map(|seconds| GraphDuration(seconds as f64))
    }

    async fn coverage(&self, context: &Context<'_>) -> Option<f64> {
        self.facts(context).coverage
    }

    async fn failure_reason(&self, context: &Context<'_>) -> Option<&'static str> {
        self.facts(context).failure_reason
    }

    async fn user(&self, context: &Context<'_>) -> Option<GraphUser> {
        let request = context.data_unchecked::<Request>();
        GraphUser::new(&request.app, &request.moment(), self.facts(context).user?)
    }

    async fn path(&self, context: &Context<'_>) -> Option<String> {
        let request = context.data_unchecked::<Request>();
        let moment = request.moment();
        let facts = self.facts(context);
        let project = &moment.projects[facts.project as usize];
        Some(format!(
            "{}/{}/-/pipelines/{}",
            request.app.config.base_path, project.full_path, facts.id
        ))
    }

    async fn project(&self, context: &Context<'_>) -> Option<GraphProject> {
        Some(GraphProject::new(self.facts(context).project))
    }

    async fn upstream(&self, context: &Context<'_>) -> Option<GraphPipeline> {
        self.facts(context).parent.map(Self::new)
    }

    /// The tests of its jobs, in numbers.
    async fn test_report_summary(&self, context: &Context<'_>) -> TestReportSummary {
        let moment = context.data_unchecked::<Request>().moment();
        TestReportSummary(crate::resources::suites(&moment, self.index))
    }

    async fn total_jobs(&self, context: &Context<'_>) -> i32 {
        context
            .data_unchecked::<Request>()
            .moment()
            .jobs(self.index)
            .iter()
            .filter(|job| !job.retried)
            .count() as i32
    }

    /// One job, by id or by name (its newest run).
    async fn job(
        &self,
        context: &Context<'_>,
        id: Option<JobGid>,
        name: Option<String>,
    ) -> Result<Option<GraphJob>, Error> {
        let jobs = context
            .data_unchecked::<Request>()
            .moment()
            .jobs(self.index);
        let found = match (id, name) {
            (Some(id), _) => jobs
                .into_iter()
                .find(|job| Some(job.id) == scalar::number(&id.0)),
            (None, Some(name)) => jobs
                .into_iter()
                .find(|job| !job.retried && *job.name == *name),
            (None, None) => return Err(Error::new("One of id or name is required")),
        };
        Ok(found.map(GraphJob))
    }

    /// All jobs, retried ones and bridges too, newest first.
    #[expect(clippy::too_many_arguments, reason = "GitLab's own arguments")]
    async fn jobs(
        &self,
        context: &Context<'_>,
        statuses: Option<Vec<JobStatus>>,
        retried: Option<bool>,
        job_kind: Option<GraphJobKind>,
        first: Option<i32>,
        last: Option<i32>,
        after: Option<String>,
        before: Option<String>,
    ) -> Result<Option<JobConnection>, Error> {
        let mut jobs = context
            .data_unchecked::<Request>()
            .moment()
            .jobs(self.index);
        jobs.reverse();
        jobs.retain(|job| {
            statuses
                .as_ref()
                .is_none_or(|statuses| statuses.contains(&job.status.into()))
                && retried.is_none_or(|retried| job.retried == retried)
                && job_kind.is_none_or(|kind| {
                    (kind == GraphJobKind::Bridge) == (job.kind == JobKind::Bridge)
                })
        });
        let count = jobs.len();
        let page = PageArguments {
            first,
            last,
            after,
            before,
        }
        .cut(jobs.into_iter(), |job| job.id, Order::Descending)?;
        Ok(Some(JobConnection::new(page, count)))
    }
}

/// `PipelineInterface`: what a job says about its pipeline.
#[derive(Interface)]
#[graphql(
    name = "PipelineInterface",
    field(name = "id", ty = "Option<ID>"),
    field(name = "user", ty = "Option<GraphUser>")
)]
pub(crate) enum PipelineOfJob {
    /// The whole pipeline, reachable by `... on Pipeline`.
    Pipeline(GraphPipeline),
}

/// `PipelineConnection`.
pub(crate) struct PipelineConnection {
    project: u32,
    filter: PipelineFilter,
    page: Page<u32>,
}

/// `PipelineEdge`.
#[derive(SimpleObject)]
#[graphql(name = "PipelineEdge")]
pub(crate) struct PipelineEdge {
    cursor: String,
    node: Option<GraphPipeline>,
}

/// Id of the pipeline at an index.
fn id(index: u32) -> u64 {
    FIRST_PIPELINE + u64::from(index)
}

impl PipelineConnection {
    /// The asked page of a project's pipelines.
    pub(crate) fn new(
        request: &Request,
        project: u32,
        filter: PipelineFilter,
        arguments: &PageArguments,
    ) -> Result<Self, Error> {
        let moment = request.moment();
        let page = arguments.cut(
            moment.select(project, &filter),
            |index| id(*index),
            Order::Descending,
        )?;
        drop(moment);
        Ok(Self {
            project,
            filter,
            page,
        })
    }
}

/// Pipelines of a project, newest first.
#[Object(name = "PipelineConnection")]
impl PipelineConnection {
    async fn count(&self, context: &Context<'_>) -> i32 {
        context
            .data_unchecked::<Request>()
            .moment()
            .select(self.project, &self.filter)
            .count() as i32
    }

    async fn nodes(&self) -> Option<Rows<GraphPipeline>> {
        Some(Rows(
            self.page
                .rows
                .iter()
                .copied()
                .map(GraphPipeline::new)
                .collect(),
        ))
    }

    async fn edges(&self) -> Option<Vec<Option<PipelineEdge>>> {
        let edge = |index: &u32| PipelineEdge {
            cursor: super::cursor::cursor(id(*index)),
            node: Some(GraphPipeline::new(*index)),
        };
        Some(
            self.page
                .rows
                .iter()
                .map(|index| Some(edge(index)))
                .collect(),
        )
    }

    async fn page_info(&self) -> PageInfo {
        self.page.info.clone()
    }
}
