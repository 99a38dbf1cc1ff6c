//! `config.toml`, the environment over it, and what is wrong with them.
//!
//! The same sections are read ([`load()`]), checked, shown, written as an example and described in the reference,
//! all from one declaration: each section is a file here that calls the `section!` macro, and the doc comments in it are the reference.
//! To add a setting: one line with its doc comment in its section's file, then `LABTOWER_UPDATE=1 cargo test -p labtower-cli`.

mod auth;
mod example;
mod failures;
mod feed;
mod gitlab;
mod load;
mod metrics;
mod otlp;
mod overlay;
mod poller;
mod problem;
mod reference;
mod secret;
mod section;
mod server;
mod setting;
mod store;
mod suggest;
mod tables;
mod webhooks;

pub use auth::Auth;
pub use example::example;
pub use failures::{Clock, Failures, Zone};
pub use feed::Feed;
pub use gitlab::{GitLab, TokenKind};
pub use load::{DEFAULT_FILE, Loaded, Source, load};
pub use metrics::Metrics;
pub use otlp::{Compression, Otlp, Since};
pub use poller::Poller;
pub use problem::{Finding, Origin, Problem, Severity};
pub use reference::reference;
pub use section::{Config, Key, Section};
pub use server::Server;
pub use setting::{ProjectPattern, Setting};
pub use store::Store;
pub use tables::{Login, View};
pub use webhooks::Webhooks;
