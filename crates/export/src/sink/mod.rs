//! One contract for all sinks that keep rows: what is committed, and how far each has come.
//!
//! A [`Batch`] has rows of one stream, of any number of parents, and for each parent the cursor that says where
//! reading goes on. A sink commits rows and cursors together or not at all, and numbers its batches: batch `n` is
//! accepted only after `n - 1`, and only once. That is what makes a kill, a repetition and a second writer harmless.
//!
//! Tables have the envelope of [`ENVELOPE`], then the columns of the stream. Data tables are append-only.

mod any;
mod batch;
mod error;
#[cfg(feature = "ndjson")]
pub mod ndjson;
mod open;
mod typed;

use std::collections::BTreeMap;

use labtower_extract::Column;
use labtower_model::Timestamp;

pub use any::AnySink;
pub use batch::{Batch, Chunk, Commit, Position};
pub use error::SinkError;
#[cfg(any(feature = "bigquery", feature = "clickhouse", feature = "postgres"))]
pub(crate) use error::with_causes;
pub use open::open;
pub use typed::{Typed, Value, typed};

/// Columns that every table of rows begins with, in this order.
///
/// | column | what |
/// | --- | --- |
/// | `data_date` | when the run that wrote the row began |
/// | `_instance` | host and path of the GitLab |
/// | `_parent` | `projects/7`, `groups/3` or `instance` |
/// | `_id` | key of the row within instance, stream and parent |
/// | `_updated_at` | the row's own time, if it has one |
/// | `_batch` | number of the batch of this instance and stream |
/// | `_hash` | hash of the body, 16 hexadecimal digits |
/// | `_deleted` | whether it is a tombstone |
/// | `raw` | the body: JSON as GitLab wrote it |
pub const ENVELOPE: [&str; 9] = [
    "data_date",
    "_instance",
    "_parent",
    "_id",
    "_updated_at",
    "_batch",
    "_hash",
    "_deleted",
    "raw",
];

/// Column after the envelope, where a sink keeps one row beside another: the row's place in its batch, from 0.
///
/// The newest version of a row is the one with the greatest (`_batch`, `_row`): a reader never emits an older version
/// after a newer one, and a tombstone has no time of its own.
pub const ROW: &str = "_row";

/// Is told a stream, a parent and its cursor; an error of its own ends the telling.
pub type Tell<'t> = dyn FnMut(&str, &str, &str) -> Result<(), SinkError> + Send + 't;

/// A table to be: the stream's name, and the columns after the envelope.
#[derive(Debug, Clone, Copy)]
pub struct Table<'a> {
    /// Name of the stream.
    pub stream: &'a str,
    /// Its columns.
    pub columns: &'a [Column],
}

/// A store of rows. One value serves one instance and one run; streams are written one batch at a time each.
pub trait Sink: Send + Sync {
    /// Makes tables and views that are not there, and adds columns that are new. Never takes anything away.
    fn prepare(&self, tables: &[Table<'_>]) -> impl Future<Output = Result<(), SinkError>> + Send;

    /// How far streams have come: the number of each one's last batch, in their order, by whomever it was committed.
    ///
    /// The newest cursor of each parent is told on the way, so that nobody has to hold them all; one that is told again
    /// takes the place of what was told before. After an error nothing counts. Cleans up after a run that was killed, if
    /// there is something to clean.
    fn positions(
        &self,
        streams: &[&str],
        tell: &mut Tell<'_>,
    ) -> impl Future<Output = Result<Vec<u64>, SinkError>> + Send;

    /// The same of one stream, in one piece: for those with few parents.
    fn position(&self, stream: &str) -> impl Future<Output = Result<Position, SinkError>> + Send {
        async move {
            let mut cursors = BTreeMap::new();
            let mut tell = |_: &str, parent: &str, cursor: &str| {
                cursors.insert(parent.to_owned(), cursor.to_owned());
                Ok(())
            };
            let numbers = self.positions(&[stream], &mut tell).await?;
            let number = numbers.first().copied().unwrap_or(0);
            Ok(Position { number, cursors })
        }
    }

    /// Commits a batch: its rows, its cursors and its number, together or not at all.
    ///
    /// After an error it is unknown whether it was committed: ask for the [`Sink::positions`] again.
    fn commit(&self, batch: &Batch) -> impl Future<Output = Result<Commit, SinkError>> + Send;

    /// Until when another tool copied a stream into its table, before anything was committed here: what changed later is
    /// missing. A list that was never read is read on from there.
    fn taken_over(
        &self,
        stream: &str,
    ) -> impl Future<Output = Result<Option<Timestamp>, SinkError>> + Send {
        let _ = stream;
        async { Ok(None) }
    }

    /// Takes note that a run which began then has committed all there was of these streams.
    fn completed(
        &self,
        streams: &[&str],
        began: Timestamp,
    ) -> impl Future<Output = Result<(), SinkError>> + Send {
        let _ = (streams, began);
        async { Ok(()) }
    }
}
