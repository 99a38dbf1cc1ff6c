//! The JSON API: one URL, one file.
//!
//! Arrays and objects are bare, without an envelope; the fields of gitlab-ci-exporter come first and keep
//! their names and types, ours follow them.

pub(crate) mod common;
pub(crate) mod completeness;
pub(crate) mod jobs;
pub(crate) mod openapi;
pub(crate) mod pipelines;
pub(crate) mod projects;
pub(crate) mod refs;
pub(crate) mod stats;
pub(crate) mod sync;
