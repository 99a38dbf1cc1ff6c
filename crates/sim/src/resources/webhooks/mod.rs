//! Webhooks: what the living world tells to whom a hook names.
//!
//! A task of its own ([`run`]) looks again and again at what happened since it last looked (`watch` for pipelines,
//! jobs and pushes, `stories` for merge requests, issues and releases), writes the bodies as of the moment of each
//! (`body`), and hands them through a bounded queue to requests (`deliver`). Without a hook it sleeps.
//! The routes that make hooks are in `lists::hooks`.

mod body;
mod deliver;
mod happening;
mod hook;
mod registry;
mod stories;
mod task;
mod trigger;
mod watch;

pub(super) use deliver::delivery;
pub(super) use hook::{Hook, Owner, Settings};
pub use registry::WebhookCounts;
pub(crate) use registry::Webhooks;
pub(crate) use task::run;
