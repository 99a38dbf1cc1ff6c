//! Webhooks: what GitLab sends of its own accord.
//!
//! Payloads differ between versions, and administrators may shape them: every field may be absent. What is needed and is
//! not there is an error that names it; what is unknown is left alone.

mod job;
mod pipeline;
mod time;

use labtower_model::{HookKindError, Project, ProjectId, hook_kind_of};
use serde_json::Value;

pub use job::JobHook;
pub use pipeline::PipelineHook;

/// What a webhook tells.
#[derive(Debug, Clone, PartialEq)]
pub enum Hook {
    /// The state of a pipeline and of the newest run of each of its jobs.
    Pipeline(Box<PipelineHook>),
    /// The state of a job.
    Job(Box<JobHook>),
    /// That something of a project has changed; what it is now has to be asked for.
    Changed(Changed),
    /// Something else.
    Other,
}

/// A webhook that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// What it tells.
    pub hook: Hook,
    /// The project as far as the event describes it; absent where it does not.
    pub project: Option<Project>,
}

/// What has changed in which project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Changed {
    /// The project.
    pub project_id: ProjectId,
    /// What of it.
    pub what: What,
}

/// What a webhook without the whole truth is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum What {
    /// Its commits: something was pushed.
    Commits,
    /// Its merge requests, or what people say in them.
    MergeRequests,
    /// Its deployments.
    Deployments,
    /// Its issues, or what people say in them.
    Issues,
    /// Its releases.
    Releases,
    /// The project itself: its name, place or visibility.
    Project,
}

/// Why a body is no webhook.
#[derive(Debug, thiserror::Error)]
pub enum HookError {
    /// It is no JSON object, or has no kind.
    #[error(transparent)]
    Kind(#[from] HookKindError),
    /// A field is missing or of another shape.
    #[error("a `{kind}` event without usable `{field}`")]
    Field {
        /// GitLab's word for the event.
        kind: &'static str,
        /// Dotted path.
        field: &'static str,
    },
}

/// Reads a webhook. Source: GitLab's webhook events and system hooks.
///
/// # Errors
/// What is no webhook, or lacks what every event of its kind has.
pub fn parse(body: &[u8]) -> Result<Event, HookError> {
    let value: Value = serde_json::from_slice(body).map_err(HookKindError::from)?;
    Ok(Event {
        hook: hook(&hook_kind_of(&value)?, &value)?,
        project: project(&value["project"]),
    })
}

fn hook(kind: &str, value: &Value) -> Result<Hook, HookError> {
    let changed = |what, name: &'static str| {
        let id = project_id(value).ok_or(HookError::Field {
            kind: name,
            field: "project.id",
        })?;
        let project_id = ProjectId(id);
        Ok(Hook::Changed(Changed { project_id, what }))
    };
    match kind {
        "pipeline" => Ok(Hook::Pipeline(Box::new(pipeline::read(value)?))),
        "build" => Ok(Hook::Job(Box::new(job::read(value)?))),
        "push" | "tag_push" | "repository_update" => changed(What::Commits, "push"),
        "merge_request" => changed(What::MergeRequests, "merge_request"),
        "deployment" => changed(What::Deployments, "deployment"),
        "issue" | "work_item" => changed(What::Issues, "issue"),
        "release" => changed(What::Releases, "release"),
        "note" if value["merge_request"].is_object() => changed(What::MergeRequests, "note"),
        "note" if value["issue"].is_object() => changed(What::Issues, "note"),
        "project_create" | "project_rename" | "project_transfer" | "project_update"
        | "project_destroy" => changed(What::Project, "project"),
        _ => Ok(Hook::Other),
    }
}

/// The `project` of an event.
fn project(value: &Value) -> Option<Project> {
    let path = text(&value["path_with_namespace"])?;
    Some(Project {
        id: ProjectId(value["id"].as_i64()?),
        name: text(&value["name"]).unwrap_or_else(|| path.clone()),
        path_with_namespace: path,
        default_branch: text(&value["default_branch"]),
        visibility: None,
        archived: false,
        topics: Vec::new(),
        web_url: text(&value["web_url"]),
        created_at: None,
    })
}

fn project_id(value: &Value) -> Option<i64> {
    let about = &value["object_attributes"];
    [
        &value["project"]["id"],
        &value["project_id"],
        // Merge requests of system hooks say it nowhere else.
        &about["target_project_id"],
        &about["project_id"],
    ]
    .into_iter()
    .find_map(Value::as_i64)
}

/// A text that is not empty.
fn text(value: &Value) -> Option<String> {
    value
        .as_str()
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_webhook_says_why() {
        let told = |body: &str| parse(body.as_bytes()).unwrap_err().to_string();
        assert!(told("{").contains("no JSON"));
        assert!(told("[1]").contains("no JSON object"));
        assert!(told(r#"{"text": "hello"}"#).contains("object_kind"));
        assert_eq!(
            told(r#"{"object_kind": "pipeline"}"#),
            "a `pipeline` event without usable `project.id`"
        );
    }

    #[test]
    fn what_hooks_do_not_tell_is_asked_for() {
        let body = |kind: &str, more: &str| {
            format!(r#"{{"object_kind": "{kind}", "project": {{"id": 7}}{more}}}"#)
        };
        let read = |kind: &str, more: &str| parse(body(kind, more).as_bytes()).unwrap().hook;
        let changed = |what| {
            Hook::Changed(Changed {
                project_id: ProjectId(7),
                what,
            })
        };
        assert_eq!(read("push", ""), changed(What::Commits));
        assert_eq!(read("merge_request", ""), changed(What::MergeRequests));
        assert_eq!(read("note", r#", "issue": {}"#), changed(What::Issues));
        assert_eq!(read("note", r#", "snippet": {}"#), Hook::Other);
        assert_eq!(read("a_kind_of_tomorrow", ""), Hook::Other);
        let system = br#"{"event_name": "project_rename", "project_id": 7}"#;
        assert_eq!(parse(system).unwrap().hook, changed(What::Project));
    }
}
