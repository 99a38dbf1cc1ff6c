//! A store in a folder of its own, and facts to write.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use labtower_model::{FakeClock, PipelineWithJobs, samples};
use labtower_store::{Batch, Store, StoreOptions, SyncUpdate, Written};
use rusqlite::Connection;
use rusqlite::types::FromSql;

/// A store that is removed with its folder.
pub(crate) struct World {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) clock: FakeClock,
    pub(crate) store: Store,
}

impl World {
    /// An empty store.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = FakeClock::at(samples::at(1_000_000));
        let store = open(&folder.path().join("pipelines.db"), &clock);
        Self {
            folder,
            clock,
            store,
        }
    }

    /// The database file.
    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("pipelines.db")
    }

    /// The same folder, opened again.
    pub(crate) fn reopen(self) -> Self {
        let Self {
            folder,
            clock,
            store,
        } = self;
        drop(store);
        let store = open(&folder.path().join("pipelines.db"), &clock);
        Self {
            folder,
            clock,
            store,
        }
    }

    /// Writes pipelines as read at a second after the samples' noon.
    pub(crate) fn write(&self, read_at: i64, pipelines: Vec<PipelineWithJobs>) -> Written {
        self.store
            .write_blocking(batch(read_at, pipelines))
            .unwrap()
    }

    /// Writes sync state.
    pub(crate) fn sync(&self, sync: Vec<SyncUpdate>) -> Written {
        self.store
            .write_blocking(Batch {
                sync,
                ..Batch::default()
            })
            .unwrap()
    }

    /// The first column of the first row of a query.
    pub(crate) fn one<T: FromSql>(&self, query: &str) -> T {
        one(&self.path(), query)
    }
}

fn open(path: &Path, clock: &FakeClock) -> Store {
    Store::open(path, &StoreOptions::default(), Arc::new(clock.clone())).unwrap()
}

/// The first column of the first row of a query.
pub(crate) fn one<T: FromSql>(path: &Path, query: &str) -> T {
    Connection::open(path)
        .unwrap()
        .query_row(query, [], |row| row.get(0))
        .unwrap()
}

/// Pipelines as read at a second after the samples' noon.
pub(crate) fn batch(read_at: i64, pipelines: Vec<PipelineWithJobs>) -> Batch {
    Batch {
        read_at: Some(samples::at(read_at)),
        pipelines,
        ..Batch::default()
    }
}

/// The sample pipeline under another id, with as many jobs.
pub(crate) fn pipeline(id: i64, jobs: usize) -> PipelineWithJobs {
    samples::unit(id, jobs)
}

/// Seconds after the samples' noon.
pub(crate) fn at(seconds: i64) -> Timestamp {
    samples::at(seconds)
}
