//! What changed, and what runs: many projects in one request.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;
use labtower_model::{PipelineWithJobs, ProjectId};
use serde_json::{Value, json};

use super::{PipelineFilter, ProjectPipelines, complete::complete, gids, named};
use crate::{Answer, Client, GitlabError, Priority, exchange::Call, graphql};

/// Pipelines per list and project in the first look; more follow through `next`.
const PIPELINES: usize = 10;

/// Jobs per pipeline in the first look: with this, 100 projects score 246 of 250.
const JOBS: usize = 20;

/// Jobs per pipeline in the second look, at those with more.
const MORE_JOBS: usize = 100;

/// Projects in a second look: with 100 jobs, this many score 242 of 250.
const SECOND_LOOK: usize = 45;

impl Client {
    /// Pipelines of up to 100 projects updated since `updated_after` (inclusive), children included.
    ///
    /// One request for all that fits: 10 pipelines per list and project. A pipeline with more than 20 jobs costs a
    /// share of a second request, one with more than 100 a request per further 100.
    /// A project that is gone, or whose pipelines the token may not read, is absent.
    pub async fn changed(
        &self,
        ids: &[ProjectId],
        updated_after: Timestamp,
        priority: Priority,
    ) -> Result<Answer<Vec<ProjectPipelines>>, GitlabError> {
        self.lists(ids, PipelineFilter::UpdatedAfter(updated_after), priority)
            .await
    }

    /// Running pipelines of up to 100 projects; like [`Client::changed`] in all else.
    pub async fn running(
        &self,
        ids: &[ProjectId],
        priority: Priority,
    ) -> Result<Answer<Vec<ProjectPipelines>>, GitlabError> {
        self.lists(ids, PipelineFilter::Running, priority).await
    }

    async fn lists(
        &self,
        ids: &[ProjectId],
        filter: PipelineFilter,
        priority: Priority,
    ) -> Result<Answer<Vec<ProjectPipelines>>, GitlabError> {
        let mut call = Call::new(self, priority);
        let mut found = BTreeMap::new();
        let mut asks: VecDeque<Ask> = ids
            .chunks(self.inner.batch.get())
            .map(Ask::first_look)
            .collect();
        while let Some(ask) = asks.pop_front() {
            let answer = ask.send(&mut call, filter).await;
            let batch = &self.inner.batch;
            match answer {
                Err(error) if error.asks_for_less() && ask.can_shrink() => {
                    if ask.is_first_look() {
                        batch.failed(ask.ids.len());
                    }
                    for smaller in ask.halves().into_iter().rev() {
                        asks.push_front(smaller);
                    }
                }
                Err(error) => return Err(error),
                Ok((projects, took)) => {
                    if ask.is_first_look() {
                        batch.succeeded(ask.ids.len(), took);
                    }
                    asks.extend(
                        take_in(&mut call, &ask, projects, &mut found)
                            .await?
                            .chunks(SECOND_LOOK)
                            .map(Ask::second_look),
                    );
                }
            }
        }
        Ok(call.answer(found.into_values().collect()))
    }
}

/// One request to make.
struct Ask {
    ids: Vec<ProjectId>,
    pipelines: usize,
    jobs: usize,
}

impl Ask {
    fn first_look(ids: &[ProjectId]) -> Self {
        Self {
            ids: ids.to_vec(),
            pipelines: PIPELINES,
            jobs: JOBS,
        }
    }

    fn second_look(ids: &[ProjectId]) -> Self {
        Self {
            ids: ids.to_vec(),
            pipelines: PIPELINES,
            jobs: MORE_JOBS,
        }
    }

    fn is_first_look(&self) -> bool {
        self.jobs == JOBS && self.pipelines == PIPELINES
    }

    fn can_shrink(&self) -> bool {
        self.ids.len() > 1 || self.pipelines > 1
    }

    /// The same in two requests of half the projects; for a single project, half the pipelines.
    fn halves(&self) -> Vec<Self> {
        let half = |ids: &[ProjectId], pipelines| Self {
            ids: ids.to_vec(),
            pipelines,
            jobs: self.jobs,
        };
        match self.ids.as_slice() {
            [id] => vec![half(&[*id], self.pipelines / 2)],
            ids => ids
                .chunks(ids.len().div_ceil(2))
                .map(|ids| half(ids, self.pipelines))
                .collect(),
        }
    }

    async fn send(
        &self,
        call: &mut Call<'_>,
        filter: PipelineFilter,
    ) -> Result<(graphql::ListsData, std::time::Duration), GitlabError> {
        let mut variables = json!({
            "ids": gids(&self.ids),
            "projects": self.ids.len(),
            "pipelines": self.pipelines,
            "jobs": self.jobs,
        });
        if let (Some(variables), Value::Object(filter)) =
            (variables.as_object_mut(), filter.variables())
        {
            variables.extend(filter);
        }
        let what = format!("pipelines of {}", named(&self.ids));
        graphql::query(call, graphql::CHANGED, variables, what, self.can_shrink()).await
    }
}

/// Takes in the projects of one answer; returns those that need a second look.
async fn take_in(
    call: &mut Call<'_>,
    ask: &Ask,
    data: graphql::ListsData,
    found: &mut BTreeMap<ProjectId, ProjectPipelines>,
) -> Result<Vec<ProjectId>, GitlabError> {
    let mut again = Vec::new();
    for project in data
        .projects
        .into_iter()
        .flat_map(graphql::Nodes::into_iter)
    {
        let project_id = ProjectId(project.id.number);
        let (Some(own), children) = (project.pipelines, project.children) else {
            found.remove(&project_id);
            continue;
        };
        let (own, next) = own.open();
        let (children, next_children) = children.map(graphql::Pipelines::open).unwrap_or_default();
        let wire: Vec<graphql::Pipeline> = own.into_iter().chain(children).collect();
        let overflows = wire.iter().any(graphql::Pipeline::has_more_jobs);
        if overflows && ask.jobs < MORE_JOBS {
            again.push(project_id);
            continue;
        }
        let mut pipelines: BTreeMap<_, PipelineWithJobs> = BTreeMap::new();
        for pipeline in wire {
            if let Some(whole) = complete(call, project_id, pipeline).await? {
                pipelines.insert(whole.pipeline.id, whole);
            }
        }
        found.insert(
            project_id,
            ProjectPipelines {
                project_id,
                pipelines: pipelines.into_values().rev().collect(),
                next,
                next_children,
            },
        );
    }
    Ok(again)
}
