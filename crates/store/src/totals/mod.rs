//! Counts that never fall: what `/metrics` reads its counters and histograms from.
//!
//! Like rollups they are kept in the transaction that writes the rows, and counted anew when the deferred mode is
//! left. Unlike rollups they have no days, know jobs too, and remember what retention deleted and retries undid.
//! [`contribution`] says what counts where; `rebuild` says the same in SQL, and a test compares the two.

mod apply;
mod bounds;
mod contribution;
mod heads;
mod job_fact;
mod rebuild;

pub(crate) use apply::apply;
pub use bounds::{DURATION_BOUNDS, QUEUE_BOUNDS};
pub(crate) use job_fact::{JobFact, jobs_of, mark_flaky, millis};
pub(crate) use rebuild::{rebuild, settle};
