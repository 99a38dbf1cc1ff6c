//! How connections are set up.
//!
//! WAL lets readers go on while the writer writes. `synchronous=FULL` syncs the log at every commit:
//! a killed process loses nothing even without it, but after a power cut `NORMAL` may forget the last
//! commits, and the change feed must never give out a sequence number twice. Group commit makes the sync cheap.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::{StoreError, rollup};

/// Statements kept compiled per connection; more than any one connection uses.
const CACHED_STATEMENTS: usize = 256;

/// WAL pages (4 KiB) after which a commit copies the log back into the file.
const CHECKPOINT_PAGES: i64 = 10_000;

/// Opens the one connection that writes, creating the file when absent.
pub(crate) fn writer(path: &Path, cache_mib: usize) -> Result<Connection, StoreError> {
    let open = || -> rusqlite::Result<Connection> {
        let conn = Connection::open(path)?;
        conn.pragma_update(None, "journal_mode", "WAL")?;
        conn.pragma_update(None, "synchronous", "FULL")?;
        conn.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
        set_up(&conn, cache_mib)?;
        rollup::add_histogram_function(&conn)?;
        Ok(conn)
    };
    open().map_err(|source| StoreError::Open {
        path: path.to_owned(),
        source,
    })
}

/// Opens the connection that makes an imported database: a plain journal, so that one file is all there is.
pub(crate) fn staging(path: &Path) -> Result<Connection, StoreError> {
    let open = || -> rusqlite::Result<Connection> {
        let conn = Connection::open(path)?;
        set_up(&conn, 16)?;
        rollup::add_histogram_function(&conn)?;
        Ok(conn)
    };
    open().map_err(|source| StoreError::Open {
        path: path.to_owned(),
        source,
    })
}

/// Opens a connection that can only read.
pub(crate) fn reader(path: &Path, cache_mib: usize) -> Result<Connection, StoreError> {
    let open = || -> rusqlite::Result<Connection> {
        // A file in WAL mode needs its shared memory written even by readers, hence not `READ_ONLY`.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let conn = Connection::open_with_flags(path, flags)?;
        conn.pragma_update(None, "query_only", true)?;
        set_up(&conn, cache_mib)?;
        Ok(conn)
    };
    open().map_err(|source| StoreError::Open {
        path: path.to_owned(),
        source,
    })
}

fn set_up(conn: &Connection, cache_mib: usize) -> rusqlite::Result<()> {
    conn.busy_timeout(Duration::from_secs(10))?;
    conn.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
    // A negative size is in KiB.
    conn.pragma_update(None, "cache_size", -(cache_mib.max(1) as i64 * 1024))?;
    Ok(())
}
