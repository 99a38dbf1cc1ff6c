//! Query strings into filters, pages and windows; pure.
//!
//! The parameters and their quirks are those of gitlab-ci-exporter, so that its dashboards work unchanged:
//! `All`, an empty value and an absent one all mean "no filter"; lists are comma-separated and trimmed;
//! unknown keys are ignored. What is new is that a value that cannot be read is an error that names it.

mod filter;
mod page;
mod params;
mod window;

pub(crate) use filter::{job_filter, pipeline_filter, stats_filter};
pub(crate) use page::{Cursor, MOST_OFFSET, offset, one_page, page, row_limit};
pub(crate) use params::{Params, integer};
pub(crate) use window::trend_window;
