//! Rows in tables of PostgreSQL, one transaction for each batch.
//!
//! The row of the stream in `labtower_streams` is moved from `n - 1` to `n` first. That locks it, so of two writers
//! with the same number one waits, and then finds it taken. Rows follow by `COPY`, then the cursors; nothing is there
//! until all of it is.
//!
//! Data tables get rows and nothing else: no `UPDATE`, `DELETE` or `TRUNCATE`.

mod connect;
mod copy;
mod dsn;
mod json;
mod options;
mod position;
mod schema;
mod sink;
mod tls;
mod write;

pub use options::PostgresOptions;
pub use sink::Postgres;
