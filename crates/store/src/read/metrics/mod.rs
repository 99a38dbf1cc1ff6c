//! Questions of `/metrics`. Rows go to a visitor one by one and name texts by their id in `words`, so that reading
//! a hundred thousand of them allocates nothing; [`Texts`] turns ids into texts and is kept between scrapes.
//!
//! Counters come from `totals`, the newest pipelines from `ref_heads`: neither grows with the history of a ref.

mod activity;
mod now;
mod ref_jobs;
mod refs;
mod schedules;
mod sums;
mod texts;

pub use activity::NewerCommits;
pub use now::{ActiveJobs, ActivePipelines};
pub use ref_jobs::{RefJob, RefJobRuns};
pub use refs::RefHead;
pub use sums::{Sum, SumKind};
pub use texts::Texts;
