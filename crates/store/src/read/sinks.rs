//! How far the data has gone to other systems.

use rusqlite::{OptionalExtension, Row};

use super::column;
use crate::{Reader, Sink, StoreError};

const ROW: &str = "SELECT name, seq, since, sent_at, rows, refused, error, failures, \
     (SELECT recorded_at FROM changes WHERE changes.seq > sinks.seq ORDER BY changes.seq LIMIT 1) FROM sinks";

impl Reader<'_> {
    /// Every sink that ever began, by name.
    pub fn sinks(&self) -> Result<Vec<Sink>, StoreError> {
        let mut statement = self.conn.prepare_cached(&format!("{ROW} ORDER BY name"))?;
        let rows = statement.query_map([], read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// One sink; absent until it first began.
    pub fn sink(&self, name: &str) -> Result<Option<Sink>, StoreError> {
        let mut statement = self
            .conn
            .prepare_cached(&format!("{ROW} WHERE name = ?1"))?;
        Ok(statement.query_row([name], read).optional()?)
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Sink> {
    Ok(Sink {
        name: row.get(0)?,
        seq: column::count(row, 1)?,
        since: column::time_or_none(row, 2)?,
        sent_at: column::time_or_none(row, 3)?,
        rows: column::count(row, 4)?,
        refused: column::count(row, 5)?,
        error: row.get(6)?,
        failures: column::count(row, 7)?,
        behind_since: column::time_or_none(row, 8)?,
    })
}
