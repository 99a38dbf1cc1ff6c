//! Rows gather per stream until they make a batch.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use labtower_extract::{Parent, Row, Stream};
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::sleep;

use super::{CopyOptions, Progress};
use crate::sink::{Batch, Chunk, Commit, Position, Sink, SinkError};

/// Bytes that may wait in all streams together, as multiples of a batch.
const ROOM: usize = 3;
/// Tries of a batch.
const TRIES: u32 = 8;
/// Wait before the second try; it doubles.
const FIRST_WAIT: Duration = Duration::from_millis(250);

/// The streams of one family, on their way into a sink.
pub(super) struct Gathering<'s, S> {
    sink: &'s S,
    options: &'s CopyOptions,
    progress: &'s Progress,
    streams: BTreeMap<&'static str, Mutex<Gathered>>,
    waiting: AtomicUsize,
}

/// One stream's rows.
struct Gathered {
    stream: &'static Stream,
    position: Position,
    /// Parents whose lists this run has begun to read.
    begun: BTreeSet<String>,
    chunks: BTreeMap<String, Chunk>,
    bytes: usize,
    /// Another run writes this stream.
    taken: bool,
}

impl<'s, S: Sink> Gathering<'s, S> {
    /// Asks the sink how far the streams have come.
    pub(super) async fn begin(
        sink: &'s S,
        options: &'s CopyOptions,
        progress: &'s Progress,
        family: &[&'static Stream],
    ) -> Result<Self, SinkError> {
        let mut streams = BTreeMap::new();
        for stream in family {
            let gathered = Gathered {
                stream,
                position: again(|| sink.position(stream.name)).await?,
                begun: BTreeSet::new(),
                chunks: BTreeMap::new(),
                bytes: 0,
                taken: false,
            };
            streams.insert(stream.name, Mutex::new(gathered));
        }
        Ok(Self {
            sink,
            options,
            progress,
            streams,
            waiting: AtomicUsize::new(0),
        })
    }

    /// The committed cursor of a list; `None` where the stream is left to another run.
    pub(super) async fn cursor(&self, stream: &'static Stream, parent: Parent) -> Option<String> {
        let mut gathered = self.lock(stream).await?;
        let name = parent.to_string();
        let cursor = gathered.position.cursors.get(&name).cloned();
        gathered.begun.insert(name);
        Some(cursor.unwrap_or_default())
    }

    /// Takes rows, and commits when they are enough. `false` when the stream is left to another run.
    pub(super) async fn push(
        &self,
        stream: &'static Stream,
        parent: Parent,
        rows: Vec<Row>,
        cursor: impl FnOnce() -> String,
    ) -> Result<bool, SinkError> {
        let Some(mut gathered) = self.lock(stream).await else {
            return Ok(false);
        };
        let bytes: usize = rows.iter().map(|row| row.body.len() + row.id.len()).sum();
        let name = parent.to_string();
        let known = gathered.position.cursors.get(&name);
        let cursor = cursor();
        let moved = known.map_or(!cursor.is_empty(), |known| *known != cursor);
        if rows.is_empty() && !moved && !gathered.chunks.contains_key(&name) {
            return Ok(true);
        }
        let chunk = gathered
            .chunks
            .entry(name.clone())
            .or_insert_with(|| Chunk {
                parent: name,
                rows: Vec::new(),
                cursor: String::new(),
            });
        chunk.rows.extend(rows);
        chunk.cursor = cursor;
        gathered.bytes += bytes;
        let waiting = self.waiting.fetch_add(bytes, Ordering::Relaxed) + bytes;
        let limit = self.options.batch_bytes;
        if gathered.bytes >= limit || (waiting >= limit * ROOM && gathered.bytes > 0) {
            self.commit(&mut gathered).await?;
        }
        Ok(!gathered.taken)
    }

    /// Commits what is left.
    pub(super) async fn end(&self) -> Result<(), SinkError> {
        for gathered in self.streams.values() {
            self.commit(&mut *gathered.lock().await).await?;
        }
        Ok(())
    }

    async fn lock(&self, stream: &Stream) -> Option<MutexGuard<'_, Gathered>> {
        let gathered = self.streams.get(stream.name)?.lock().await;
        Some(gathered).filter(|gathered| !gathered.taken)
    }

    async fn commit(&self, gathered: &mut Gathered) -> Result<(), SinkError> {
        if gathered.chunks.is_empty() || gathered.taken {
            return Ok(());
        }
        self.waiting.fetch_sub(gathered.bytes, Ordering::Relaxed);
        gathered.bytes = 0;
        let mut batch = Batch {
            stream: gathered.stream.name.to_owned(),
            number: gathered.position.number + 1,
            data_date: self.options.data_date,
            chunks: std::mem::take(&mut gathered.chunks).into_values().collect(),
            columns: gathered.stream.columns,
        };
        while let Some(position) = self.found(&batch).await? {
            let is_there = position.number >= batch.number && has(&position, &batch);
            let same = if is_there { &batch.chunks[..] } else { &[] };
            if position.number < batch.number || !gathered.is_untouched(&position, same) {
                tracing::warn!(stream = batch.stream, "another run reads the same lists");
                gathered.taken = true;
                self.progress
                    .stream(gathered.stream.name, |stream| stream.taken = true);
                return Ok(());
            }
            // Another run writes this stream, but of other parents.
            batch.number = position.number + 1;
            gathered.position = position;
            if is_there {
                self.count(gathered.stream.name, &batch);
                return Ok(());
            }
        }
        self.count(gathered.stream.name, &batch);
        gathered.position.number = batch.number;
        let cursors = batch.chunks.into_iter().map(|it| (it.parent, it.cursor));
        gathered.position.cursors.extend(cursors);
        Ok(())
    }

    /// Commits a batch, however often it takes; the position as it is where the batch's number is taken. That may be
    /// by the batch itself, if an answer got lost, and by one of another run with the same rows and more.
    async fn found(&self, batch: &Batch) -> Result<Option<Position>, SinkError> {
        let mut wait = FIRST_WAIT;
        for attempt in 1.. {
            let error = match self.sink.commit(batch).await {
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
            let position = again(|| self.sink.position(&batch.stream)).await?;
            if position.number >= batch.number || (error.is_none() && attempt >= TRIES) {
                return Ok(Some(position));
            }
        }
        Ok(None)
    }

    fn count(&self, name: &'static str, batch: &Batch) {
        let (rows, bytes) = (batch.rows() as u64, batch.bytes() as u64);
        let all = batch.chunks.iter().flat_map(|chunk| &chunk.rows);
        let tombstones = all.filter(|row| row.deleted).count() as u64;
        self.progress.rows.fetch_add(rows, Ordering::Relaxed);
        self.progress.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.progress.stream(name, |stream| {
            stream.rows += rows;
            stream.tombstones += tombstones;
            stream.bytes += bytes;
            stream.batches += 1;
        });
    }
}

impl Gathered {
    /// Whether nobody else has moved the lists that this run has begun, but to where it has come itself in `same`.
    fn is_untouched(&self, position: &Position, same: &[Chunk]) -> bool {
        let is_same = |parent: &String| same.iter().any(|chunk| chunk.parent == *parent);
        let mut begun = self.begun.iter().filter(|parent| !is_same(parent));
        begun.all(|parent| position.cursors.get(parent) == self.position.cursors.get(parent))
    }
}

/// Whether a position is what this batch leaves.
fn has(position: &Position, batch: &Batch) -> bool {
    let mut chunks = batch.chunks.iter();
    chunks.all(|chunk| position.cursors.get(&chunk.parent) == Some(&chunk.cursor))
}

/// Asks until there is an answer or an error that stays.
async fn again<T, F: Future<Output = Result<T, SinkError>>>(
    mut ask: impl FnMut() -> F,
) -> Result<T, SinkError> {
    let mut wait = FIRST_WAIT;
    for _ in 1..TRIES {
        match ask().await {
            Err(error) if error.is_retryable() => {
                tracing::warn!(%error, "sink does not answer, trying again");
                sleep(wait).await;
                wait *= 2;
            }
            answer => return answer,
        }
    }
    ask().await
}

#[cfg(test)]
mod tests {
    use labtower_extract::CATALOGUE;
    use labtower_model::samples::at;

    use super::*;
    use crate::sink::Table;

    /// Keeps the position alone.
    #[derive(Default)]
    struct Kept(std::sync::Mutex<Position>);

    impl Sink for Kept {
        async fn prepare(&self, _: &[Table<'_>]) -> Result<(), SinkError> {
            Ok(())
        }

        async fn position(&self, _: &str) -> Result<Position, SinkError> {
            Ok(self.0.lock().unwrap().clone())
        }

        async fn commit(&self, batch: &Batch) -> Result<Commit, SinkError> {
            let mut position = self.0.lock().unwrap();
            if position.number >= batch.number {
                return Ok(Commit::Taken);
            }
            position.number = batch.number;
            let chunks = batch.chunks.iter();
            let cursors = chunks.map(|it| (it.parent.clone(), it.cursor.clone()));
            position.cursors.extend(cursors);
            Ok(Commit::Done)
        }
    }

    async fn read(run: &Gathering<'_, Kept>, parent: i64) {
        let (stream, parent) = (CATALOGUE[0], Parent::project(parent));
        run.cursor(stream, parent).await.unwrap();
        let rows = vec![Row {
            id: "1".to_owned(),
            updated_at: None,
            hash: 1,
            deleted: false,
            body: "{}".to_owned(),
        }];
        let pushed = run.push(stream, parent, rows, || "read".to_owned()).await;
        assert!(pushed.unwrap());
    }

    /// Another run commits two lists while ours has read the first of them, and begun the second or not; the cursor
    /// at which ours then reads the second.
    async fn second_list(begun: bool) -> Option<String> {
        let (sink, progress) = (Kept::default(), Progress::default());
        let options = CopyOptions::new(Vec::new(), at(0));
        let family = [CATALOGUE[0]];
        let begin = || Gathering::begin(&sink, &options, &progress, &family);
        let (ours, theirs) = (begin().await.unwrap(), begin().await.unwrap());
        read(&theirs, 1).await;
        read(&theirs, 2).await;
        read(&ours, 1).await;
        if begun {
            ours.cursor(CATALOGUE[0], Parent::project(2)).await.unwrap();
        }
        theirs.end().await.unwrap();
        ours.end().await.unwrap();
        ours.cursor(CATALOGUE[0], Parent::project(2)).await
    }

    #[tokio::test]
    async fn what_another_run_wrote_beside_the_same_rows_is_not_written_again() {
        assert_eq!(second_list(false).await.as_deref(), Some("read"));
    }

    #[tokio::test]
    async fn a_list_that_another_run_has_moved_leaves_the_stream_to_it() {
        assert_eq!(second_list(true).await, None);
    }
}
