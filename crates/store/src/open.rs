//! The store: one writer, many readers.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, mpsc};

use jiff::Timestamp;
use labtower_model::Clock;
use tokio::sync::{Notify, oneshot};

use crate::lock::Lock;
use crate::pool::Pool;
use crate::prepare::Prepared;
use crate::read::Descriptions;
use crate::write::{Counters, Message, Reply, Session, Writer};
use crate::{
    Acted, Action, Batch, InboxUpdate, Reader, Received, RollupMode, StoreError, SyncUpdate,
    Written, connect, import, migrate, rollup, totals,
};

/// How to open a store.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// Read-only connections.
    pub readers: usize,
    /// Page cache of the writer: MiB. Readers have a quarter of it each: what one keeps is
    /// void with the next commit.
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

/// A store that is open; clones share it. It is closed when the last clone is dropped, or by [`Store::close`].
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    path: PathBuf,
    pool: Pool,
    descriptions: Descriptions,
    counters: Arc<Counters>,
    queue: mpsc::Sender<Message>,
    inbox: Notify,
    writer: Mutex<Option<Writer>>,
}

impl Inner {
    fn stop(&self) {
        let writer = self
            .writer
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(writer) = writer {
            writer.stop();
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Store {
    /// Opens the database at `path`, creating it when absent and bringing its schema up to date.
    ///
    /// A database of gitlab-ci-exporter found there is imported and kept beside it as `.bak`.
    /// Only one process can have a database open.
    pub fn open(
        path: &Path,
        options: &StoreOptions,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StoreError> {
        let lock = Lock::take(path)?;
        import::settle(path, options.feed, Arc::clone(&clock))?;
        let mut conn = connect::writer(path, options.cache_mib)?;
        migrate::migrate(&mut conn)?;
        rollup::settle(&mut conn)?;
        totals::settle(&mut conn)?;
        let pool = Pool::open(path, options.readers, options.cache_mib / 4)?;
        let session = Session::new(conn, Some(lock), options.feed, clock)?;
        let counters = session.counters();
        let writer = Writer::start(session).map_err(|source| StoreError::Io {
            path: path.to_owned(),
            source,
        })?;
        Ok(Self {
            inner: Arc::new(Inner {
                path: path.to_owned(),
                pool,
                descriptions: Descriptions::default(),
                counters,
                queue: writer.queue().clone(),
                inbox: Notify::new(),
                writer: Mutex::new(Some(writer)),
            }),
        })
    }

    /// Stores a batch; answers once it is committed and would survive a power cut.
    pub async fn write(&self, batch: Batch) -> Result<Written, StoreError> {
        let batch = Box::new(Prepared::new(batch));
        self.ask(|reply| Message::Write(batch, reply)).await
    }

    /// [`Store::write`] for callers that are not async; panics inside an async task.
    pub fn write_blocking(&self, batch: Batch) -> Result<Written, StoreError> {
        let batch = Box::new(Prepared::new(batch));
        let (reply, answer) = oneshot::channel();
        self.send(Message::Write(batch, reply))?;
        answer.blocking_recv().map_err(|_| StoreError::Closed)?
    }

    /// Keeps a webhook as it came; answers once it would survive a power cut, and wakes who waits for webhooks.
    pub async fn receive(&self, hook: Received) -> Result<(), StoreError> {
        let sync = vec![SyncUpdate::Inbox(InboxUpdate::Received(hook))];
        self.write(Batch {
            sync,
            ..Batch::default()
        })
        .await?;
        self.inner.inbox.notify_one();
        Ok(())
    }

    /// Waits until a webhook was kept since the last call.
    pub async fn received(&self) {
        self.inner.inbox.notified().await;
    }

    /// Does what a person wants done about failures; it is in the audit trail with the commit.
    ///
    /// # Errors
    /// [`StoreError::Impossible`] where it makes no sense, with the reason in words for that person.
    pub async fn act(&self, actor: &str, action: Action) -> Result<Acted, StoreError> {
        let actor = actor.to_owned();
        self.ask(|reply| Message::Act(actor, Box::new(action), reply))
            .await
    }

    /// Sets whether rollups follow every write. Going back to [`RollupMode::Incremental`] counts everything once;
    /// the mode is kept in the file.
    pub async fn set_rollup_mode(&self, mode: RollupMode) -> Result<(), StoreError> {
        self.ask(|reply| Message::Mode(mode, reply)).await
    }

    /// Counts all rollups anew, in bulk. The mode stays.
    pub async fn rebuild_rollups(&self) -> Result<(), StoreError> {
        self.ask(Message::Rebuild).await
    }

    /// Deletes finished pipelines created before `older_than`, with their jobs and what they count for in rollups.
    /// Returns how many pipelines. Their versions in the change feed stay.
    pub async fn retain(&self, older_than: Timestamp) -> Result<u64, StoreError> {
        let before = older_than.as_second();
        let mut total = 0;
        loop {
            let deleted = self.ask(|reply| Message::Retain(before, reply)).await?;
            total += deleted;
            if deleted == 0 {
                return Ok(total);
            }
        }
    }

    /// Deletes changes recorded before `older_than` from the feed; returns how many.
    pub async fn retain_changes(&self, older_than: Timestamp) -> Result<u64, StoreError> {
        let before = older_than.as_second();
        let mut total = 0;
        loop {
            let deleted = self
                .ask(|reply| Message::RetainChanges(before, reply))
                .await?;
            total += deleted;
            if deleted == 0 {
                return Ok(total);
            }
        }
    }

    /// Asks questions that all see the same state. Blocks: async callers use `spawn_blocking`.
    pub fn read<T>(
        &self,
        f: impl FnOnce(&Reader<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.inner
            .pool
            .take()
            .snapshot(|conn| f(&Reader::new(conn, &self.inner.descriptions)))
    }

    /// Moves with every commit that changed data or sync state; equal after a restart.
    pub fn generation(&self) -> u64 {
        self.inner.counters.generation()
    }

    /// Moves when projects, pipelines or jobs changed: the last number of the feed.
    /// Retention moves it too, without a row in the feed.
    pub fn data_generation(&self) -> u64 {
        self.inner.counters.data()
    }

    /// The database file.
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// Finishes what is queued, copies the log into the file and stops the writer, for all clones.
    /// Later writes fail with [`StoreError::Closed`]; reading goes on until the last clone is dropped.
    pub fn close(self) {
        self.inner.stop();
    }

    async fn ask<T>(&self, message: impl FnOnce(Reply<T>) -> Message) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        self.send(message(reply))?;
        answer.await.map_err(|_| StoreError::Closed)?
    }

    fn send(&self, message: Message) -> Result<(), StoreError> {
        self.inner
            .queue
            .send(message)
            .map_err(|_| StoreError::Closed)
    }
}
