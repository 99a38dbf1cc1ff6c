//! The warehouses, against servers that run here: what every sink promises, and what is special to each.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test ends where it fails, and says what it skips"
)]

mod bigquery;
mod bigquery_only;
mod clickhouse;
mod clickhouse_only;
mod compat;
mod contract;
mod kill;
mod rows;
mod servers;
