//! `Project` and its connection.

#![expect(clippy::unused_async, reason = "the library awaits every resolver")]

use std::sync::atomic::Ordering;

use async_graphql::{Context, Error, ID, Object, SimpleObject};

use super::Request;
use super::group::GraphGroup;
use super::job::JobConnection;
use super::merge_request::MergeRequestState;
use super::merge_requests::{MergeRequestConnection, MergeRequestFilter, MergeRequestSort};
use super::page::{Order, Page, PageArguments, PageInfo};
use super::pipeline::{GraphPipeline, PipelineConnection};
use super::scalar::{self, GraphTime, JobStatus, PipelineGid, PipelineScope, PipelineStatus};
use super::statistics::ProjectStatistics;
use crate::rest::projects::Sizes;
use crate::world::{JobFacts, PipelineFilter, Project};

/// `Project`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct GraphProject(u32);

/// `PipelineCounts`.
#[derive(Debug, SimpleObject)]
#[graphql(name = "PipelineCounts")]
pub(crate) struct PipelineCounts {
    all: Option<i32>,
    finished: Option<i32>,
    pending: Option<i32>,
    running: Option<i32>,
}

impl GraphProject {
    /// The project at this index of the world.
    pub(crate) fn new(index: u32) -> Self {
        Self(index)
    }

    fn read<T>(self, context: &Context<'_>, read: impl FnOnce(&Project) -> T) -> T {
        read(&context.data_unchecked::<Request>().moment().projects[self.0 as usize])
    }

    /// Refuses the project whose every answer is an error.
    fn check(self, context: &Context<'_>) -> Result<(), Error> {
        let failing = context
            .data_unchecked::<Request>()
            .app
            .faults()
            .failing_project;
        if failing.is_some() && failing == self.read(context, |project| Some(project.id)) {
            return Err(Error::new("Internal server error"));
        }
        Ok(())
    }
}

/// A project.
#[Object(name = "Project")]
impl GraphProject {
    async fn id(&self, context: &Context<'_>) -> ID {
        self.read(context, |project| {
            ID(format!("gid://gitlab/Project/{}", project.id))
        })
    }

    async fn full_path(&self, context: &Context<'_>) -> ID {
        self.read(context, |project| ID(project.full_path.clone()))
    }

    async fn path(&self, context: &Context<'_>) -> String {
        self.read(context, |project| project.path.clone())
    }

    async fn name(&self, context: &Context<'_>) -> String {
        self.read(context, |project| project.name.clone())
    }

    async fn description(&self, context: &Context<'_>) -> Option<String> {
        self.read(context, |project| project.description.clone())
    }

    async fn web_url(&self, context: &Context<'_>) -> Option<String> {
        let app = &context.data_unchecked::<Request>().app;
        self.read(context, |project| Some(app.project_url(project)))
    }

    async fn archived(&self, context: &Context<'_>) -> Option<bool> {
        self.read(context, |project| Some(project.archived))
    }

    async fn visibility(&self, context: &Context<'_>) -> Option<&'static str> {
        self.read(context, |project| Some(project.visibility))
    }

    async fn topics(&self, context: &Context<'_>) -> Option<Vec<&'static str>> {
        self.read(context, |project| Some(project.topics.clone()))
    }

    async fn created_at(&self, context: &Context<'_>) -> Option<GraphTime> {
        self.read(context, |project| Some(GraphTime(project.created)))
    }

    async fn last_activity_at(&self, context: &Context<'_>) -> Option<GraphTime> {
        Some(GraphTime(
            context
                .data_unchecked::<Request>()
                .moment()
                .last_activity(self.0),
        ))
    }

    async fn updated_at(&self, context: &Context<'_>) -> Option<GraphTime> {
        Some(GraphTime(
            context
                .data_unchecked::<Request>()
                .moment()
                .last_activity(self.0),
        ))
    }

    async fn group(&self, context: &Context<'_>) -> Option<GraphGroup> {
        self.read(context, |project| Some(GraphGroup::new(project.group)))
    }

    async fn pipeline_counts(
        &self,
        context: &Context<'_>,
        #[graphql(name = "ref")] ref_name: Option<String>,
        sha: Option<String>,
        source: Option<String>,
    ) -> Option<PipelineCounts> {
        use crate::world::Scope::{Finished, Pending, Running};
        let moment = context.data_unchecked::<Request>().moment();
        let count = |scope| {
            let filter = PipelineFilter {
                scope,
                ref_name: ref_name.clone(),
                sha: sha.clone(),
                source: source.clone(),
                ..PipelineFilter::default()
            };
            Some(moment.select(self.0, &filter).count() as i32)
        };
        Some(PipelineCounts {
            all: count(None),
            finished: count(Some(Finished)),
            pending: count(Some(Pending)),
            running: count(Some(Running)),
        })
    }

    /// Pipelines, newest first; child pipelines only with `source: "parent_pipeline"`.
    #[expect(clippy::too_many_arguments, reason = "GitLab's own arguments")]
    async fn pipelines(
        &self,
        context: &Context<'_>,
        status: Option<PipelineStatus>,
        scope: Option<PipelineScope>,
        #[graphql(name = "ref")] ref_name: Option<String>,
        sha: Option<String>,
        source: Option<String>,
        updated_after: Option<GraphTime>,
        updated_before: Option<GraphTime>,
        username: Option<String>,
        first: Option<i32>,
        last: Option<i32>,
        after: Option<String>,
        before: Option<String>,
    ) -> Result<Option<PipelineConnection>, Error> {
        self.check(context)?;
        let filter = PipelineFilter {
            scope: scope.map(Into::into),
            status: status.map(Into::into),
            ref_name,
            sha,
            source,
            updated_after: updated_after.map(|time| time.0),
            updated_before: updated_before.map(|time| time.0),
            username,
            ..PipelineFilter::default()
        };
        let arguments = PageArguments {
            first,
            last,
            after,
            before,
        };
        PipelineConnection::new(
            context.data_unchecked::<Request>(),
            self.0,
            filter,
            &arguments,
        )
        .map(Some)
    }

    /// What is counted about it.
    async fn statistics(&self, context: &Context<'_>) -> Option<ProjectStatistics> {
        let request = context.data_unchecked::<Request>();
        if request.app.faults().hidden_statistics {
            return None;
        }
        Some(Sizes::of(&request.moment(), self.0).into())
    }

    /// Merge requests, newest first unless asked otherwise.
    #[expect(clippy::too_many_arguments, reason = "GitLab's own arguments")]
    async fn merge_requests(
        &self,
        context: &Context<'_>,
        iids: Option<Vec<String>>,
        state: Option<MergeRequestState>,
        draft: Option<bool>,
        created_after: Option<GraphTime>,
        created_before: Option<GraphTime>,
        updated_after: Option<GraphTime>,
        updated_before: Option<GraphTime>,
        merged_after: Option<GraphTime>,
        merged_before: Option<GraphTime>,
        sort: Option<MergeRequestSort>,
        first: Option<i32>,
        last: Option<i32>,
        after: Option<String>,
        before: Option<String>,
    ) -> Result<Option<MergeRequestConnection>, Error> {
        self.check(context)?;
        let filter = MergeRequestFilter {
            iids,
            state,
            draft,
            created_after,
            created_before,
            updated_after,
            updated_before,
            merged_after,
            merged_before,
        };
        let arguments = PageArguments {
            first,
            last,
            after,
            before,
        };
        let request = context.data_unchecked::<Request>();
        let sort = sort.unwrap_or(MergeRequestSort::CreatedDesc);
        MergeRequestConnection::new(request, self.0, &filter, sort, &arguments).map(Some)
    }

    /// One pipeline, by id, iid or (the newest) by commit.
    async fn pipeline(
        &self,
        context: &Context<'_>,
        id: Option<PipelineGid>,
        iid: Option<ID>,
        sha: Option<String>,
    ) -> Result<Option<GraphPipeline>, Error> {
        self.check(context)?;
        let moment = context.data_unchecked::<Request>().moment();
        let mut own = moment.pipelines_of(self.0);
        let found = match (id, iid, sha) {
            (Some(id), ..) => scalar::number(&id.0)
                .and_then(|id| moment.pipeline_index(id))
                .filter(|index| own.any(|own| own == *index)),
            (_, Some(iid), _) => iid
                .parse::<u32>()
                .ok()
                .and_then(|iid| own.find(|index| moment.pipelines[*index as usize].iid == iid)),
            (.., Some(sha)) => own.find(|index| moment.pipeline(*index).sha == sha),
            _ => return Err(Error::new("One of id, iid, or sha is required")),
        };
        Ok(found.map(GraphPipeline::new))
    }

    /// All builds of the project, newest first; for one project per request.
    async fn jobs(
        &self,
        context: &Context<'_>,
        statuses: Option<Vec<JobStatus>>,
        first: Option<i32>,
        last: Option<i32>,
        after: Option<String>,
        before: Option<String>,
    ) -> Result<Option<JobConnection>, Error> {
        self.check(context)?;
        let request = context.data_unchecked::<Request>();
        if request.project_jobs.fetch_add(1, Ordering::Relaxed) > 0 {
            return Err(Error::new(
                "\"jobs\" field can be requested only for 1 Project(s) at a time.",
            ));
        }
        let moment = request.moment();
        let keep = |job: &JobFacts| {
            statuses
                .as_ref()
                .is_none_or(|statuses| statuses.contains(&job.status.into()))
        };
        let count = moment.jobs_of(self.0).filter(keep).take(1_001).count();
        let arguments = PageArguments {
            first,
            last,
            after,
            before,
        };
        let page = arguments.cut(
            moment.jobs_of(self.0).filter(keep),
            |job| job.id,
            Order::Descending,
        )?;
        Ok(Some(JobConnection::new(page, count)))
    }
}

/// `ProjectConnection`.
pub(crate) struct ProjectConnection {
    page: Page<(u32, u64)>,
    count: usize,
}

/// `ProjectEdge`.
#[derive(SimpleObject)]
#[graphql(name = "ProjectEdge")]
pub(crate) struct ProjectEdge {
    cursor: String,
    node: Option<GraphProject>,
}

impl ProjectConnection {
    /// The asked page of `projects`, which are in the list's order.
    ///
    /// Cursors are ids in an ordered list and places in any other.
    pub(crate) fn new(
        request: &Request,
        projects: Vec<u32>,
        by_id: Option<Order>,
        arguments: &PageArguments,
    ) -> Result<Self, Error> {
        let moment = request.moment();
        let count = projects.len();
        let place = |(place, index): (usize, u32)| {
            let key = if by_id.is_some() {
                moment.projects[index as usize].id
            } else {
                place as u64 + 1
            };
            (index, key)
        };
        let rows = projects.into_iter().enumerate().map(place);
        let page = arguments.cut(rows, |(_, key)| *key, by_id.unwrap_or(Order::Ascending))?;
        drop(moment);
        Ok(Self { page, count })
    }
}

/// Projects.
#[Object(name = "ProjectConnection")]
impl ProjectConnection {
    async fn count(&self) -> i32 {
        self.count as i32
    }

    async fn nodes(&self) -> Option<Vec<Option<GraphProject>>> {
        Some(
            self.page
                .rows
                .iter()
                .map(|(index, _)| Some(GraphProject(*index)))
                .collect(),
        )
    }

    async fn edges(&self) -> Option<Vec<Option<ProjectEdge>>> {
        let edge = |(index, key): &(u32, u64)| ProjectEdge {
            cursor: super::cursor::cursor(*key),
            node: Some(GraphProject(*index)),
        };
        Some(self.page.rows.iter().map(|row| Some(edge(row))).collect())
    }

    async fn page_info(&self) -> PageInfo {
        self.page.info.clone()
    }
}

/// Index of the project with this global id.
pub(crate) fn index_of(request: &Request, gid: &str) -> Option<u32> {
    request.moment().project_index(scalar::number(gid)?)
}
