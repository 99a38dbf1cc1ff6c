//! Rows to BigQuery, over its REST API.
//!
//! [`BigQuerySink`] keeps each stream in a table of its own name. [`CompatSink`] keeps epics, milestones, issues and
//! merge requests in the tables that `gitlab-data-export` made, and everything else as the former does.
//! How a batch is committed is told in `writer`, what is remembered of it in `ledger`.

mod auth;
mod client;
mod compat;
mod compat_rows;
mod compat_schema;
mod dataset;
mod field;
mod grown;
mod job;
mod ledger;
mod listing;
mod options;
mod plan;
mod query;
mod rows;
mod sink;
mod staging;
mod upload;
mod writer;

pub use compat::CompatSink;
pub use options::{BigQueryOptions, Identity};
pub use sink::BigQuerySink;
