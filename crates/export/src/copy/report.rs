//! What a run did, while it does it and at its end.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use labtower_extract::Parent;
use serde::Serialize;

/// Sentences that are kept of a stream's failures.
const MOST_SENTENCES: usize = 5;

/// How far a run is. All counters only grow.
#[derive(Debug, Default)]
pub struct Progress {
    /// Lists to be read: one for each stream and parent.
    pub lists: AtomicU64,
    /// Lists that were.
    pub read: AtomicU64,
    /// Rows that were committed.
    pub rows: AtomicU64,
    /// Bytes of their bodies.
    pub bytes: AtomicU64,
    report: Mutex<Report>,
}

/// What a run did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// By stream.
    pub streams: BTreeMap<&'static str, StreamReport>,
}

/// What a run did with one stream.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct StreamReport {
    /// Rows that were committed.
    pub rows: u64,
    /// Tombstones among them.
    pub tombstones: u64,
    /// Bytes of their bodies.
    pub bytes: u64,
    /// Batches that were committed.
    pub batches: u64,
    /// Lists that were read to their end.
    pub lists: u64,
    /// Lists that this token may not see, or that are not there (403, 404).
    pub skipped: u64,
    /// Lists that could not be read to their end; they go on in the next run.
    pub failed: u64,
    /// What went wrong, the first few times.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<String>,
    /// Whether another run wrote this stream at the same time: this one then left it alone.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub taken: bool,
}

impl Report {
    /// Whether everything was read that this token may see.
    pub fn is_complete(&self) -> bool {
        let mut all = self.streams.values();
        all.all(|stream| stream.failed == 0 && !stream.taken)
    }

    /// Rows in all.
    pub fn rows(&self) -> u64 {
        self.streams.values().map(|stream| stream.rows).sum()
    }

    /// Bytes of bodies in all.
    pub fn bytes(&self) -> u64 {
        self.streams.values().map(|stream| stream.bytes).sum()
    }

    /// Lists that were skipped.
    pub fn skipped(&self) -> u64 {
        self.streams.values().map(|stream| stream.skipped).sum()
    }

    /// Lists that could not be read.
    pub fn failed(&self) -> u64 {
        self.streams.values().map(|stream| stream.failed).sum()
    }
}

impl Progress {
    /// What was done so far.
    pub fn report(&self) -> Report {
        self.lock().clone()
    }

    pub(super) fn stream(&self, name: &'static str, change: impl FnOnce(&mut StreamReport)) {
        change(self.lock().streams.entry(name).or_default());
    }

    pub(super) fn list_read(&self, name: &'static str) {
        self.read.fetch_add(1, Ordering::Relaxed);
        self.stream(name, |stream| stream.lists += 1);
    }

    pub(super) fn list_skipped(&self, name: &'static str, parent: Parent, why: &str) {
        self.read.fetch_add(1, Ordering::Relaxed);
        tracing::debug!(stream = name, %parent, why, "list is skipped");
        self.stream(name, |stream| stream.skipped += 1);
    }

    pub(super) fn list_failed(&self, name: &'static str, parent: Parent, why: String) {
        self.read.fetch_add(1, Ordering::Relaxed);
        tracing::warn!(stream = name, %parent, why, "list could not be read");
        self.stream(name, |stream| {
            stream.failed += 1;
            if stream.errors.len() < MOST_SENTENCES {
                stream.errors.push(format!("{parent}: {why}"));
            }
        });
    }

    fn lock(&self) -> MutexGuard<'_, Report> {
        self.report.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
