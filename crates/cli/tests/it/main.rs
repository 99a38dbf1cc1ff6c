//! The one integration binary: the whole service against the simulated GitLab, and the command line as a process.

#![expect(clippy::unwrap_used, reason = "a test ends where it fails")]

mod activity;
mod app;
mod cli;
mod config;
mod correctness;
mod counted;
mod dashboards;
mod delivery;
mod demo;
mod docs;
mod import;
mod kill;
mod process;
mod prometheus;
mod rules;
mod scrape;
mod scraped;
mod service;
mod settle;
mod truth;
