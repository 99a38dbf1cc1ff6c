//! One run.

use std::sync::atomic::Ordering;

use labtower_extract::Stream;
use labtower_gitlab::Client;
use tokio_util::sync::CancellationToken;

use super::commit::Gathering;
use super::family::Family;
use super::parents::Parents;
use super::places::{places, places_now};
use super::plan::{families, groups};
use super::{CopyError, CopyOptions, Progress, Report};
use crate::sink::{Sink, SinkError, Table};

/// Copies what is new into a sink. Ends early, with everything it has read committed, at `stop`.
///
/// One list that cannot be read never stops the others: it is counted in the report and goes on in the next run. Neither
/// does a stream that the sink does not take, but then the run ends with the sink's first error, at once if the sink
/// takes nothing at all.
///
/// # Errors
/// The roots cannot be read, the token is refused, or the sink does not take what it is given.
pub async fn copy<S: Sink>(
    client: &Client,
    sink: &S,
    options: &CopyOptions,
    progress: &Progress,
    stop: &CancellationToken,
) -> Result<Report, CopyError> {
    let streams = options.streams()?;
    let parents = Parents::of(client, &options.roots).await?;
    let tables: Vec<Table<'_>> = streams
        .iter()
        .map(|stream| Table {
            stream: stream.name,
            columns: stream.columns,
        })
        .collect();
    sink.prepare(&tables).await?;
    let lists = |stream: &&Stream| parents.of_kind(stream.parent).len() as u64;
    progress
        .lists
        .store(streams.iter().map(lists).sum(), Ordering::Relaxed);
    let run = Run {
        client,
        sink,
        options,
        progress,
        stop,
        parents: &parents,
    };
    let mut refused = None;
    for group in groups(families(&streams), &parents) {
        if stop.is_cancelled() || !run.group(&group, &mut refused).await? {
            break;
        }
    }
    if let Some(error) = refused {
        return Err(error.into());
    }
    let report = progress.report();
    if report.is_complete() && !stop.is_cancelled() {
        let names: Vec<&str> = streams.iter().map(|stream| stream.name).collect();
        sink.completed(&names, options.data_date).await?;
    }
    Ok(report)
}

/// A run on its way.
pub(super) struct Run<'r, S> {
    pub(super) client: &'r Client,
    pub(super) sink: &'r S,
    pub(super) options: &'r CopyOptions,
    pub(super) progress: &'r Progress,
    pub(super) stop: &'r CancellationToken,
    pub(super) parents: &'r Parents,
}

impl<S: Sink> Run<'_, S> {
    /// Copies families, one after another. False when the sink is down: it would not take those that are left.
    ///
    /// The sink's first error is kept for the end of the run.
    async fn group(
        &self,
        families: &[Vec<&'static Stream>],
        refused: &mut Option<SinkError>,
    ) -> Result<bool, CopyError> {
        let streams: Vec<&'static Stream> = families.iter().flatten().copied().collect();
        let mut places = match places(self.sink, &streams, self.parents).await {
            Ok(places) => places,
            Err(error) => {
                keep(refused, error);
                return Ok(false);
            }
        };
        for family in families {
            if self.stop.is_cancelled() {
                break;
            }
            let place = |stream: &&'static Stream| {
                let place = places.remove(stream.name).unwrap_or_default();
                (*stream, place)
            };
            let begun = family.iter().map(place).collect();
            let family = Family {
                run: self,
                streams: family,
                gathering: Gathering::new(self, begun),
            };
            match family.copy().await {
                Ok(()) => {}
                Err(CopyError::Sink(error)) => {
                    let is_down = error.is_retryable() && self.is_down(&streams).await;
                    keep(refused, error);
                    if is_down {
                        return Ok(false);
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }

    async fn is_down(&self, streams: &[&'static Stream]) -> bool {
        let answer = places_now(self.sink, streams, self.parents).await;
        answer.is_err()
    }
}

/// Keeps the first error, which is told at the end, and tells the others now.
fn keep(refused: &mut Option<SinkError>, error: SinkError) {
    if refused.is_none() {
        *refused = Some(error);
    } else {
        tracing::warn!(%error, "sink does not take other streams either");
    }
}
