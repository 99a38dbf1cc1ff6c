//! One process per database file.
//!
//! The writer remembers ids and counters between transactions, so a second writer would corrupt what both store.
//! The lock is an exclusive SQLite transaction on an empty file beside the database: the system releases it when the
//! process dies, however it dies, on every platform SQLite knows.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode};

use crate::StoreError;
use crate::files::beside;

/// How long to wait for a process that is just shutting down.
const PATIENCE: Duration = Duration::from_secs(3);

/// Held as long as the store is open.
pub(crate) struct Lock {
    _held: Connection,
}

impl Lock {
    /// Takes the lock of the database at `path`.
    pub(crate) fn take(path: &Path) -> Result<Self, StoreError> {
        Self::take_within(path, PATIENCE)
    }

    fn take_within(path: &Path, patience: Duration) -> Result<Self, StoreError> {
        let file = beside(path, ".lock");
        let take = || -> rusqlite::Result<Connection> {
            let conn = Connection::open(&file)?;
            conn.busy_timeout(patience)?;
            conn.execute_batch("BEGIN EXCLUSIVE")?;
            Ok(conn)
        };
        match take() {
            Ok(conn) => Ok(Self { _held: conn }),
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {
                Err(StoreError::InUse {
                    path: path.to_owned(),
                })
            }
            Err(source) => Err(StoreError::Open { path: file, source }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn second_holder_is_refused_until_the_first_lets_go() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipelines.db");
        let first = Lock::take(&path).unwrap();
        let second = Lock::take_within(&path, Duration::from_millis(1));
        assert!(matches!(second, Err(StoreError::InUse { .. })));
        drop(first);
        assert!(Lock::take_within(&path, Duration::from_millis(1)).is_ok());
    }
}
