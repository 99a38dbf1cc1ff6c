//! Rows gather per stream until they make a batch: enough of them, or as many as came in a while.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use labtower_extract::{Parent, Row, Stream};
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::gathered::Gathered;
use super::places::{FIRST_WAIT, Place, Places, TRIES, places};
use super::run::Run;
use crate::sink::{Batch, Commit, Sink, SinkError};

/// Bytes that may wait in all streams together, as multiples of a batch.
const ROOM: usize = 3;
/// How often in the time of a batch it is looked whether one has waited that long.
const LOOKS: u32 = 4;

/// The streams of one family, on their way into a sink.
pub(super) struct Gathering<'s, S> {
    run: &'s Run<'s, S>,
    streams: BTreeMap<&'static str, Mutex<Gathered>>,
    waiting: AtomicUsize,
}

impl<'s, S: Sink> Gathering<'s, S> {
    /// Goes on where the streams are.
    pub(super) fn new(run: &'s Run<'s, S>, streams: Vec<(&'static Stream, Place)>) -> Self {
        let gathered = |(stream, place): (&'static Stream, Place)| {
            (stream.name, Mutex::new(Gathered::new(stream, place)))
        };
        Self {
            run,
            streams: streams.into_iter().map(gathered).collect(),
            waiting: AtomicUsize::new(0),
        }
    }

    /// The committed cursor of a list, once; `None` where the stream is left to another run.
    pub(super) async fn cursor(
        &self,
        stream: &'static Stream,
        parent: Parent,
    ) -> Result<Option<String>, SinkError> {
        let Some(mut gathered) = self.lock(stream).await else {
            return Ok(None);
        };
        let cursor = gathered.begin(parent);
        cursor.map(Some).map_err(|error| SinkError::Refused {
            what: format!("read a cursor of `{}` from a temporary file", stream.name),
            detail: error.to_string(),
        })
    }

    /// Takes rows, and commits when they are enough. `false` when the stream is left to another run.
    pub(super) async fn push(
        &self,
        stream: &'static Stream,
        parent: Parent,
        rows: Vec<Row>,
        cursor: impl FnOnce() -> String,
    ) -> Result<bool, SinkError> {
        self.take(stream, parent, rows, cursor, false).await
    }

    /// The same with the last cursor of a list that was read to its end.
    pub(super) async fn finish(
        &self,
        stream: &'static Stream,
        parent: Parent,
        cursor: impl FnOnce() -> String,
    ) -> Result<bool, SinkError> {
        self.take(stream, parent, Vec::new(), cursor, true).await
    }

    async fn take(
        &self,
        stream: &'static Stream,
        parent: Parent,
        rows: Vec<Row>,
        cursor: impl FnOnce() -> String,
        is_last: bool,
    ) -> Result<bool, SinkError> {
        let Some(mut gathered) = self.lock(stream).await else {
            return Ok(false);
        };
        let bytes = gathered.take(parent, rows, cursor(), is_last);
        let waiting = self.waiting.fetch_add(bytes, Ordering::Relaxed) + bytes;
        let limit = self.run.options.batch_bytes;
        if gathered.bytes >= limit || (waiting >= limit * ROOM && gathered.bytes > 0) {
            self.commit(&mut gathered).await?;
        }
        Ok(!gathered.is_left)
    }

    /// Commits what has waited for the time of a batch, until it is `over`: a run that is ended by others gets on, however
    /// slowly its rows come.
    pub(super) async fn commit_in_time(&self, over: &CancellationToken) -> Result<(), SinkError> {
        let time = self.run.options.batch_time;
        loop {
            tokio::select! {
                () = over.cancelled() => return Ok(()),
                () = sleep(time / LOOKS) => {}
            }
            for gathered in self.streams.values() {
                let mut gathered = gathered.lock().await;
                if gathered.since.is_some_and(|since| since.elapsed() >= time) {
                    self.commit(&mut gathered).await?;
                }
            }
        }
    }

    /// Commits what is left. A stream that is refused stops no other; the first error is told.
    pub(super) async fn end(&self) -> Result<(), SinkError> {
        let mut all = Ok(());
        for gathered in self.streams.values() {
            let committed = self.commit(&mut *gathered.lock().await).await;
            let is_down = committed.as_ref().is_err_and(SinkError::is_retryable);
            all = all.and(committed);
            if is_down {
                break;
            }
        }
        all
    }

    async fn lock(&self, stream: &Stream) -> Option<MutexGuard<'_, Gathered>> {
        let gathered = self.streams.get(stream.name)?.lock().await;
        Some(gathered).filter(|gathered| !gathered.is_left)
    }

    async fn commit(&self, gathered: &mut Gathered) -> Result<(), SinkError> {
        if gathered.is_left {
            return Ok(());
        }
        let bytes = gathered.bytes;
        let Some(mut batch) = gathered.batch(self.run.options.data_date) else {
            return Ok(());
        };
        self.waiting.fetch_sub(bytes, Ordering::Relaxed);
        // Unless this comes to its end, nothing may be committed after it: it would pass over these rows.
        gathered.is_left = true;
        while let Some(place) = self.found(gathered.stream, &batch).await? {
            let is_there = place.number >= batch.number && has(&place, &batch);
            let same = if is_there { &batch.chunks[..] } else { &[] };
            if place.number < batch.number || !gathered.is_untouched(&place, same) {
                tracing::warn!(stream = batch.stream, "another run reads the same lists");
                self.run
                    .progress
                    .stream(gathered.stream.name, |stream| stream.taken = true);
                return Ok(());
            }
            // Another run writes this stream, but of other parents.
            batch.number = place.number + 1;
            gathered.go_on_from(place);
            if is_there {
                gathered.is_left = false;
                self.count(gathered.stream.name, &batch);
                return Ok(());
            }
        }
        gathered.is_left = false;
        self.count(gathered.stream.name, &batch);
        gathered.committed(&batch);
        Ok(())
    }

    /// Commits a batch, however often it takes; where the stream is then if the batch's number is taken. That may be
    /// by the batch itself, if an answer got lost, and by one of another run with the same rows and more.
    async fn found(
        &self,
        stream: &'static Stream,
        batch: &Batch,
    ) -> Result<Option<Place>, SinkError> {
        let mut wait = FIRST_WAIT;
        for attempt in 1.. {
            let error = match self.run.sink.commit(batch).await {
                Ok(Commit::Done) => return Ok(None),
                Ok(Commit::Taken) => None,
                Err(error) if error.is_retryable() && attempt < TRIES => Some(error),
                Err(error) => return Err(error),
            };
            if let Some(error) = &error {
                tracing::warn!(%error, attempt, "batch was not taken, trying again");
                sleep(wait).await;
                wait *= 2;
            }
            // It may be there all the same.
            let place = self.place(stream).await?;
            if place.number >= batch.number || (error.is_none() && attempt >= TRIES) {
                return Ok(Some(place));
            }
        }
        Ok(None)
    }

    async fn place(&self, stream: &'static Stream) -> Result<Place, SinkError> {
        let mut places: Places = places(self.run.sink, &[stream], self.run.parents).await?;
        Ok(places.remove(stream.name).unwrap_or_default())
    }

    fn count(&self, name: &'static str, batch: &Batch) {
        let (rows, bytes) = (batch.rows() as u64, batch.bytes() as u64);
        let all = batch.chunks.iter().flat_map(|chunk| &chunk.rows);
        let tombstones = all.filter(|row| row.deleted).count() as u64;
        self.run.progress.rows.fetch_add(rows, Ordering::Relaxed);
        self.run.progress.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.run.progress.stream(name, |stream| {
            stream.rows += rows;
            stream.tombstones += tombstones;
            stream.bytes += bytes;
            stream.batches += 1;
        });
    }
}

/// Whether a stream is where this batch leaves it.
fn has(place: &Place, batch: &Batch) -> bool {
    batch.chunks.iter().all(|chunk| {
        let parent = chunk.parent.parse();
        parent.is_ok_and(|it| place.cursors.has(it) && place.cursors.is(it, &chunk.cursor))
    })
}

#[cfg(test)]
mod tests;
