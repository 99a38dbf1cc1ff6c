//! Counts kept per day and span, so that no page counts rows.
//!
//! A pipeline contributes to a few cells of `rollups` and `spans` (see the schema). While a transaction runs, what
//! pipelines gained and lost is collected in [`Facts`]; before the commit it is summed per cell and each touched cell
//! is written once. A changed pipeline takes its old contribution out, as stored, and puts the new one in; so cells
//! always equal a recount, re-runs included. During a first backfill the mode is [`RollupMode::Deferred`]: nothing is
//! maintained, and leaving it counts everything once.

mod apply;
mod cells;
mod facts;
mod mode;
mod packed;
mod rebuild;

pub(crate) use apply::apply;
pub(crate) use facts::{Fact, Facts, Sign};
pub use mode::RollupMode;
pub(crate) use packed::{chunk, unpack};
pub(crate) use rebuild::{add_histogram_function, rebuild, settle};
