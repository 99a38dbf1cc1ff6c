//! The store: one writer, many readers.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use labtower_model::Clock;

use crate::pool::Pool;
use crate::{Reader, StoreError, connect, migrate};

/// How to open a store.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// Read-only connections.
    pub readers: usize,
    /// Page cache of each connection: MiB.
    pub cache_mib: usize,
    /// Whether versions of entities are recorded in the change feed.
    pub feed: bool,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            readers: 4,
            cache_mib: 16,
            feed: true,
        }
    }
}

/// A store that is open; clones share it.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    path: PathBuf,
    pool: Pool,
}

impl Store {
    /// Opens the database at `path`, creating it when absent and bringing its schema up to date.
    pub fn open(
        path: &Path,
        options: &StoreOptions,
        _clock: Arc<dyn Clock>,
    ) -> Result<Self, StoreError> {
        let mut conn = connect::writer(path, options.cache_mib)?;
        migrate::migrate(&mut conn)?;
        let pool = Pool::open(path, options.readers, options.cache_mib)?;
        Ok(Self {
            inner: Arc::new(Inner {
                path: path.to_owned(),
                pool,
            }),
        })
    }

    /// Asks questions that all see the same state. Blocks: async callers use `spawn_blocking`.
    pub fn read<T>(
        &self,
        f: impl FnOnce(&Reader<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.inner
            .pool
            .take()
            .snapshot(|conn| f(&Reader::new(conn)))
    }

    /// The database file.
    pub fn path(&self) -> &Path {
        &self.inner.path
    }
}
