//! Reads the store, answers HTTP.
//!
//! It never writes (but for the rebuild of statistics on request) and never speaks to GitLab.
//! Start at [`router()`]: every URL on one screen. A question of data goes through `answer`: history gate,
//! entity tag, cache, then a bounded read of the store. Query strings are read in `query`, errors made in `error`.
//!
//! To add an endpoint: a file under `api/` with its JSON struct and its handler, described with `utoipa::path`;
//! a line in `router`; a section in `docs/api.md`; its shape in `tests/`.

mod answer;
mod api;
mod auth;
mod cache;
mod error;
mod etag;
mod health;
mod issue_writer;
mod layers;
pub mod metrics;
mod options;
mod overview;
mod query;
mod router;
mod server;
mod state;
mod time;
mod web;
mod webhooks;

pub use auth::{
    AuthOptions, PasswordError, User, check_hash, hash_password, header_name, new_session_key,
};
pub use issue_writer::{IssueAnswer, IssueWriter, NewIssue};
pub use metrics::{InstanceMetrics, InstanceSamples, MetricsOptions};
pub use options::{FailureOptions, SavedView, ServeOptions};
pub use router::{openapi_json, router};
pub use server::{Tls, serve};
pub use webhooks::WebhookOptions;
