//! History: one project's pipelines, page by page.

use std::collections::BTreeMap;

use labtower_model::{PipelineWithJobs, ProjectId};
use serde_json::{Value, json};

use super::{PipelineFilter, PipelineList, PipelinesPage, complete::complete, gids};
use crate::{Answer, Client, GitlabError, Priority, exchange::Call, graphql};

impl Client {
    /// One page of those of a project's pipelines the filter lets through, newest first, after `cursor`.
    ///
    /// The page holds up to 100 pipelines; how many adapts to what GitLab can bear. A pipeline with more than
    /// 100 jobs costs a request per further 100.
    /// `None` if the project is gone, or the token may not read its pipelines.
    pub async fn pipelines_page(
        &self,
        project: ProjectId,
        list: PipelineList,
        filter: PipelineFilter,
        cursor: Option<&str>,
        priority: Priority,
    ) -> Result<Answer<Option<PipelinesPage>>, GitlabError> {
        let mut call = Call::new(self, priority);
        let size = &self.inner.page;
        let mut asked = size.get();
        let data = loop {
            let mut variables = json!({
                "ids": gids(&[project]),
                "pipelines": asked,
            });
            if let (Some(variables), Value::Object(filter)) =
                (variables.as_object_mut(), filter.variables())
            {
                variables.extend(filter);
            }
            if let Some(cursor) = cursor {
                variables["cursor"] = cursor.into();
            }
            if list == PipelineList::Children {
                variables["source"] = "parent_pipeline".into();
            }
            let what = format!("pipelines of project `{project}`");
            let answer = graphql::query::<graphql::ListsData>(
                &mut call,
                graphql::PIPELINES_PAGE,
                variables,
                what,
                asked > 1,
            )
            .await;
            match answer {
                Err(error) if error.asks_for_less() && asked > 1 => {
                    tracing::debug!(%error, asked, "page too large, asking for half");
                    asked = size.failed(asked);
                }
                other => {
                    let (data, took) = other?;
                    size.succeeded(asked, took);
                    break data;
                }
            }
        };
        let mut projects = data
            .projects
            .into_iter()
            .flat_map(graphql::Nodes::into_iter);
        let Some(pipelines) = projects.next().and_then(|project| project.pipelines) else {
            return Ok(call.answer(None));
        };
        let (wire, next) = pipelines.open();
        let mut whole: BTreeMap<_, PipelineWithJobs> = BTreeMap::new();
        for pipeline in wire {
            if let Some(pipeline) = complete(&mut call, project, pipeline).await? {
                whole.insert(pipeline.pipeline.id, pipeline);
            }
        }
        Ok(call.answer(Some(PipelinesPage {
            pipelines: whole.into_values().rev().collect(),
            next: next.filter(|next| Some(next.as_str()) != cursor),
        })))
    }
}
