//! The server over a real store: what clients see.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop there"
)]

mod app;
mod auth;
mod backfill;
mod caching;
mod docs;
mod errors;
mod failures;
mod filters;
mod grafana;
mod insight;
mod live;
mod metrics;
mod pages;
mod paging;
mod samples;
mod security;
mod service;
mod shapes;
mod webhooks;
