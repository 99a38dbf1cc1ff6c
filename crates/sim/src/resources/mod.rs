//! The rest of GitLab's REST API: everything but projects, pipelines and jobs.
//!
//! Nothing here is stored. Each resource is a function of (seed, project, index, time): things appear, change
//! and close as the simulated time goes on, with ids that ascend and never change.
//!
//! One file a resource, each with its `routes()`. Beneath them: `tale` (issues, reviews, milestones as stories
//! of a seed), `lists` (the many small ones), `rollout` (deployments read off jobs), `trace` and `stacks` (what tools print), `scene` and `order`.

mod activity;
mod branches;
mod commits;
mod deployments;
mod dice;
mod environments;
mod failures;
mod files;
mod issues;
mod keyset;
mod labels;
mod lists;
mod made;
mod members;
mod merge_requests;
mod milestones;
mod notes;
mod order;
mod releases;
mod rollout;
mod runners;
mod scene;
mod schedules;
mod stacks;
mod tags;
mod tale;
mod test_report;
mod test_reports;
mod trace;
mod traces;
mod truth;
mod users;
mod webhooks;

use axum::Router;

use crate::app::App;

pub(crate) use activity::{MergeRequestFacts, default_branch, merge_requests_of};
pub(crate) use dice::Dice;
pub use failures::TrueFailure;
pub(crate) use made::Made;
pub(crate) use test_report::Suite;
pub use test_report::TestCounts;
pub(crate) use test_reports::suites;
pub use truth::{TrueDelivery, TrueDeployment, TrueEnvironment, TrueSchedule, TrueTestReport};
pub use webhooks::WebhookCounts;
pub(crate) use webhooks::{Webhooks, run as run_webhooks};

/// All routes of this folder, below `/api/v4`.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .merge(branches::routes())
        .merge(commits::routes())
        .merge(deployments::routes())
        .merge(environments::routes())
        .merge(files::routes())
        .merge(issues::routes())
        .merge(labels::routes())
        .merge(lists::routes())
        .merge(members::routes())
        .merge(merge_requests::routes())
        .merge(milestones::routes())
        .merge(notes::routes())
        .merge(releases::routes())
        .merge(runners::routes())
        .merge(schedules::routes())
        .merge(tags::routes())
        .merge(test_reports::routes())
        .merge(traces::routes())
        .merge(users::routes())
}
