//! What people do beside pipelines, drawn from a seed: issues, milestones, labels, reviews.
//!
//! Everything is a function of a [`Place`] and the time. A thing numbered `n` is created after the thing
//! numbered `n - 1`; its later events (comments, closing, re-opening) have their times from the start, so
//! what it looks like at a moment is read off without storing anything.

mod history;
mod issue;
mod label;
mod milestone;
mod place;
mod talk;

pub(crate) use history::{End, History, Request, default_commits};
pub(crate) use issue::{Issue, hide_future, issue_at, issues};
pub(crate) use label::{GROUP_LABELS, Label, PROJECT_LABELS, labels_of};
pub(crate) use milestone::{Milestone, milestone_at, milestones};
pub(crate) use place::{Place, global_id, split_id};
pub(crate) use talk::{Remark, talk};
