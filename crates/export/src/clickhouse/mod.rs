//! Rows to ClickHouse, over its HTTP interface.
//!
//! [`ClickHouseSink`] keeps each stream in a table and shows it as a view of its own name.
//! How a batch is committed is told in `ledger`.

mod client;
mod ledger;
mod options;
mod rows;
mod sink;

pub use options::ClickHouseOptions;
pub use sink::ClickHouseSink;
