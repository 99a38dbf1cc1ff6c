//! The writer: one thread that owns the only connection that writes.
//!
//! Callers send a prepared batch and wait. The thread takes everything that is queued, up to a limit, into one
//! transaction: each batch in a savepoint, so that a bad one fails alone; feed rows, rollups, `latest_*` and the
//! generation counters once at the end; then the commit, then the answers.

mod apply;
mod counters;
mod jobs;
mod latest;
mod pipelines;
mod projects;
mod retain;
mod session;
mod sync;
mod thread;
mod users;
mod words;

pub(crate) use counters::Counters;
pub(crate) use session::Session;
pub(crate) use thread::{Message, Reply, Writer};
