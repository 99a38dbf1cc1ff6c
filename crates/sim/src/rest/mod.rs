//! REST v4: the core resources (version, groups, projects, pipelines, jobs) and what all resources share.
//!
//! A resource is one file with `pub(crate) fn routes() -> Router<App>`; paths are those below
//! `/api/v4`. A handler takes the [`crate::app::Simulation::moment`] to look at, finds what its path names (`find`),
//! checks its [`query::Params`] and answers with a page ([`page::Paging`]). Tokens, limits, faults,
//! counting and common headers are the business of the layers around all routes, not of handlers.
//! More resources are in `crate::resources`.

pub(crate) mod cursor;
pub(crate) mod entity;
pub(crate) mod error;
mod find;
mod groups;
pub(crate) mod jobs;
pub(crate) mod page;
pub(crate) mod pipelines;
pub(crate) mod projects;
pub(crate) mod query;
mod routes;
mod version;

pub(crate) use routes::routes;

/// `revision` of `GET /version`.
pub(crate) const REVISION: &str = "0f2e1d3c4b5";
