//! One pipeline, by id.

use labtower_model::{PipelineId, PipelineWithJobs, ProjectId};
use serde::Deserialize;

use super::complete::by_iid;
use crate::{
    Answer, Client, Endpoint, GitlabError, Priority,
    exchange::{Call, Request},
    projects::read,
};

/// What is needed of a pipeline as REST shows it.
///
/// Source: `GET /projects/:id/pipelines/:pipeline_id`.
#[derive(Deserialize)]
struct WirePipeline {
    iid: i64,
}

impl Client {
    /// One pipeline with all of its jobs; `None` if it is not there, or the token may not see it (404).
    ///
    /// Two requests: GraphQL finds child pipelines by iid, but not always by id.
    pub async fn pipeline(
        &self,
        project: ProjectId,
        id: PipelineId,
        priority: Priority,
    ) -> Result<Answer<Option<PipelineWithJobs>>, GitlabError> {
        let mut call = Call::new(self, priority);
        let request = Request {
            endpoint: Endpoint::Pipeline,
            path: format!("api/v4/projects/{project}/pipelines/{id}"),
            body: None,
            what: format!("pipeline `{id}` of project `{project}`"),
            shrinks: false,
        };
        let answer = call
            .send(&request, |reply| read::<WirePipeline>(reply, &request.what))
            .await;
        match answer {
            Ok(wire) => {
                let whole = by_iid(&mut call, project, wire.iid).await?;
                Ok(call.answer(whole))
            }
            Err(GitlabError::NotFound { .. }) => Ok(call.answer(None)),
            Err(error) => Err(error),
        }
    }
}
