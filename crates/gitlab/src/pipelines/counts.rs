//! How many pipelines projects have.

use jiff::Timestamp;
use labtower_model::ProjectId;
use serde_json::json;

use super::{ProjectCounts, gids, named};
use crate::{Answer, Client, GitlabError, Priority, exchange::Call, graphql};

impl Client {
    /// Numbers of pipelines updated since `updated_after` (inclusive), per project; a hidden or absent project is absent.
    ///
    /// One request per 100 ids.
    pub async fn counts(
        &self,
        ids: &[ProjectId],
        updated_after: Timestamp,
        priority: Priority,
    ) -> Result<Answer<Vec<ProjectCounts>>, GitlabError> {
        let mut call = Call::new(self, priority);
        let mut counts = Vec::with_capacity(ids.len());
        let mut asks: Vec<&[ProjectId]> = ids.chunks(100).rev().collect();
        while let Some(ids) = asks.pop() {
            let variables = json!({
                "ids": gids(ids),
                "projects": ids.len(),
                "after": updated_after,
            });
            let splits = ids.len() > 1;
            let what = format!("pipeline counts of {}", named(ids));
            let data = graphql::query::<graphql::CountsData>(
                &mut call,
                graphql::COUNTS,
                variables,
                what,
                splits,
            )
            .await;
            match data {
                Err(error) if splits && error.asks_for_less() => {
                    let (first, second) = ids.split_at(ids.len() / 2);
                    asks.extend([second, first]);
                }
                Err(error) => return Err(error),
                Ok((data, _)) => {
                    let projects = data
                        .projects
                        .into_iter()
                        .flat_map(graphql::Nodes::into_iter);
                    counts.extend(projects.filter_map(|project| {
                        Some(ProjectCounts {
                            project_id: ProjectId(project.id.number),
                            pipelines: project.pipelines?.count,
                            children: project.children.map_or(0, |children| children.count),
                        })
                    }));
                }
            }
        }
        Ok(call.answer(counts))
    }
}
