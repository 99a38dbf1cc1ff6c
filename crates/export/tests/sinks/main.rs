//! The sinks that keep rows, each against the same contract, on real servers.

#![expect(clippy::unwrap_used, reason = "a test ends where it fails")]
#![expect(clippy::print_stderr, reason = "a skipped test says so")]

mod buckets;
mod examples;
mod files;
mod files_only;
mod gcs_proxy;
mod kill;
#[path = "../places"]
mod places {
    //! Where rows are kept.
    pub(crate) mod database;
    pub(crate) mod decode;
    pub(crate) mod files;
    pub(crate) mod postgres;
    pub(crate) mod s3;
    pub(crate) mod servers;
}
mod postgres;
mod postgres_only;
#[path = "../shared/mod.rs"]
mod shared;
