//! Bodies of webhooks, one file for each kind.
//!
//! Source: GitLab's page on webhook events, and the data builders in `lib/gitlab/data_builder`.

mod deployment;
mod discussion;
mod job;
mod merge_request;
mod people;
mod pipeline;
mod push;

use serde_json::Value;

use super::happening::{Happening, What};
use super::trigger::Trigger;
use crate::app::Simulation;
use crate::world::Moment;

/// What a hook is told of something that happened, as of the moment at which it did; none: no longer there.
pub(super) fn body(
    app: &Simulation,
    moment: &Moment<'_>,
    happening: &Happening,
    trigger: Trigger,
    to_system: bool,
) -> Option<Value> {
    let project = happening.project;
    match &happening.what {
        What::Push(commit) if trigger == Trigger::RepositoryUpdate => {
            Some(push::repository_update(app, moment, project, *commit))
        }
        What::Push(commit) => Some(push::push(app, moment, project, *commit, to_system)),
        What::TagPush(tag) => Some(push::tag_push(app, moment, project, *tag, to_system)),
        What::Pipeline(pipeline) => Some(pipeline::pipeline(app, moment, *pipeline)),
        What::Job(id) => Some(job::job(app, moment, &moment.job(*id)?)),
        What::Deployment(id) => Some(deployment::deployment(app, moment, &moment.job(*id)?)),
        What::MergeRequest { iid, action } => {
            merge_request::merge_request(app, moment, project, *iid, action)
        }
        What::Issue { iid, action, .. } => discussion::issue(app, moment, project, *iid, action),
        What::Note(comment) => discussion::note(app, moment, project, comment),
        What::Release(tag) => deployment::release(app, moment, project, *tag),
    }
}

/// Name of the branch that was pushed to, for what hooks filter by it.
pub(super) fn branch(moment: &Moment<'_>, happening: &Happening) -> Option<String> {
    let project = &moment.projects[happening.project as usize];
    match happening.what {
        What::Push(commit) => Some(project.branch(project.commits[commit as usize].branch)),
        _ => None,
    }
}
