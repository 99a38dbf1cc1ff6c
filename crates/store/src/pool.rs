//! Read-only connections, shared by all who ask.

use std::path::Path;
use std::sync::{Condvar, Mutex, PoisonError};

use rusqlite::Connection;

use crate::StoreError;
use crate::connect;

/// A fixed set of connections that cannot write; taking one waits until one is free.
pub(crate) struct Pool {
    idle: Mutex<Vec<Connection>>,
    returned: Condvar,
}

impl Pool {
    /// Opens `size` connections (at least one) with `cache_mib` of page cache each.
    pub(crate) fn open(path: &Path, size: usize, cache_mib: usize) -> Result<Self, StoreError> {
        let idle = (0..size.max(1))
            .map(|_| connect::reader(path, cache_mib))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            idle: Mutex::new(idle),
            returned: Condvar::new(),
        })
    }

    /// Takes a connection; it goes back when the guard is dropped.
    pub(crate) fn take(&self) -> Lent<'_> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(conn) = idle.pop() {
                return Lent {
                    pool: self,
                    conn: Some(conn),
                };
            }
            idle = self
                .returned
                .wait(idle)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// A connection on loan.
pub(crate) struct Lent<'p> {
    pool: &'p Pool,
    conn: Option<Connection>,
}

impl Lent<'_> {
    /// Runs `f` in one read transaction, so that all its queries see the same state.
    pub(crate) fn snapshot<T>(
        &mut self,
        f: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let Some(conn) = self.conn.as_mut() else {
            return Err(StoreError::Closed);
        };
        let tx = conn.transaction()?;
        f(&tx)
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        if let Some(conn) = self.conn.take() {
            self.pool
                .idle
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(conn);
            self.pool.returned.notify_one();
        }
    }
}
