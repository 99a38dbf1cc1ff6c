//! Job logs as the runner sends them: sections, colours, overwritten lines, optional timestamps.
//!
//! `GET /projects/:id/jobs/:job_id/trace`. A log is a function of the job's facts and the time, so a running
//! job's log only ever grows, and a finished job's log is the same at every reading.

mod log;
mod outcome;
mod secrets;
mod slice;
mod write;

pub(crate) use log::Log;
pub(crate) use outcome::Outcome;
pub(crate) use secrets::leaks;
pub(crate) use slice::slice;
pub(crate) use write::{TraceFacts, failure_of, run_of, trace};
