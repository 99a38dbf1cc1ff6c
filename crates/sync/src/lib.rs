//! Decides what to fetch from GitLab, fetches it, writes it.
//!
//! Start at [`Syncer`]. One pass is: [`discover`] finds the projects, [`backfill`] reads their past, [`poll`] keeps up with changes.
//! [`plan`] and [`select`] are pure: stored state and time in, work out; most decisions and tests live there.
//!
//! Two promises hold at every moment, kill -9 included:
//! - A watermark moves in the same transaction as the rows it covers, never before, never back.
//! - It is read off GitLab's own clock before the question was asked, and every question reaches back by the overlap;
//!   what is seen twice is recognised by its content and written once.
//!
//! To sync one more resource: a function beside `poll` that asks the client and returns a [`labtower_store::Batch`],
//! and a watermark of its own in the store.

mod activity;
mod backfill;
mod completeness;
mod cycle;
mod deployments;
mod discover;
mod due;
mod environments;
mod error;
mod failures;
mod fetch;
mod hooked;
mod hooks;
mod options;
mod parts;
mod plan;
mod poll;
mod progress;
mod run;
mod select;
mod settle;
mod tags;
mod test_messages;
mod test_reports;

pub use activity::ActivityCycle;
pub use completeness::Checked;
pub use cycle::{Cycle, Discovery, Summary};
pub use error::SyncError;
pub use failures::{FailureCycle, FailureOptions};
pub use options::SyncOptions;
pub use run::Syncer;
pub use select::{Patterns, Selection};
