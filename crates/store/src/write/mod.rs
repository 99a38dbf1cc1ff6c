//! The writer: one thread that owns the only connection that writes.
//!
//! Callers send a prepared batch and wait. The thread takes everything that is queued, up to a limit, into one
//! transaction: the batches, then rollups, `latest_*`, feed rows and generation counters once for all of them; then the
//! commit, then the answers. When a batch fails, the transaction is undone and each batch gets one of its own.

mod activity_state;
mod apply;
mod commits;
mod completeness;
mod counters;
mod delivery;
mod deployments;
mod failures;
mod forget;
mod gone;
mod inbox;
mod jobs;
mod latest;
mod merge_requests;
mod moves;
mod parts;
mod pipelines;
mod projects;
mod retain;
mod session;
mod sinks;
mod sync;
mod test_reports;
mod thread;
mod users;
mod words;

pub(crate) use counters::Counters;
pub(crate) use session::Session;
pub(crate) use thread::{Message, Reply, Writer};
