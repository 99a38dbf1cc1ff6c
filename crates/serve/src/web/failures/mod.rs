//! The pages of failures: the grid of nights, a failed job, and what people do about both.
//!
//! `/failures` is read in `query` (address to filter and back), asked in `page`, and made ready in `grid` (rows and
//! cells), `toolbar` (the form) or `table` (the plain table, JSON, CSV). `/failures/job/{id}` is `card`; `actions`
//! takes every form that writes.

pub(crate) mod actions;
pub(crate) mod card;
mod category;
mod create;
mod csv;
mod draft;
mod grid;
mod issue;
mod job;
pub(crate) mod page;
mod plans;
mod query;
mod summary;
mod toolbar;

pub(crate) use category::Kind;
pub(crate) use draft::{Draft, NewIssueView};
pub(crate) use plans::Plans;
