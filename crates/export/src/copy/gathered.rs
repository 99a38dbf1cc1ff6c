//! One stream's rows, on their way into a sink.

use std::collections::BTreeMap;

use labtower_extract::{Parent, Row, Stream};
use labtower_model::Timestamp;
use tokio::time::Instant;

use super::places::Place;
use crate::sink::{Batch, Chunk};

/// Rows that wait for their batch, and how far the stream has come.
pub(super) struct Gathered {
    pub(super) stream: &'static Stream,
    place: Place,
    chunks: BTreeMap<Parent, Chunk>,
    /// What waits; of cursors only those of lists that were read to their end, because others are still replaced.
    pub(super) bytes: usize,
    /// Since when it waits.
    pub(super) since: Option<Instant>,
    /// Nothing is committed any more: another run writes this stream, or a commit did not come to its end.
    pub(super) is_left: bool,
}

impl Gathered {
    /// A stream of which nothing waits.
    pub(super) fn new(stream: &'static Stream, place: Place) -> Self {
        Self {
            stream,
            place,
            chunks: BTreeMap::new(),
            bytes: 0,
            since: None,
            is_left: false,
        }
    }

    /// The committed cursor of a list that is about to be read.
    pub(super) fn begin(&mut self, parent: Parent) -> std::io::Result<String> {
        self.place.cursors.begin(parent)
    }

    /// Takes rows of a list with the cursor after them; how many bytes more wait now.
    pub(super) fn take(
        &mut self,
        parent: Parent,
        rows: Vec<Row>,
        cursor: String,
        is_last: bool,
    ) -> usize {
        let waits = self.chunks.contains_key(&parent);
        if rows.is_empty() && !waits && self.place.cursors.is(parent, &cursor) {
            return 0;
        }
        let mut bytes: usize = rows.iter().map(|row| row.body.len() + row.id.len()).sum();
        if is_last {
            bytes += cursor.len();
        }
        let chunk = self.chunks.entry(parent).or_insert_with(|| Chunk {
            parent: parent.to_string(),
            rows: Vec::new(),
            cursor: String::new(),
        });
        chunk.rows.extend(rows);
        chunk.cursor = cursor;
        self.bytes += bytes;
        self.since.get_or_insert_with(Instant::now);
        bytes
    }

    /// What waits as the next batch; `None` if nothing does.
    pub(super) fn batch(&mut self, data_date: Timestamp) -> Option<Batch> {
        if self.chunks.is_empty() {
            return None;
        }
        self.bytes = 0;
        self.since = None;
        Some(Batch {
            stream: self.stream.name.to_owned(),
            number: self.place.number + 1,
            data_date,
            chunks: std::mem::take(&mut self.chunks).into_values().collect(),
            columns: self.stream.columns,
        })
    }

    /// Takes note that a batch is committed.
    pub(super) fn committed(&mut self, batch: &Batch) {
        self.place.number = batch.number;
        for chunk in &batch.chunks {
            if let Ok(parent) = chunk.parent.parse() {
                self.place.cursors.moved(parent, &chunk.cursor);
            }
        }
    }

    /// Goes on from what another run has committed.
    pub(super) fn go_on_from(&mut self, mut place: Place) {
        place.cursors.begun_as(&self.place.cursors);
        self.place = place;
    }

    /// Whether nobody else has moved the lists that this run has begun, but to where it has come itself in `same`.
    pub(super) fn is_untouched(&self, place: &Place, same: &[Chunk]) -> bool {
        let mut moved = self.place.cursors.begun_unlike(&place.cursors);
        moved.all(|parent| same.iter().any(|chunk| chunk.parent == parent.to_string()))
    }
}
