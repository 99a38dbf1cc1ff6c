//! Environments of a project.

use jiff::Timestamp;
use labtower_model::{Environment, EnvironmentId, ProjectId};
use serde::Deserialize;

use super::list::List;
use crate::{Answer, Client, Endpoint, GitlabError, Priority, exchange::Call};

impl Client {
    /// All environments of a project, stopped ones too, by id; one request per 100.
    ///
    /// # Errors
    ///
    /// [`GitlabError::Forbidden`] or [`GitlabError::NotFound`] where the token may not see them or the feature is off.
    pub async fn environments(
        &self,
        project: ProjectId,
        priority: Priority,
    ) -> Result<Answer<Vec<Environment>>, GitlabError> {
        let mut call = Call::new(self, priority);
        let list = List {
            endpoint: Endpoint::Environments,
            path: format!("api/v4/projects/{project}/environments"),
            query: "per_page=100&page=1",
            what: format!("environments of project `{project}`"),
        };
        let rows = list
            .whole(&mut call, |row: &WireEnvironment| row.id)
            .await?;
        let rows = rows.into_iter().map(|row| row.into_model(project));
        Ok(call.answer(rows.collect()))
    }
}

/// An environment as REST shows it.
#[derive(Deserialize)]
struct WireEnvironment {
    id: i64,
    name: Option<String>,
    slug: Option<String>,
    state: Option<String>,
    tier: Option<String>,
    external_url: Option<String>,
    created_at: Option<Timestamp>,
    updated_at: Option<Timestamp>,
}

impl WireEnvironment {
    fn into_model(self, project_id: ProjectId) -> Environment {
        Environment {
            id: EnvironmentId(self.id),
            project_id,
            name: self.name.unwrap_or_else(|| self.id.to_string()),
            slug: self.slug,
            state: self.state,
            tier: self.tier,
            external_url: self.external_url.filter(|url| !url.is_empty()),
            created_at: self.created_at,
            updated_at: self.updated_at,
        }
    }
}
