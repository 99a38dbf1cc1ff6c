//! The pages of failures: the grid of nights, a failed job, and what people do about both.
//!
//! `/failures` is read in `query` (address to filter and back), asked in `page` and `window`, and made ready in `grid`
//! (rows and cells), `toolbar` (the form), `csv` (the plain table, CSV) or `json`. `/failures/job/{id}` is `card`;
//! `actions` takes every form that writes.

pub(crate) mod actions;
pub(crate) mod card;
mod category;
mod create;
mod csv;
mod draft;
mod grid;
mod issue;
mod job;
mod json;
pub(crate) mod page;
mod plans;
mod query;
mod spark;
mod summary;
mod toolbar;
mod window;

pub(crate) use category::Kind;
pub(crate) use draft::{Draft, NewIssueView};
pub(crate) use plans::Plans;
