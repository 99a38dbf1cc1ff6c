//! The sink of the plain shape.

use super::options::BigQueryOptions;
use super::plan::Placed;
use super::rows::{encode, plan};
use super::writer::Writer;
use crate::sink::{Batch, Commit, Sink, SinkError, Table, Tell, Typed};
use crate::warehouse::checked;

/// Keeps rows in BigQuery: a table per stream, and a view with the newest version of each row.
#[derive(Debug)]
pub struct BigQuerySink {
    writer: Writer,
}

impl BigQuerySink {
    /// A sink for what an instance has; `instance` is host and path of the GitLab. No server is asked yet.
    pub fn new(options: &BigQueryOptions, instance: &str) -> Result<Self, SinkError> {
        Ok(Self {
            writer: Writer::new(options, instance)?,
        })
    }
}

impl Sink for BigQuerySink {
    async fn prepare(&self, tables: &[Table<'_>]) -> Result<(), SinkError> {
        let plans = tables.iter().map(|table| {
            checked(table.stream)?;
            Ok(plan(table))
        });
        let plans: Vec<_> = plans.collect::<Result<_, SinkError>>()?;
        self.writer.prepare(&plans).await
    }

    async fn positions(
        &self,
        streams: &[&str],
        tell: &mut Tell<'_>,
    ) -> Result<Vec<u64>, SinkError> {
        self.writer.positions(streams, tell).await
    }

    async fn commit(&self, batch: &Batch) -> Result<Commit, SinkError> {
        self.writer.commit_plain(batch).await
    }
}

impl Writer {
    /// Commits a batch to the plain table of its stream.
    pub(super) async fn commit_plain(&self, batch: &Batch) -> Result<Commit, SinkError> {
        checked(&batch.stream)?;
        let table = Table {
            stream: &batch.stream,
            columns: batch.columns,
        };
        let table = plan(&table).table;
        let typed = Typed::new(batch.columns);
        let encoded = |placed: Placed<'_>| Ok(Some(encode(&self.instance, placed, &typed)));
        self.commit(&batch.stream, &table, batch, encoded).await
    }
}
