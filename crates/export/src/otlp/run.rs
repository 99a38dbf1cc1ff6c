//! Following the feed: read what is due, have it delivered, move the cursor.

use std::sync::Arc;

use labtower_model::Clock;
use labtower_store::{Batch, SinkUpdate, Store, StoreError, SyncUpdate};
use tokio_util::sync::CancellationToken;

use super::NAME;
use super::deliver::parts;
use super::ids::Ids;
use super::options::{OtlpOptions, Since, shown, traces_url};
use super::read::{Plan, plan};
use super::send::Sender;
use crate::ExportError;

/// The OTLP sink of a store.
#[derive(Debug)]
pub struct Otlp {
    inner: Arc<Inner>,
}

/// What the sink works with.
pub(super) struct Inner {
    pub(super) store: Store,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) options: OtlpOptions,
    pub(super) ids: Ids,
    pub(super) sender: Sender,
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Otlp")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// Why a step ended early.
pub(super) enum Stop {
    /// The process ends.
    Asked,
    /// The store failed.
    Store(StoreError),
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Otlp {
    /// A sink that sends nothing yet.
    ///
    /// # Errors
    /// Headers or certificates cannot be used.
    pub fn new(
        options: OtlpOptions,
        store: Store,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, ExportError> {
        Ok(Self {
            inner: Arc::new(Inner {
                ids: Ids::new(&options.instance),
                sender: Sender::new(&options)?,
                store,
                clock,
                options,
            }),
        })
    }

    /// Follows the store until `stop`.
    pub async fn run(self, stop: CancellationToken) {
        let inner = self.inner;
        let endpoint = shown(&traces_url(&inner.options.endpoint));
        tracing::info!(endpoint, "sending traces");
        let mut begun = false;
        let mut seen = None;
        loop {
            let generation = inner.store.data_generation();
            let mut more = false;
            if seen != Some(generation) {
                match inner.step(&mut begun, &stop).await {
                    Ok(Some(step)) => {
                        more = step.more;
                        seen = (!step.waiting && !step.more).then_some(generation);
                    }
                    Ok(None) => {}
                    Err(Stop::Asked | Stop::Store(StoreError::Closed)) => return,
                    Err(Stop::Store(error)) => tracing::error!(%error, "failed to read traces"),
                }
            }
            if !more {
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = tokio::time::sleep(inner.options.pace.tick) => {}
                }
            }
        }
    }
}

/// What a step found.
struct Step {
    more: bool,
    waiting: bool,
}

impl Inner {
    /// Sends what is due; `None` while nothing can be.
    async fn step(
        self: &Arc<Self>,
        begun: &mut bool,
        stop: &CancellationToken,
    ) -> Result<Option<Step>, Stop> {
        if !*begun {
            self.begin().await?;
            *begun = true;
        }
        let inner = Arc::clone(self);
        let Some(plan) = self
            .blocking(move || {
                let now = inner.clock.now();
                let options = &inner.options;
                inner.store.read(|reader| plan(reader, options, now))
            })
            .await?
        else {
            return Ok(None);
        };
        let Plan {
            units,
            marks,
            seq,
            from,
            more,
            waiting,
        } = plan;
        for part in parts(units) {
            self.deliver(part, stop).await?;
        }
        let mut updates: Vec<SinkUpdate> = marks.into_iter().map(SinkUpdate::Traced).collect();
        if seq > from {
            let name = NAME.to_owned();
            updates.push(SinkUpdate::Taken { name, seq });
        }
        if !updates.is_empty() {
            self.write(updates, Vec::new()).await?;
        }
        if stop.is_cancelled() {
            return Err(Stop::Asked);
        }
        Ok(Some(Step { more, waiting }))
    }

    /// Sets where the sink begins: at its first start, and when `since` was changed.
    async fn begin(self: &Arc<Self>) -> Result<(), Stop> {
        let inner = Arc::clone(self);
        let known = self
            .blocking(move || inner.store.read(|reader| reader.sink(NAME)))
            .await?;
        let (seq, since) = match (self.options.since, known) {
            (Since::Now, None) => (self.store.data_generation(), Some(self.clock.now())),
            (Since::Now, Some(sink)) if sink.since.is_none() => (sink.seq, Some(self.clock.now())),
            (Since::Backfill, None) => (0, None),
            // What was sent meanwhile is known, and not sent again.
            (Since::Backfill, Some(sink)) if sink.since.is_some() => (0, None),
            _ => return Ok(()),
        };
        let name = NAME.to_owned();
        self.write(vec![SinkUpdate::Begun { name, seq, since }], Vec::new())
            .await?;
        Ok(())
    }

    /// Writes sync state in one commit.
    pub(super) async fn write(
        &self,
        updates: Vec<SinkUpdate>,
        sync: Vec<SyncUpdate>,
    ) -> Result<(), Stop> {
        let updates = updates.into_iter().map(SyncUpdate::Sink);
        self.store
            .write(Batch {
                sync: updates.chain(sync).collect(),
                ..Batch::default()
            })
            .await?;
        Ok(())
    }

    /// Runs work that blocks off the async threads.
    pub(super) async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Stop> {
        match tokio::task::spawn_blocking(work).await {
            Ok(done) => Ok(done?),
            // Only a panic, or the runtime's end.
            Err(error) => {
                tracing::error!(%error, "reading traces broke off");
                Err(Stop::Asked)
            }
        }
    }
}
