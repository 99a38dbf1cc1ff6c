//! GraphQL: a true subset of GitLab's schema, scored, limited and answered as GitLab does.
//!
//! `http` takes a request, `complexity` says what it costs before anything runs, the other files
//! are one type each. Resolvers read the world through [`Request::moment`], which shows all of
//! one request the same instant.

mod artifact;
mod commit;
mod complexity;
mod cursor;
mod group;
mod http;
mod job;
mod merge_request;
mod merge_requests;
mod page;
mod people;
mod pipeline;
mod project;
mod query;
#[cfg(test)]
mod reference;
mod rows;
mod scalar;
mod statistics;
mod test_summary;

pub(crate) use complexity::Scorer;
pub(crate) use http::{refuse, routes};
pub(crate) use query::{GitLabSchema, schema};

use crate::app::App;
use crate::world::{Moment, Time};

/// What resolvers know about the request they answer.
pub(crate) struct Request {
    pub(crate) app: App,
    /// The instant shown.
    pub(crate) now: Time,
    /// Whether a token came with it; without, nothing private is shown.
    pub(crate) authenticated: bool,
    /// Its complexity.
    pub(crate) score: u64,
    pub(crate) limit: u64,
    /// For how many projects `jobs` was resolved.
    pub(crate) project_jobs: std::sync::atomic::AtomicU32,
}

impl Request {
    /// The world at the request's instant; must not live across an `.await`.
    pub(crate) fn moment(&self) -> Moment<'_> {
        self.app.moment_at(self.now)
    }
}
