//! Asks GitLab and reads its answers into the model.
//!
//! What it is: one [`Client`] over REST and GraphQL, with one request budget ([`Priority`], rate limits,
//! concurrency), retries, page sizes that adapt, and errors named for what the caller can do about them.
//! What it is not: it decides nothing about *what* to fetch (that is `sync`) and stores nothing.
//!
//! Where to start: [`Client`], then [`Client::changed`] (the poll) and [`Client::pipelines_page`] (the backfill).
//! A request passes these files, in this order:
//!
//! ```text
//! pipelines/ projects.rs groups.rs probe.rs   a question, asked page by page
//!   graphql/                                  documents, wire structs, GraphQL errors
//!     exchange.rs                             send, retry, read the Date, keep counts
//!       gate/                                 wait for permission: priority, pace, quota
//!       transport.rs                          TLS, proxy, timeout, headers
//! ```
//!
//! To add a question: a file with a method on [`Client`]; for REST an [`Endpoint`] of its own (GitLab limits
//! some endpoints apart), for GraphQL a document in `graphql/`, which the tests validate against GitLab's
//! schema and complexity rules; a wire struct; its way into the model.
//!
//! Three rules hold everywhere: times that matter are GitLab's (its `Date` header), never ours;
//! every list is complete or an error; the token is in no message, log line or `Debug` output.

mod activity;
mod answer;
mod canned;
mod client;
mod config;
mod delivery;
mod endpoint;
mod error;
mod exchange;
mod failures;
mod gate;
mod graphql;
mod groups;
mod headers;
pub mod hooks;
mod kept;
mod mask;
mod pipelines;
mod probe;
mod projects;
mod raw;
mod redirect;
mod refusal;
mod registered_hooks;
mod retry;
mod size;
mod stats;
mod transport;

pub use activity::{CommitsPage, ListedCommit, MergeRequestsPage, ProjectActivity};
pub use answer::Answer;
pub use canned::Canned;
pub use client::Client;
pub use config::{ClientConfig, TokenKind};
pub use delivery::{DeploymentsPage, ReportedPipeline, ReportedProject};
pub use endpoint::{Endpoint, Priority};
pub use error::{GitlabError, Site};
pub use failures::{Issue, TraceBytes};
pub use groups::GroupOptions;
pub use pipelines::{
    ListCursors, ListedPipeline, ListedProject, PipelineFilter, PipelineList, PipelinesPage,
    ProjectCounts, ProjectPipelines, UpdatedWindow,
};
pub use probe::{Capabilities, TokenInfo};
pub use projects::encoded;
pub use raw::{RawAsk, RawPage};
pub use registered_hooks::{HookDelivery, HookOwner, HookSettings, RegisteredHook};
pub use stats::{RequestCount, Stats};
