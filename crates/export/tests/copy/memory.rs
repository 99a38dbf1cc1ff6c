//! A sink in memory that keeps the contract, and fails when it is told to.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

use labtower_export::sink::{Batch, Commit, Position, Sink, SinkError, Table, Tell};
use labtower_extract::Row;
use labtower_model::Timestamp;
use rand::Rng;

/// Rows and cursors that outlive the runs.
#[derive(Default)]
pub(crate) struct Memory {
    kept: Mutex<Kept>,
    /// Share of commits that fail, half of them after they were kept.
    faults: f64,
    /// A stream whose batches are refused, and how often that was.
    refused: Mutex<Option<(&'static str, usize)>>,
    /// A stream that another tool has copied, and until when.
    taken_over: Option<(&'static str, Timestamp)>,
}

#[derive(Default)]
struct Kept {
    positions: BTreeMap<String, Position>,
    rows: BTreeMap<(String, String), Vec<Row>>,
    completed: Vec<Timestamp>,
    /// Questions for what another tool has copied of its stream.
    asked: usize,
}

impl Memory {
    /// An empty sink, of whose answers this share is a failure.
    pub(crate) fn failing(faults: f64) -> Self {
        Self {
            faults,
            ..Self::default()
        }
    }

    /// An empty sink into which another tool has copied a stream until then.
    pub(crate) fn taken_over(stream: &'static str, until: Timestamp) -> Self {
        Self {
            taken_over: Some((stream, until)),
            ..Self::default()
        }
    }

    /// An empty sink that refuses the batches of a stream.
    pub(crate) fn refusing(stream: &'static str) -> Self {
        Self {
            refused: Mutex::new(Some((stream, 0))),
            ..Self::default()
        }
    }

    /// Takes everything from now on; how many batches were refused.
    pub(crate) fn mend(&self) -> usize {
        let refused = self.refused.lock().unwrap().take();
        refused.map_or(0, |(_, batches)| batches)
    }

    fn refuses(&self, stream: &str) -> bool {
        match &mut *self.refused.lock().unwrap() {
            Some((refused, batches)) if *refused == stream => {
                *batches += 1;
                true
            }
            _ => false,
        }
    }

    /// When the complete runs began.
    pub(crate) fn completed(&self) -> Vec<Timestamp> {
        self.lock().completed.clone()
    }

    /// How often it was asked what another tool has copied of its stream.
    pub(crate) fn asked(&self) -> usize {
        self.lock().asked
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap()
    }

    /// All versions of a stream's rows by parent, in the order in which they came.
    pub(crate) fn rows(&self, stream: &str) -> BTreeMap<String, Vec<Row>> {
        let kept = self.lock();
        let all = kept.rows.iter().filter(|((name, _), _)| name == stream);
        all.map(|((_, parent), rows)| (parent.clone(), rows.clone()))
            .collect()
    }

    /// The newest version of each row of a list, without those that are gone.
    pub(crate) fn latest(&self, stream: &str, parent: &str) -> BTreeMap<String, String> {
        let mut latest = BTreeMap::new();
        for row in self.rows(stream).remove(parent).unwrap_or_default() {
            if row.deleted {
                latest.remove(&row.id);
            } else {
                latest.insert(row.id, row.body);
            }
        }
        latest
    }

    /// Fails if a row was written twice as the same version.
    pub(crate) fn assert_nothing_twice(&self) {
        let kept = self.lock();
        for ((stream, parent), rows) in &kept.rows {
            let mut last: BTreeMap<&str, (u64, bool)> = BTreeMap::new();
            for row in rows {
                let version = (row.hash, row.deleted);
                let before = last.insert(&row.id, version);
                assert_ne!(before, Some(version), "{stream} of {parent}: {row:?}");
            }
        }
    }

    fn fails(&self) -> bool {
        self.faults > 0.0 && rand::rng().random_bool(self.faults)
    }
}

fn down() -> SinkError {
    SinkError::Unavailable {
        what: "write to memory".to_owned(),
        detail: "told to fail".to_owned(),
    }
}

impl Sink for Memory {
    async fn prepare(&self, _: &[Table<'_>]) -> Result<(), SinkError> {
        Ok(())
    }

    async fn positions(
        &self,
        streams: &[&str],
        tell: &mut Tell<'_>,
    ) -> Result<Vec<u64>, SinkError> {
        tokio::task::yield_now().await;
        // What is told until then counts for nothing.
        let fails = self
            .fails()
            .then(|| rand::rng().random_range(0..streams.len()));
        let kept = self.lock();
        let mut numbers = Vec::new();
        for (index, stream) in streams.iter().enumerate() {
            let position = kept.positions.get(*stream).cloned().unwrap_or_default();
            for (parent, cursor) in &position.cursors {
                tell(stream, parent, cursor)?;
            }
            numbers.push(position.number);
            if fails == Some(index) {
                return Err(down());
            }
        }
        Ok(numbers)
    }

    async fn commit(&self, batch: &Batch) -> Result<Commit, SinkError> {
        tokio::task::yield_now().await;
        if self.fails() {
            return Err(down());
        }
        if self.refuses(&batch.stream) {
            let (what, detail) = ("write to memory".to_owned(), "told to refuse".to_owned());
            return Err(SinkError::Refused { what, detail });
        }
        {
            let mut kept = self.lock();
            let position = kept.positions.entry(batch.stream.clone()).or_default();
            if position.number >= batch.number {
                return Ok(Commit::Taken);
            }
            assert_eq!(position.number + 1, batch.number, "{}", batch.stream);
            position.number = batch.number;
            for chunk in &batch.chunks {
                position
                    .cursors
                    .insert(chunk.parent.clone(), chunk.cursor.clone());
            }
            for chunk in &batch.chunks {
                let place = (batch.stream.clone(), chunk.parent.clone());
                kept.rows
                    .entry(place)
                    .or_default()
                    .extend(chunk.rows.iter().cloned());
            }
        }
        tokio::task::yield_now().await;
        if self.fails() {
            return Err(down());
        }
        Ok(Commit::Done)
    }

    async fn taken_over(&self, stream: &str) -> Result<Option<Timestamp>, SinkError> {
        let copied = self.taken_over.filter(|(copied, _)| *copied == stream);
        self.lock().asked += usize::from(copied.is_some());
        Ok(copied.map(|(_, until)| until))
    }

    async fn completed(&self, streams: &[&str], began: Timestamp) -> Result<(), SinkError> {
        assert!(!streams.is_empty());
        self.lock().completed.push(began);
        Ok(())
    }
}
