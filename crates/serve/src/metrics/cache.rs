//! The part of a scrape that stands still while the data does, as text and compressed, kept until the data moves.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use bytes::Bytes;
use labtower_store::Texts;

use super::format::Format;
use super::gzip::Part;
use super::snapshot::Snapshot;
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

/// A snapshot and what was made of it.
pub(super) struct Kept {
    pub(super) key: Key,
    pub(super) snapshot: Snapshot,
    pub(super) overview: Overview,
    pub(super) bodies: [Body; 2],
}

/// What a snapshot depends on: data and sync state, and, for the age of refs, roughly the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) generation: u64,
    pub(super) rebuilds: u64,
    pub(super) ten_minutes: i64,
}

/// A snapshot in one format.
#[derive(Default)]
pub(super) struct Body {
    plain: OnceLock<(Bytes, Vec<Dropped>)>,
    gzip: OnceLock<Part>,
}

impl MetricsCache {
    /// Runs `f` with the texts known so far.
    pub(super) fn with_texts<T>(&self, f: impl FnOnce(&mut Texts) -> T) -> T {
        f(&mut self.texts.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Kept {
    /// The text, and what found no room in it.
    pub(super) fn plain(&self, options: &WriteOptions) -> &(Bytes, Vec<Dropped>) {
        self.body(options.format).plain.get_or_init(|| {
            let mut out = Vec::new();
            let dropped = write(&mut out, &self.snapshot.tables, options);
            (out.into(), dropped)
        })
    }

    /// The text compressed.
    pub(super) fn gzip(&self, options: &WriteOptions) -> &Part {
        self.body(options.format)
            .gzip
            .get_or_init(|| Part::first(&self.plain(options).0))
    }

    fn body(&self, format: Format) -> &Body {
        &self.bodies[usize::from(format == Format::OpenMetrics)]
    }
}
