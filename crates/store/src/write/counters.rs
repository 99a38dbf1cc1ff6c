//! Counters that move with commits.

use std::sync::atomic::{AtomicU64, Ordering};

use rusqlite::Connection;

use crate::StoreError;

/// Where the counters stand, readable without asking SQLite. Kept in `meta`, so that they are equal after a restart.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    generation: AtomicU64,
    data: AtomicU64,
}

impl Counters {
    /// Moves with every commit that changed anything.
    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Last number of the feed.
    pub(crate) fn data(&self) -> u64 {
        self.data.load(Ordering::Acquire)
    }

    /// Shows the outside what is committed.
    pub(crate) fn publish(&self, generation: i64, data: i64) {
        self.data.store(data as u64, Ordering::Release);
        self.generation.store(generation as u64, Ordering::Release);
    }

    /// Reads `(generation, data_generation)`.
    pub(crate) fn load(conn: &Connection) -> Result<(i64, i64), StoreError> {
        let value = |key: &str| {
            conn.prepare_cached("SELECT value FROM meta WHERE key = ?1")?
                .query_row([key], |row| row.get::<_, i64>(0))
        };
        Ok((value("generation")?, value("data_generation")?))
    }

    /// Writes both, inside the transaction they count.
    pub(crate) fn save(conn: &Connection, generation: i64, data: i64) -> Result<(), StoreError> {
        let mut update = conn.prepare_cached("UPDATE meta SET value = ?2 WHERE key = ?1")?;
        update.execute(("generation", generation))?;
        update.execute(("data_generation", data))?;
        Ok(())
    }
}
