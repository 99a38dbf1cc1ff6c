//! JSON of the things that many resources embed.

use serde_json::{Value, json};

use crate::app::Simulation;
use crate::world::{Moment, PipelineFacts, Project, Time};

/// A time, or null.
pub(crate) fn time(at: Option<Time>) -> Value {
    at.map_or(Value::Null, |at| Value::String(at.rest()))
}

impl Simulation {
    /// `UserBasic`, or null.
    pub(crate) fn user_basic(&self, moment: &Moment<'_>, user: Option<u32>) -> Value {
        let Some(user) = user.and_then(|user| moment.users.get(user as usize)) else {
            return Value::Null;
        };
        json!({
            "id": user.id,
            "username": user.username,
            "public_email": "",
            "name": user.name,
            "state": if user.blocked { "blocked" } else { "active" },
            "locked": false,
            "avatar_url": null,
            "web_url": format!("{}/{}", self.url, user.username),
        })
    }

    /// Address of a project's page.
    pub(crate) fn project_url(&self, project: &Project) -> String {
        format!("{}/{}", self.url, project.full_path)
    }

    /// `PipelineBasic`.
    pub(crate) fn pipeline_basic(&self, moment: &Moment<'_>, facts: &PipelineFacts) -> Value {
        let project = &moment.projects[facts.project as usize];
        json!({
            "id": facts.id,
            "iid": facts.iid,
            "project_id": facts.project_id,
            "sha": facts.sha,
            "ref": facts.ref_name,
            "status": facts.status.as_str(),
            "source": facts.source.as_str(),
            "created_at": facts.created.rest(),
            "updated_at": facts.updated.rest(),
            "web_url": format!("{}/-/pipelines/{}", self.project_url(project), facts.id),
        })
    }
}
