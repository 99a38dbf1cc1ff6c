//! One run.

use std::sync::atomic::Ordering;

use futures::StreamExt;
use futures::stream;
use labtower_extract::{ExtractError, Parent, Stream, Visit};
use labtower_gitlab::Client;
use labtower_model::Timestamp;
use tokio_util::sync::CancellationToken;

use super::commit::Gathering;
use super::parents::Parents;
use super::plan::families;
use super::{CopyError, CopyOptions, Progress, Report};
use crate::sink::{Sink, Table};

/// Copies what is new into a sink. Ends early, with everything it has read committed, at `stop`.
///
/// One list that cannot be read never stops the others: it is counted in the report and goes on in the next run.
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
    let lists = |stream: &&Stream| parents.of_kind(stream.parent).count() as u64;
    progress
        .lists
        .store(streams.iter().map(lists).sum(), Ordering::Relaxed);
    for family in families(&streams) {
        if stop.is_cancelled() {
            break;
        }
        let gathering = Gathering::begin(sink, options, progress, &family).await?;
        let run = Run {
            client,
            sink,
            options,
            progress,
            stop,
            gathering,
        };
        let result = run.family(&family, &parents).await;
        // Whatever happened, what was read is worth keeping.
        run.gathering.end().await?;
        result?;
    }
    let report = progress.report();
    if report.is_complete() && !stop.is_cancelled() {
        let names: Vec<&str> = streams.iter().map(|stream| stream.name).collect();
        sink.completed(&names, options.data_date).await?;
    }
    Ok(report)
}

/// One family of streams being copied.
struct Run<'r, S> {
    client: &'r Client,
    sink: &'r S,
    options: &'r CopyOptions,
    progress: &'r Progress,
    stop: &'r CancellationToken,
    gathering: Gathering<'r, S>,
}

impl<S: Sink> Run<'_, S> {
    /// Reads the lists of all parents, several at once, and commits what waits meanwhile.
    async fn family(&self, family: &[&'static Stream], parents: &Parents) -> Result<(), CopyError> {
        let mut kinds: Vec<_> = family.iter().map(|stream| stream.parent).collect();
        kinds.sort_unstable();
        kinds.dedup();
        let visits = kinds.into_iter().flat_map(|kind| parents.of_kind(kind));
        let mut done = stream::iter(visits)
            .map(|parent| self.visit(family, parent))
            .buffer_unordered(self.options.concurrency.max(1));
        let over = CancellationToken::new();
        let reading = async {
            // Of those that come after an error, all would fail as well.
            let mut result = Ok(());
            while result.is_ok()
                && let Some(one) = done.next().await
            {
                result = one;
            }
            drop(done);
            over.cancel();
            result
        };
        let (read, committed) = tokio::join!(reading, self.gathering.commit_in_time(&over));
        read?;
        Ok(committed?)
    }

    async fn visit(&self, family: &[&'static Stream], parent: Parent) -> Result<(), CopyError> {
        let visit = Visit::new(self.client.clone(), self.options.read);
        for stream in family.iter().filter(|it| it.parent == parent.kind) {
            if self.stop.is_cancelled() {
                return Ok(());
            }
            match self.list(&visit, stream, parent).await {
                Ok(()) => self.progress.list_read(stream.name),
                Err(CopyError::Extract(error)) => self.failed(stream, parent, error)?,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn list(
        &self,
        visit: &Visit,
        stream: &'static Stream,
        parent: Parent,
    ) -> Result<(), CopyError> {
        let Some(cursor) = self.gathering.cursor(stream, parent).await? else {
            return Ok(());
        };
        let since = self.since(stream, &cursor).await?;
        let mut walk = visit.walk_since(stream, parent, &cursor, since)?;
        while let Some(rows) = walk.read_on().await? {
            // The cursor is made only where it may be written: it can be long.
            let goes_on = self
                .gathering
                .push(stream, parent, rows, || walk.cursor())
                .await?;
            if !goes_on || self.stop.is_cancelled() {
                return Ok(());
            }
        }
        self.gathering
            .finish(stream, parent, || walk.cursor())
            .await?;
        Ok(())
    }

    /// Where history begins of a list that was never read; a cursor knows that itself.
    async fn since(&self, stream: &Stream, cursor: &str) -> Result<Option<Timestamp>, CopyError> {
        if !cursor.is_empty() {
            return Ok(self.options.read.since);
        }
        let of_other_tool = self.sink.taken_over(stream.name).await?;
        let overlap = self.options.read.overlap;
        // By that tool's clock, which need not be GitLab's.
        Ok(of_other_tool.map_or(self.options.read.since, |until| {
            Some(until.checked_sub(overlap).unwrap_or(until))
        }))
    }

    fn failed(
        &self,
        stream: &'static Stream,
        parent: Parent,
        error: ExtractError,
    ) -> Result<(), CopyError> {
        if error.is_fatal() {
            return Err(error.into());
        }
        if error.is_skip() {
            self.progress
                .list_skipped(stream.name, parent, &error.to_string());
        } else {
            self.progress
                .list_failed(stream.name, parent, error.to_string());
        }
        Ok(())
    }
}
