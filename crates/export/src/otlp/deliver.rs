//! Delivery: requests one after another, each until it is taken or refused, and remembered then.

use std::collections::VecDeque;
use std::sync::Arc;

use labtower_store::{SinkUpdate, SyncUpdate, Trace};
use tokio_util::sync::CancellationToken;

use super::NAME;
use super::answer::Answer;
use super::backoff::Delays;
use super::map::Unit;
use super::request::body;
use super::run::{Inner, Stop};

/// Most spans of one request, unless a single pipeline has more.
const SPANS: usize = 2_000;

/// What the problems of this sink are listed under.
const SCOPE: &str = "export otlp";

impl Inner {
    /// Sends units until the receiver has taken or refused each.
    pub(super) async fn deliver(
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
}

/// Cuts what is due into requests.
pub(super) fn parts(units: Vec<Unit>) -> Vec<Vec<Unit>> {
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
