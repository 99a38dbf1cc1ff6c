//! Pipeline schedules of a project.

use jiff::Timestamp;
use labtower_model::{PipelineId, PipelineSchedule, ProjectId, ScheduleId};
use serde::Deserialize;

use super::deployments::{WireId, WireUser};
use super::list::{List, one};
use crate::{Answer, Client, Endpoint, GitlabError, Priority, exchange::Call};

impl Client {
    /// All schedules of a project, by id. One request per 100, and one for each: only that tells its last pipeline.
    ///
    /// # Errors
    ///
    /// [`GitlabError::Forbidden`] or [`GitlabError::NotFound`] where the token may not see them or the feature is off.
    pub async fn pipeline_schedules(
        &self,
        project: ProjectId,
        priority: Priority,
    ) -> Result<Answer<Vec<PipelineSchedule>>, GitlabError> {
        let mut call = Call::new(self, priority);
        let path = format!("api/v4/projects/{project}/pipeline_schedules");
        let list = List {
            endpoint: Endpoint::PipelineSchedules,
            path: path.clone(),
            query: "per_page=100&page=1",
            what: format!("pipeline schedules of project `{project}`"),
        };
        let listed = list.whole(&mut call, |row: &WireSchedule| row.id).await?;
        let mut schedules = Vec::with_capacity(listed.len());
        for row in listed {
            let path = format!("{path}/{}", row.id);
            let what = format!("pipeline schedule `{}` of project `{project}`", row.id);
            match one::<WireSchedule>(&mut call, Endpoint::PipelineSchedule, path, what).await {
                Ok(whole) => schedules.push(whole.into_model(project)),
                // Deleted since it was listed.
                Err(GitlabError::NotFound { .. }) => {}
                // The list may be public where the details are not.
                Err(GitlabError::Forbidden { .. }) => schedules.push(row.into_model(project)),
                Err(error) => return Err(error),
            }
        }
        Ok(call.answer(schedules))
    }
}

/// A schedule as REST shows it.
#[derive(Deserialize)]
struct WireSchedule {
    id: i64,
    description: Option<String>,
    #[serde(rename = "ref")]
    ref_name: Option<String>,
    cron: Option<String>,
    cron_timezone: Option<String>,
    active: Option<bool>,
    next_run_at: Option<Timestamp>,
    /// In the details only.
    last_pipeline: Option<WireId>,
    owner: Option<WireUser>,
    created_at: Option<Timestamp>,
    updated_at: Option<Timestamp>,
}

impl WireSchedule {
    fn into_model(self, project_id: ProjectId) -> PipelineSchedule {
        PipelineSchedule {
            id: ScheduleId(self.id),
            project_id,
            description: self.description,
            ref_name: self.ref_name.map(|name| short(&name).to_owned()),
            cron: self.cron,
            cron_timezone: self.cron_timezone,
            active: self.active.unwrap_or(false),
            next_run_at: self.next_run_at,
            last_pipeline_id: self.last_pipeline.map(|last| PipelineId(last.id)),
            owner: self.owner.and_then(WireUser::into_model),
            created_at: self.created_at,
            updated_at: self.updated_at,
        }
    }
}

/// A ref without the folder it is in: old schedules have the bare name, new ones the path.
fn short(name: &str) -> &str {
    ["refs/heads/", "refs/tags/"]
        .into_iter()
        .find_map(|folder| name.strip_prefix(folder))
        .unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refs_lose_their_folder() {
        assert_eq!(short("refs/heads/main"), "main");
        assert_eq!(short("refs/tags/v1"), "v1");
        assert_eq!(short("feature/refs/heads/x"), "feature/refs/heads/x");
    }
}
