//! One family of streams: its lists are read, and committed.

use std::sync::Arc;

use futures::StreamExt;
use futures::stream;
use labtower_extract::{ExtractError, Parent, Stream, Visit};
use labtower_model::Timestamp;
use tokio_util::sync::CancellationToken;

use super::CopyError;
use super::commit::Gathering;
use super::run::Run;
use crate::sink::Sink;

/// One family of streams being copied.
pub(super) struct Family<'r, S> {
    pub(super) run: &'r Run<'r, S>,
    pub(super) streams: &'r [&'static Stream],
    pub(super) gathering: Gathering<'r, S>,
}

impl<S: Sink> Family<'_, S> {
    /// Reads all lists, and commits what was read, whatever happens meanwhile.
    pub(super) async fn copy(&self) -> Result<(), CopyError> {
        let read = self.read().await;
        let ended = self.gathering.end().await;
        read?;
        Ok(ended?)
    }

    /// Reads the lists of all parents, several at once, and commits what waits meanwhile.
    async fn read(&self) -> Result<(), CopyError> {
        let mut kinds: Vec<_> = self.streams.iter().map(|stream| stream.parent).collect();
        kinds.sort_unstable();
        kinds.dedup();
        let parents = self.run.parents;
        let visits = kinds.into_iter().map(|kind| parents.of_kind(kind));
        let visits: Vec<Arc<[Parent]>> = visits.collect();
        let mut done = stream::iter(visits.iter().flat_map(|parents| parents.iter()))
            .map(|parent| self.visit(*parent))
            .buffer_unordered(self.run.options.concurrency.max(1));
        let all = async move {
            while let Some(one) = done.next().await {
                one?;
            }
            Ok(())
        };
        // Whichever fails ends the other: of what is read then, nothing would be committed. A commit under way comes to
        // its end, and nobody who reads may hold what it waits for: so those who read are dropped with `all`.
        let (over, failed) = (CancellationToken::new(), CancellationToken::new());
        let reading = async {
            let read: Result<(), CopyError> = tokio::select! {
                read = all => read,
                () = failed.cancelled() => Ok(()),
            };
            over.cancel();
            read
        };
        let committing = async {
            let committed = self.gathering.commit_in_time(&over).await;
            if committed.is_err() {
                failed.cancel();
            }
            committed
        };
        let (read, committed) = tokio::join!(reading, committing);
        read?;
        Ok(committed?)
    }

    async fn visit(&self, parent: Parent) -> Result<(), CopyError> {
        let run = self.run;
        let visit = Visit::new(run.client.clone(), run.options.read);
        for stream in self.streams.iter().filter(|it| it.parent == parent.kind) {
            if run.stop.is_cancelled() {
                return Ok(());
            }
            match self.list(&visit, stream, parent).await {
                Ok(()) => run.progress.list_read(stream.name),
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
            if !goes_on || self.run.stop.is_cancelled() {
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
            return Ok(self.run.options.read.since);
        }
        let of_other_tool = self.run.sink.taken_over(stream.name).await?;
        let overlap = self.run.options.read.overlap;
        // By that tool's clock, which need not be GitLab's.
        Ok(of_other_tool.map_or(self.run.options.read.since, |until| {
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
            self.run
                .progress
                .list_skipped(stream.name, parent, &error.to_string());
        } else {
            self.run
                .progress
                .list_failed(stream.name, parent, error.to_string());
        }
        Ok(())
    }
}
