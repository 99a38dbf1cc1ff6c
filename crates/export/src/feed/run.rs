//! Following the feed: read what is due, commit it, note how far that is.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use labtower_model::{Clock, Timestamp};
use labtower_store::{Batch as StoreBatch, Change, SinkUpdate, Store, StoreError, SyncUpdate};
use tokio_util::sync::CancellationToken;

use super::place::{PARENT, Place};
use super::rows::{FEED, FeedStream, row};
use crate::sink::{Batch, Chunk, Commit, Sink, SinkError, Table};

/// Changes that are read at once.
const SLICE: usize = 5_000;
/// Between two looks while nothing changes.
const TICK: Duration = Duration::from_secs(1);
/// First wait after a failure; it doubles.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(300);

/// The feed on its way into one sink.
pub struct Feed<S> {
    /// Its name in metrics and on pages.
    name: String,
    sink: S,
    store: Store,
    clock: Arc<dyn Clock>,
}

/// Changes of other kinds after which a stream's place is committed though it has no rows, so that the next start need
/// not read them again.
const FAR: u64 = 50_000;

impl<S> std::fmt::Debug for Feed<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Feed")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// How far a stream is.
#[derive(Default)]
struct At {
    /// Number of its last batch.
    number: u64,
    /// The last change that it has taken or that is not its own, and the last one that the sink knows of.
    seq: u64,
    committed: u64,
}

type Places = BTreeMap<&'static str, At>;

enum Stop {
    Sink(SinkError),
    Store(StoreError),
}

impl From<SinkError> for Stop {
    fn from(error: SinkError) -> Self {
        Self::Sink(error)
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl<S: Sink> Feed<S> {
    /// A feed that sends nothing yet.
    pub fn new(name: String, sink: S, store: Store, clock: Arc<dyn Clock>) -> Self {
        Self {
            name,
            sink,
            store,
            clock,
        }
    }

    /// Follows the store until `stop`.
    pub async fn run(self, stop: CancellationToken) {
        let mut wait = FIRST_WAIT;
        loop {
            match self.follow(&stop, &mut wait).await {
                Ok(()) | Err(Stop::Store(StoreError::Closed)) => return,
                Err(Stop::Store(error)) => {
                    tracing::error!(sink = self.name, %error, "failed to read the feed");
                }
                Err(Stop::Sink(error)) => {
                    tracing::warn!(sink = self.name, %error, "sink does not take the feed, trying again");
                    self.note(vec![
                        SyncUpdate::Sink(SinkUpdate::Failed {
                            name: self.name.clone(),
                            error: error.to_string(),
                        }),
                        SyncUpdate::Problem {
                            scope: self.scope(),
                            message: format!("failed to {error}"),
                            at: self.clock.now(),
                        },
                    ])
                    .await;
                }
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(wait) => {}
            }
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }

    /// Sends what there is, and what comes, until something fails.
    async fn follow(&self, stop: &CancellationToken, wait: &mut Duration) -> Result<(), Stop> {
        let tables: Vec<Table<'_>> = FEED.iter().map(FeedStream::table).collect();
        self.sink.prepare(&tables).await?;
        let feed = self.store.read(|reader| reader.feed_id())?;
        let mut places = self.places(&feed).await?;
        let begun = places.values().map(|at| at.seq).min().unwrap_or(0);
        self.note(vec![SyncUpdate::Sink(SinkUpdate::Begun {
            name: self.name.clone(),
            seq: begun,
            since: None,
        })])
        .await;
        tracing::info!(sink = self.name, seq = begun, "following the feed");
        let (mut seen, mut is_told) = (None, false);
        loop {
            let generation = self.store.data_generation();
            if seen == Some(generation) {
                tokio::select! {
                    () = stop.cancelled() => return Ok(()),
                    () = tokio::time::sleep(TICK) => continue,
                }
            }
            let more = self.slice(&feed, &mut places).await?;
            *wait = FIRST_WAIT;
            if !is_told {
                // Also where nothing was due: the sink is there.
                let sent = self.sent(0, self.clock.now());
                let scope = self.scope();
                self.note(vec![sent, SyncUpdate::Solved { scope }]).await;
                is_told = true;
            }
            seen = (!more).then_some(generation);
            if stop.is_cancelled() {
                return Ok(());
            }
        }
    }

    async fn places(&self, feed: &str) -> Result<Places, SinkError> {
        let mut places: Places = FEED
            .iter()
            .map(|stream| (stream.name, At::default()))
            .collect();
        let mut tell = |stream: &str, parent: &str, cursor: &str| {
            if let (PARENT, Some(at)) = (parent, places.get_mut(stream)) {
                at.seq = Place::of(cursor, feed);
                at.committed = at.seq;
            }
            Ok(())
        };
        let names = FEED.each_ref().map(|stream| stream.name);
        let numbers = self.sink.positions(&names, &mut tell).await?;
        for (name, number) in names.into_iter().zip(numbers) {
            places.entry(name).or_default().number = number;
        }
        Ok(places)
    }

    /// Sends the next changes; whether there may be more.
    async fn slice(&self, feed: &str, places: &mut Places) -> Result<bool, Stop> {
        let from = places.values().map(|at| at.seq).min().unwrap_or(0);
        let store = self.store.clone();
        let read = move || store.read(|reader| reader.changes(from, SLICE));
        let changes = tokio::task::spawn_blocking(read)
            .await
            .map_err(|_| StoreError::Closed)??;
        let Some(last) = changes.last().map(|change| change.seq) else {
            return Ok(false);
        };
        let now = self.clock.now();
        let mut rows = 0;
        for stream in &FEED {
            let place = places.entry(stream.name).or_default();
            rows += self.stream(stream, feed, place, &changes, now).await?;
        }
        let taken = SinkUpdate::Taken {
            name: self.name.clone(),
            seq: last,
        };
        self.note(vec![self.sent(rows, now), SyncUpdate::Sink(taken)])
            .await;
        Ok(changes.len() == SLICE)
    }

    /// Commits what of the changes is this stream's; how many rows those were.
    async fn stream(
        &self,
        stream: &FeedStream,
        feed: &str,
        at: &mut At,
        changes: &[Change],
        now: Timestamp,
    ) -> Result<u64, SinkError> {
        let last = changes.last().map_or(at.seq, |change| change.seq);
        let mine = |change: &&Change| change.kind == stream.kind && change.seq > at.seq;
        let mine: Vec<&Change> = changes.iter().filter(mine).collect();
        if mine.is_empty() && last < at.committed + FAR {
            at.seq = last.max(at.seq);
            return Ok(0);
        }
        let mut chunks: BTreeMap<String, Chunk> = BTreeMap::new();
        for change in &mine {
            let parent = format!("projects/{}", change.project_id);
            let chunk = chunks.entry(parent.clone()).or_insert_with(|| Chunk {
                parent,
                rows: Vec::new(),
                cursor: String::new(),
            });
            chunk.rows.push(row(change));
        }
        let place = Chunk {
            parent: PARENT.to_owned(),
            rows: Vec::new(),
            cursor: Place::text(feed, last),
        };
        let batch = Batch {
            stream: stream.name.to_owned(),
            number: at.number + 1,
            data_date: now,
            chunks: chunks.into_values().chain([place]).collect(),
            columns: stream.columns,
        };
        match self.sink.commit(&batch).await? {
            Commit::Done => {
                at.number = batch.number;
                at.seq = last;
                at.committed = last;
                Ok(mine.len() as u64)
            }
            // An earlier try got through, or somebody else writes here: the sink says how far it is.
            Commit::Taken => Err(SinkError::Unavailable {
                what: format!("write batch {} of `{}`", batch.number, stream.name),
                detail: "its number is taken".to_owned(),
            }),
        }
    }

    fn sent(&self, rows: u64, at: Timestamp) -> SyncUpdate {
        SyncUpdate::Sink(SinkUpdate::Sent {
            name: self.name.clone(),
            rows,
            refused: 0,
            error: None,
            at,
        })
    }

    /// What the problems of this sink are listed under.
    fn scope(&self) -> String {
        format!("export {}", self.name)
    }

    /// Writes down how it goes, for metrics and pages; the sink itself does not depend on it.
    async fn note(&self, sync: Vec<SyncUpdate>) {
        let batch = StoreBatch {
            sync,
            ..StoreBatch::default()
        };
        if let Err(error) = self.store.write(batch).await {
            tracing::debug!(sink = self.name, %error, "failed to note how the sink is");
        }
    }
}
