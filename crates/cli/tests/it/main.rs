//! The one integration binary: the whole service against the simulated GitLab, and the command line as a process.

#![expect(clippy::unwrap_used, reason = "a test ends where it fails")]

mod activity;
mod app;
mod backup;
mod cli;
mod config;
mod correctness;
mod counted;
mod dashboards;
mod delivery;
mod demo;
mod docs;
mod export;
mod failures;
mod faults;
mod hooked;
mod hooks;
mod import;
mod kill;
mod kubernetes;
mod new_issues;
mod otlp;
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
mod truth;
mod webhooks;
