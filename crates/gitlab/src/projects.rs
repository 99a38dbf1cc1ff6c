//! One project.

use jiff::Timestamp;
use labtower_model::{Project, ProjectId};
use serde::Deserialize;

use crate::{
    Answer, Client, Endpoint, GitlabError, Priority,
    exchange::{Call, Reply, Request},
};

impl Client {
    /// The project with this id or full path; `None` if it does not exist or is hidden (404).
    ///
    /// A renamed project is found by its old path too.
    pub async fn project(
        &self,
        id_or_path: &str,
        priority: Priority,
    ) -> Result<Answer<Option<Project>>, GitlabError> {
        let mut call = Call::new(self, priority);
        let request = Request {
            endpoint: Endpoint::Project,
            path: format!("api/v4/projects/{}", encoded(id_or_path)),
            body: None,
            what: format!("project `{id_or_path}`"),
            shrinks: false,
        };
        let project = call
            .send(&request, |reply| read::<WireProject>(reply, &request.what))
            .await;
        match project {
            Ok(project) => Ok(call.answer(Some(project.into_model()))),
            Err(GitlabError::NotFound { .. }) => Ok(call.answer(None)),
            Err(error) => Err(error),
        }
    }
}

/// A project as REST shows it.
///
/// Source: `GET /projects/:id`, `GET /groups/:id/projects`.
#[derive(Deserialize)]
pub(crate) struct WireProject {
    id: i64,
    path_with_namespace: String,
    name: Option<String>,
    default_branch: Option<String>,
    visibility: Option<String>,
    archived: Option<bool>,
    topics: Option<Vec<String>>,
    web_url: Option<String>,
    created_at: Option<Timestamp>,
}

impl WireProject {
    pub(crate) fn into_model(self) -> Project {
        let mut topics = self.topics.unwrap_or_default();
        topics.sort_unstable();
        let last = self.path_with_namespace.rsplit('/').next();
        let name = self
            .name
            .unwrap_or_else(|| last.unwrap_or_default().to_owned());
        Project {
            id: ProjectId(self.id),
            path_with_namespace: self.path_with_namespace,
            name,
            default_branch: self.default_branch,
            visibility: self.visibility,
            archived: self.archived.unwrap_or(false),
            topics,
            web_url: self.web_url,
            created_at: self.created_at,
        }
    }
}

/// An id or a full path as one path segment: GitLab wants the slashes of a path encoded.
pub fn encoded(id_or_path: &str) -> String {
    url::form_urlencoded::byte_serialize(id_or_path.trim_matches('/').as_bytes())
        .collect::<String>()
        .replace('+', "%20")
}

/// Reads a JSON body.
pub(crate) fn read<T: serde::de::DeserializeOwned>(
    reply: &Reply,
    what: &str,
) -> Result<T, GitlabError> {
    serde_json::from_slice(&reply.body).map_err(|error| GitlabError::Malformed {
        what: what.to_owned(),
        detail: error.to_string(),
        site: Box::new(reply.site.clone()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_is_one_segment() {
        assert_eq!(
            encoded("group/sub group/project"),
            "group%2Fsub%20group%2Fproject"
        );
        assert_eq!(encoded("17"), "17");
    }

    #[test]
    fn bare_minimum_of_a_project_is_enough() {
        let wire: WireProject =
            serde_json::from_str(r#"{"id": 7, "path_with_namespace": "a/b"}"#).unwrap();
        let project = wire.into_model();
        assert_eq!((project.id.get(), project.name.as_str()), (7, "b"));
    }
}
