//! Deployments of a project that changed.

use jiff::Timestamp;
use labtower_model::{
    Deployment, DeploymentId, EnvironmentId, JobId, PipelineId, ProjectId, User, UserId,
};
use serde::Deserialize;

use super::list::List;
use crate::{Answer, Client, Endpoint, GitlabError, Priority, exchange::Call};

/// One page of deployments, oldest change first.
#[derive(Debug, Clone, PartialEq)]
pub struct DeploymentsPage {
    /// The deployments; those without an environment are left out.
    pub deployments: Vec<Deployment>,
    /// Newest change on the page.
    pub last_updated_at: Option<Timestamp>,
    /// Whether there is a further page.
    pub more: bool,
}

impl Client {
    /// Page `page` (from 1) of a project's deployments updated since `updated_after` (inclusive), oldest change first.
    ///
    /// A deployment that changes moves to the end of the list and shifts the pages after its old place. So
    /// ask for page 1 from the last change seen, and for page 2 only where a page has but one moment.
    ///
    /// # Errors
    ///
    /// [`GitlabError::Forbidden`] or [`GitlabError::NotFound`] where the token may not see them or the feature is off.
    pub async fn deployments_page(
        &self,
        project: ProjectId,
        updated_after: Timestamp,
        page: u32,
        priority: Priority,
    ) -> Result<Answer<DeploymentsPage>, GitlabError> {
        let mut call = Call::new(self, priority);
        let query = format!(
            "order_by=updated_at&sort=asc&updated_after={updated_after}&per_page=100&page={page}"
        );
        let list = List {
            endpoint: Endpoint::Deployments,
            path: format!("api/v4/projects/{project}/deployments"),
            query: "",
            what: format!("deployments of project `{project}`"),
        };
        let found = list.page::<WireDeployment>(&mut call, &query).await?;
        let last_updated_at = found.rows.iter().map(WireDeployment::updated_at).max();
        let more = found.next.is_some();
        let rows = found
            .rows
            .into_iter()
            .filter_map(|row| row.into_model(project));
        let deployments = rows.collect();
        Ok(call.answer(DeploymentsPage {
            deployments,
            last_updated_at,
            more,
        }))
    }
}

/// A deployment as REST shows it.
#[derive(Deserialize)]
struct WireDeployment {
    id: i64,
    iid: Option<i64>,
    #[serde(rename = "ref")]
    ref_name: Option<String>,
    sha: Option<String>,
    created_at: Timestamp,
    updated_at: Option<Timestamp>,
    status: String,
    user: Option<WireUser>,
    environment: Option<WireId>,
    deployable: Option<Deployable>,
}

/// A person as REST shows it.
#[derive(Deserialize)]
pub(super) struct WireUser {
    id: i64,
    username: Option<String>,
    name: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct WireId {
    pub(super) id: i64,
}

/// What we read of the job that deploys.
#[derive(Deserialize)]
struct Deployable {
    id: i64,
    tag: Option<bool>,
    finished_at: Option<Timestamp>,
    duration: Option<f64>,
    pipeline: Option<WireId>,
    commit: Option<Commit>,
}

#[derive(Deserialize)]
struct Commit {
    committed_date: Option<Timestamp>,
    created_at: Option<Timestamp>,
}

impl WireUser {
    pub(super) fn into_model(self) -> Option<User> {
        Some(User {
            id: UserId(self.id),
            username: self.username?,
            name: self.name,
        })
    }
}

impl WireDeployment {
    fn updated_at(&self) -> Timestamp {
        self.updated_at.unwrap_or(self.created_at)
    }

    fn into_model(self, project_id: ProjectId) -> Option<Deployment> {
        let updated_at = self.updated_at();
        let job = self.deployable.as_ref();
        let finished_at = job.and_then(|job| job.finished_at);
        let commit = job.and_then(|job| job.commit.as_ref());
        Some(Deployment {
            id: DeploymentId(self.id),
            iid: self.iid.unwrap_or(0),
            project_id,
            environment_id: EnvironmentId(self.environment?.id),
            status: self.status,
            ref_name: self.ref_name,
            tag: job.and_then(|job| job.tag),
            sha: self.sha,
            created_at: self.created_at,
            updated_at,
            finished_at,
            committed_at: commit.and_then(|commit| commit.committed_date.or(commit.created_at)),
            // While the job runs, every look would see another one.
            duration: job
                .and_then(|job| job.duration)
                .filter(|_| finished_at.is_some()),
            job_id: job.map(|job| JobId(job.id)),
            pipeline_id: job
                .and_then(|job| job.pipeline.as_ref())
                .map(|pipeline| PipelineId(pipeline.id)),
            user: self.user.and_then(WireUser::into_model),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bare_minimum_of_a_deployment_is_enough() {
        let wire: WireDeployment = serde_json::from_str(
            r#"{"id": 7, "status": "success", "created_at": "2026-11-20T12:00:00.123Z", "environment": {"id": 3},
                "user": null, "deployable": null}"#,
        )
        .unwrap();
        let deployment = wire.into_model(ProjectId(1)).unwrap();
        assert_eq!(deployment.updated_at, deployment.created_at);
        assert_eq!((deployment.job_id, deployment.finished_at), (None, None));
    }
}
