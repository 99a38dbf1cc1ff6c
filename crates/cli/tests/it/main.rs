//! The one integration binary: the whole service against the simulated GitLab, and the command line as a process.

#![expect(clippy::unwrap_used, reason = "a test ends where it fails")]
#![expect(clippy::print_stderr, reason = "a skipped test says so")]

mod activity;
mod app;
mod backup;
mod cli;
mod completeness;
mod config;
mod correctness;
mod counted;
mod dashboards;
mod delivery;
mod demo;
mod docs;
mod endurance;
mod export;
mod failures;
mod faults;
mod gate;
mod hooked;
mod hooks;
mod import;
mod kill;
mod kubernetes;
mod moved;
mod new_issues;
mod otlp;
#[expect(dead_code, reason = "the sinks' own tests use the rest of it")]
#[path = "../../../export/tests/places"]
mod places {
    //! Where rows are kept.
    pub(crate) mod database;
    pub(crate) mod servers;
}
mod process;
mod prometheus;
#[expect(dead_code, reason = "the sink's own tests use the rest of it")]
#[path = "../../../export/tests/otlp/receiver.rs"]
mod receiver;
mod reload;
mod rules;
mod schemathesis;
mod scrape;
mod scraped;
mod secrets;
mod service;
mod settle;
#[path = "../../../export/tests/shared"]
mod shared {
    //! How servers are found.
    pub(crate) mod servers;
}
mod sink_down;
mod truth;
mod webhooks;
