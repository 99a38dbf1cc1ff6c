//! From the store to tables: one file per switch. Each collector may fail without the others.

mod context;
mod deployments;
mod environments;
mod heads;
mod info;
mod job_totals;
mod jobs;
mod merge_requests;
mod pipeline_totals;
mod pipelines;
mod projects;
mod queue;
mod runners;
mod schedules;
mod status;
mod tests;
mod totals;

pub(super) use context::{Context, collect};
pub(super) use queue::Waiting;
pub(super) use schedules::Due;
