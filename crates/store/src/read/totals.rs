//! How much is stored.

use serde::Serialize;

use super::column;
use crate::{Reader, StoreError};

/// How much is stored.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Projects.
    pub projects: u64,
    /// Pipelines.
    pub pipelines: u64,
    /// Jobs, retried ones and bridges included.
    pub jobs: u64,
    /// Number of the last change in the feed.
    pub changes: u64,
    /// Size of the database file: bytes.
    pub size_bytes: u64,
}

impl Reader<'_> {
    /// How much is stored.
    pub fn totals(&self) -> Result<Totals, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT (SELECT count(*) FROM projects), (SELECT count(*) FROM pipelines), \
             (SELECT count(*) FROM jobs), (SELECT coalesce(max(seq), 0) FROM changes), \
             (SELECT page_count * page_size FROM pragma_page_count, pragma_page_size)",
        )?;
        Ok(statement.query_row([], |row| {
            Ok(Totals {
                projects: column::count(row, 0)?,
                pipelines: column::count(row, 1)?,
                jobs: column::count(row, 2)?,
                changes: column::count(row, 3)?,
                size_bytes: column::count(row, 4)?,
            })
        })?)
    }
}
