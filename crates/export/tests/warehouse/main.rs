//! The warehouses, against servers that run here: what every sink promises, and what is special to each.

#![expect(clippy::unwrap_used, reason = "a test ends where it fails")]
#![expect(clippy::print_stderr, reason = "a skipped test says so")]

mod bigquery;
mod bigquery_only;
mod clickhouse;
mod clickhouse_only;
mod compat;
mod counted;
mod oracle;
#[path = "../places"]
mod places {
    //! Where rows are kept.
    pub(crate) mod bigquery;
    pub(crate) mod clickhouse;
    pub(crate) mod python;
    pub(crate) mod warehouse;
}
#[path = "../shared/mod.rs"]
mod shared;
mod tool;
mod warehouse;
