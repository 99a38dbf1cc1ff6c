//! Merge requests: many projects in one request, or one project page by page.

use std::time::Duration;

use jiff::Timestamp;
use labtower_model::ProjectId;
use serde_json::json;

use super::{MergeRequestsPage, ProjectActivity, wire};
use crate::{
    Answer, Client, GitlabError, Priority,
    exchange::Call,
    graphql,
    pipelines::{gids, named},
};

/// Merge requests per project when many projects are asked about; more follow through `next`.
const REQUESTS: usize = 20;

impl Client {
    /// Merge requests of up to 100 projects with what GitLab counts about each: all, or those updated since
    /// `updated_after` (inclusive). One request, when GitLab can bear it. A project that is gone is absent.
    pub async fn activity(
        &self,
        ids: &[ProjectId],
        updated_after: Option<Timestamp>,
        priority: Priority,
    ) -> Result<Answer<Vec<ProjectActivity>>, GitlabError> {
        let mut call = Call::new(self, priority);
        let mut found = Vec::with_capacity(ids.len());
        let mut asks: Vec<(&[ProjectId], usize)> =
            ids.chunks(100).rev().map(|ids| (ids, REQUESTS)).collect();
        while let Some((ids, requests)) = asks.pop() {
            let shrinks = ids.len() > 1 || requests > 1;
            match ask(&mut call, ids, updated_after, None, requests, shrinks).await {
                Err(error) if shrinks && error.asks_for_less() => match ids.split_at(ids.len() / 2)
                {
                    ([], only) => asks.push((only, requests / 2)),
                    (first, second) => asks.extend([(second, requests), (first, requests)]),
                },
                Err(error) => return Err(error),
                Ok((projects, _)) => found.extend(projects),
            }
        }
        Ok(call.answer(found))
    }

    /// One page of a project's merge requests, newest first, after `cursor`; how many adapts to what GitLab can bear.
    /// `updated_after` must be what the list began with. `None` if the project is gone.
    pub async fn merge_requests_page(
        &self,
        project: ProjectId,
        updated_after: Option<Timestamp>,
        cursor: Option<&str>,
        priority: Priority,
    ) -> Result<Answer<Option<MergeRequestsPage>>, GitlabError> {
        let mut call = Call::new(self, priority);
        let size = &self.inner.requests;
        let mut asked = size.get();
        let projects = loop {
            let shrinks = asked > 1;
            match ask(&mut call, &[project], updated_after, cursor, asked, shrinks).await {
                Err(error) if shrinks && error.asks_for_less() => {
                    tracing::debug!(%error, asked, "page too large, asking for half");
                    asked = size.failed(asked);
                }
                other => {
                    let (projects, took) = other?;
                    size.succeeded(asked, took);
                    break projects;
                }
            }
        };
        let page = projects.into_iter().next().map(|found| MergeRequestsPage {
            merge_requests: found.merge_requests,
            // A list that leads back to where it was has no end.
            next: found.next.filter(|next| Some(next.as_str()) != cursor),
        });
        Ok(call.answer(page))
    }
}

async fn ask(
    call: &mut Call<'_>,
    ids: &[ProjectId],
    updated_after: Option<Timestamp>,
    cursor: Option<&str>,
    requests: usize,
    shrinks: bool,
) -> Result<(Vec<ProjectActivity>, Duration), GitlabError> {
    let mut variables = json!({
        "ids": gids(ids),
        "projects": ids.len(),
        "requests": requests,
    });
    if let Some(after) = updated_after {
        variables["after"] = json!(after);
    }
    if let Some(cursor) = cursor {
        variables["cursor"] = cursor.into();
    }
    let what = format!("merge requests of {}", named(ids));
    let (data, took) =
        graphql::query::<wire::Data>(call, graphql::ACTIVITY, variables, what, shrinks).await?;
    let projects = data
        .projects
        .into_iter()
        .flat_map(graphql::Nodes::into_iter)
        .map(wire::Project::into_activity)
        .collect();
    Ok((projects, took))
}
