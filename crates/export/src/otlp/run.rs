//! Following the feed: read what is due, send it, remember that.

use std::collections::VecDeque;
use std::sync::Arc;

use labtower_model::Clock;
use labtower_store::{Batch, SinkUpdate, Store, StoreError, SyncUpdate, Trace};
use tokio_util::sync::CancellationToken;

use super::NAME;
use super::answer::Answer;
use super::backoff::Delays;
use super::ids::Ids;
use super::map::Unit;
use super::options::{OtlpOptions, Since, shown, traces_url};
use super::read::{Plan, plan};
use super::request::body;
use super::send::Sender;
use crate::ExportError;

/// Most spans of one request, unless a single pipeline has more.
const SPANS: usize = 2_000;

/// What the problems of this sink are listed under.
const SCOPE: &str = "export otlp";

/// The OTLP sink of a store.
#[derive(Debug)]
pub struct Otlp {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    clock: Arc<dyn Clock>,
    options: OtlpOptions,
    ids: Ids,
    sender: Sender,
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Otlp")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// Why a step ended early.
enum Stop {
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

    /// Sends units until the receiver has taken or refused each.
    async fn deliver(
        self: &Arc<Self>,
        units: Vec<Unit>,
        stop: &CancellationToken,
    ) -> Result<(), Stop> {
        let mut queue = VecDeque::from([units]);
        while let Some(units) = queue.pop_front() {
            let inner = Arc::clone(self);
            let (mut units, body) = self
                .blocking(move || {
                    let body = body(&units, &inner.ids, &inner.options);
                    Ok((units, body))
                })
                .await?;
            let mut delays = Delays::new(&self.options.pace);
            let mut failures = 0_u64;
            loop {
                let answer = tokio::select! {
                    () = stop.cancelled() => return Err(Stop::Asked),
                    answer = self.sender.send(&body, self.clock.now()) => answer,
                };
                match answer {
                    Answer::Taken { rejected, message } => {
                        if failures > 0 {
                            tracing::info!(failures, "traces are taken again");
                        }
                        self.taken(&units, body.spans, rejected, message).await?;
                        break;
                    }
                    // One bad pipeline must not take others with it.
                    Answer::Refused(_) if units.len() > 1 => {
                        let rest = units.split_off(units.len() / 2);
                        queue.push_front(rest);
                        queue.push_front(units);
                        break;
                    }
                    Answer::Refused(reason) => {
                        self.refused(&units, body.spans, reason).await?;
                        break;
                    }
                    Answer::Later { reason, after } => {
                        let delay = delays.next(after);
                        failures += 1;
                        if failures == 1 {
                            tracing::warn!(%reason, "failed to send traces; trying again until they are taken");
                        } else {
                            tracing::debug!(%reason, failures, ?delay, "failed to send traces");
                        }
                        self.failed(reason).await?;
                        tokio::select! {
                            () = stop.cancelled() => return Err(Stop::Asked),
                            () = tokio::time::sleep(delay) => {}
                        }
                    }
                }
            }
        }
        Ok(())
    }

    async fn taken(
        &self,
        units: &[Unit],
        spans: u64,
        rejected: u64,
        message: String,
    ) -> Result<(), Stop> {
        let rejected = rejected.min(spans);
        tracing::debug!(pipelines = units.len(), spans, rejected, "sent traces");
        if rejected == 0 {
            if !message.is_empty() {
                tracing::warn!(%message, "the receiver took the traces with a remark");
            }
            let solved = SyncUpdate::Solved {
                scope: SCOPE.to_owned(),
            };
            return self.sent(units, spans, 0, None, solved).await;
        }
        tracing::warn!(rejected, spans, %message, "the receiver rejected spans");
        let message = format!("{rejected} of {spans} spans were rejected: {message}");
        let problem = self.problem(&message);
        self.sent(units, spans - rejected, rejected, Some(message), problem)
            .await
    }

    async fn refused(&self, units: &[Unit], spans: u64, reason: String) -> Result<(), Stop> {
        let pipelines: Vec<_> = units.iter().map(|unit| unit.pipeline.id.get()).collect();
        tracing::warn!(%reason, spans, ?pipelines, "the receiver refused traces for good; they are skipped");
        let message = format!("pipeline {pipelines:?} was refused and skipped: {reason}");
        let problem = self.problem(&message);
        self.sent(units, 0, spans, Some(message), problem).await
    }

    async fn failed(&self, reason: String) -> Result<(), Stop> {
        let problem = self.problem(&format!("failed to send traces: {reason}"));
        let name = NAME.to_owned();
        let failed = SinkUpdate::Failed {
            name,
            error: reason,
        };
        self.write(vec![failed], vec![problem]).await
    }

    /// Remembers what was sent, in one commit.
    async fn sent(
        &self,
        units: &[Unit],
        rows: u64,
        refused: u64,
        error: Option<String>,
        problem: SyncUpdate,
    ) -> Result<(), Stop> {
        let mut updates: Vec<SinkUpdate> = units
            .iter()
            .map(|unit| {
                SinkUpdate::Traced(Trace {
                    pipeline_id: unit.pipeline.id,
                    ended_at: unit.ended_at,
                    root_id: Some(unit.root),
                    waiting_since: None,
                })
            })
            .collect();
        updates.push(SinkUpdate::Sent {
            name: NAME.to_owned(),
            rows,
            refused,
            error,
            at: self.clock.now(),
        });
        self.write(updates, vec![problem]).await
    }

    fn problem(&self, message: &str) -> SyncUpdate {
        SyncUpdate::Problem {
            scope: SCOPE.to_owned(),
            message: message.to_owned(),
            at: self.clock.now(),
        }
    }

    async fn write(&self, updates: Vec<SinkUpdate>, sync: Vec<SyncUpdate>) -> Result<(), Stop> {
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
    async fn blocking<T: Send + 'static>(
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

/// Cuts what is due into requests.
fn parts(units: Vec<Unit>) -> Vec<Vec<Unit>> {
    let mut parts: Vec<Vec<Unit>> = Vec::new();
    let mut spans = usize::MAX;
    for unit in units {
        let more = unit.most_spans();
        spans = spans.saturating_add(more);
        match parts.last_mut() {
            Some(part) if spans <= SPANS => part.push(unit),
            _ => {
                parts.push(vec![unit]);
                spans = more;
            }
        }
    }
    parts
}
