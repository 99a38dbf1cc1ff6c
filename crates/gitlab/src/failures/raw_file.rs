//! Files of a repository.

use bytes::Bytes;
use labtower_model::ProjectId;

use crate::{
    Answer, Client, Endpoint, GitlabError, Priority,
    exchange::{Call, Request},
    kept::Keep,
    projects::encoded,
};

/// Larger files are none: lock files have a few megabytes at most.
const LARGEST: usize = 16 << 20;

impl Client {
    /// A file as it is at a commit; `None` if it is not there, hidden, or larger than 16 MiB.
    ///
    /// Source: `GET /projects/:id/repository/files/:file_path/raw`.
    ///
    /// # Errors
    ///
    /// Whatever keeps us from asking.
    pub async fn raw_file(
        &self,
        project: ProjectId,
        path: &str,
        sha: &str,
        priority: Priority,
    ) -> Result<Answer<Option<Bytes>>, GitlabError> {
        let keep = Keep {
            head: LARGEST,
            tail: 0,
        };
        let mut call = Call::keeping(self, priority, keep);
        let request = Request {
            endpoint: Endpoint::RawFile,
            path: format!(
                "api/v4/projects/{project}/repository/files/{}/raw?ref={}",
                encoded(path),
                encoded(sha)
            ),
            body: None,
            what: format!("file `{path}` of project `{project}`"),
            shrinks: false,
        };
        let file = call
            .send(&request, |reply| {
                Ok((reply.skipped == 0).then(|| reply.body.clone()))
            })
            .await;
        match file {
            Ok(file) => Ok(call.answer(file)),
            Err(GitlabError::NotFound { .. } | GitlabError::Forbidden { .. }) => {
                Ok(call.answer(None))
            }
            Err(error) => Err(error),
        }
    }
}
