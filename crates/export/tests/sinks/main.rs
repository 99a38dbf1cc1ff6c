//! The sinks that keep rows, each against the same contract, on real servers.

#![expect(clippy::unwrap_used, reason = "a test ends where it fails")]
#![expect(clippy::print_stderr, reason = "a skipped test says so")]

mod buckets;
mod database;
mod decode;
mod examples;
mod files;
mod files_only;
mod gcs_proxy;
mod kill;
mod postgres;
mod postgres_only;
mod servers;
#[path = "../shared/mod.rs"]
mod shared;
