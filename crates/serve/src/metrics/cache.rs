//! The part of a scrape that stands still while the data does, as text and compressed, kept until the data moves.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use bytes::Bytes;
use labtower_store::Texts;

use super::format::Format;
use super::gzip::Part;
use super::snapshot::Snapshot;
use super::table::Table;
use super::write::{Dropped, WriteOptions, write};
use crate::overview::Overview;

/// What scrapes share. A scrape never waits for the writer of the store; scrapes of one new generation wait for
/// whichever of them came first.
#[derive(Default)]
pub(crate) struct MetricsCache {
    /// Held while a snapshot is read.
    pub(super) current: tokio::sync::Mutex<Option<Arc<Kept>>>,
    /// Texts by their id, kept from snapshot to snapshot.
    pub(super) texts: Mutex<Texts>,
}

/// The state of the store that a scrape tells.
pub(super) struct Kept {
    /// Of the store when this was read.
    pub(super) generation: u64,
    /// How far reading has come: moves with every poll, and costs little.
    pub(super) overview: Overview,
    /// Seconds it took to read that.
    pub(super) overview_seconds: f64,
    /// What of it is told project by project.
    pub(super) projects: Text,
    /// The data: stays as long as that stands still.
    pub(super) data: Arc<Data>,
}

/// The data of one generation and what was made of it.
pub(super) struct Data {
    pub(super) key: Key,
    pub(super) snapshot: Snapshot,
    /// Its tables.
    pub(super) text: Text,
}

/// What the families on data depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Key {
    /// Of the data.
    pub(super) generation: u64,
    /// Of the statistics.
    pub(super) rebuilds: u64,
    /// Which projects are told, and whose merge requests were all read.
    pub(super) sync: u64,
    /// For the age of refs, roughly the time.
    pub(super) ten_minutes: i64,
}

/// Tables and what was made of them, each format when it is first asked for.
#[derive(Default)]
pub(super) struct Text {
    tables: Vec<Table>,
    bodies: [Body; 2],
}

/// Tables in one format.
#[derive(Default)]
struct Body {
    plain: OnceLock<(Bytes, Vec<Dropped>)>,
    gzip: OnceLock<Part>,
}

impl MetricsCache {
    /// Runs `f` with the texts known so far.
    pub(super) fn with_texts<T>(&self, f: impl FnOnce(&mut Texts) -> T) -> T {
        f(&mut self.texts.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Text {
    /// The text of these tables.
    pub(super) fn of(tables: Vec<Table>) -> Self {
        Self {
            tables,
            bodies: Default::default(),
        }
    }

    /// The text, and what found no room in it.
    pub(super) fn plain(&self, options: &WriteOptions) -> &(Bytes, Vec<Dropped>) {
        self.body(options.format).plain.get_or_init(|| {
            let mut out = Vec::new();
            let dropped = write(&mut out, &self.tables, options);
            (out.into(), dropped)
        })
    }

    /// The text compressed, as the beginning of a file or a further part of one.
    pub(super) fn gzip(&self, options: &WriteOptions) -> &Part {
        self.body(options.format)
            .gzip
            .get_or_init(|| Part::inner(&self.plain(options).0))
    }

    fn body(&self, format: Format) -> &Body {
        &self.bodies[usize::from(format == Format::OpenMetrics)]
    }
}
