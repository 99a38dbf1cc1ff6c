//! Any of the sinks that are compiled in.

#[cfg(feature = "bigquery")]
use crate::bigquery::{BigQuerySink, CompatSink};
#[cfg(feature = "clickhouse")]
use crate::clickhouse::ClickHouseSink;
#[cfg(feature = "files")]
use crate::files::Files;
#[cfg(feature = "postgres")]
use crate::postgres::Postgres;

use labtower_model::Timestamp;

use super::{Batch, Commit, Sink, SinkError, Table, Tell};

/// One of the sinks, chosen when the program runs.
#[derive(Debug)]
pub enum AnySink {
    /// Tables of BigQuery.
    #[cfg(feature = "bigquery")]
    BigQuery(Box<BigQuerySink>),
    /// Tables of BigQuery, some of them as `gitlab-data-export` makes them.
    #[cfg(feature = "bigquery")]
    Compat(Box<CompatSink>),
    /// Tables of ClickHouse.
    #[cfg(feature = "clickhouse")]
    ClickHouse(Box<ClickHouseSink>),
    /// Files on disks and in buckets.
    #[cfg(feature = "files")]
    Files(Box<Files>),
    /// Tables of PostgreSQL.
    #[cfg(feature = "postgres")]
    Postgres(Box<Postgres>),
}

/// The same for whichever sink it is; each is a feature, and there may be none.
macro_rules! each {
    ($any:expr, $sink:ident => $does:expr) => {
        match *$any {
            #[cfg(feature = "bigquery")]
            AnySink::BigQuery(ref $sink) => $does,
            #[cfg(feature = "bigquery")]
            AnySink::Compat(ref $sink) => $does,
            #[cfg(feature = "clickhouse")]
            AnySink::ClickHouse(ref $sink) => $does,
            #[cfg(feature = "files")]
            AnySink::Files(ref $sink) => $does,
            #[cfg(feature = "postgres")]
            AnySink::Postgres(ref $sink) => $does,
        }
    };
}

#[cfg_attr(
    not(any(
        feature = "bigquery",
        feature = "clickhouse",
        feature = "files",
        feature = "postgres"
    )),
    expect(
        unused_variables,
        clippy::uninhabited_references,
        reason = "without a sink there is no value"
    )
)]
impl Sink for AnySink {
    async fn prepare(&self, tables: &[Table<'_>]) -> Result<(), SinkError> {
        each!(self, sink => sink.prepare(tables).await)
    }

    async fn positions(
        &self,
        streams: &[&str],
        tell: &mut Tell<'_>,
    ) -> Result<Vec<u64>, SinkError> {
        each!(self, sink => sink.positions(streams, tell).await)
    }

    async fn commit(&self, batch: &Batch) -> Result<Commit, SinkError> {
        each!(self, sink => sink.commit(batch).await)
    }

    async fn taken_over(&self, stream: &str) -> Result<Option<Timestamp>, SinkError> {
        each!(self, sink => sink.taken_over(stream).await)
    }

    async fn completed(&self, streams: &[&str], began: Timestamp) -> Result<(), SinkError> {
        each!(self, sink => sink.completed(streams, began).await)
    }
}

#[cfg(feature = "bigquery")]
impl From<BigQuerySink> for AnySink {
    fn from(sink: BigQuerySink) -> Self {
        Self::BigQuery(Box::new(sink))
    }
}

#[cfg(feature = "bigquery")]
impl From<CompatSink> for AnySink {
    fn from(sink: CompatSink) -> Self {
        Self::Compat(Box::new(sink))
    }
}

#[cfg(feature = "clickhouse")]
impl From<ClickHouseSink> for AnySink {
    fn from(sink: ClickHouseSink) -> Self {
        Self::ClickHouse(Box::new(sink))
    }
}

#[cfg(feature = "files")]
impl From<Files> for AnySink {
    fn from(sink: Files) -> Self {
        Self::Files(Box::new(sink))
    }
}

#[cfg(feature = "postgres")]
impl From<Postgres> for AnySink {
    fn from(sink: Postgres) -> Self {
        Self::Postgres(Box::new(sink))
    }
}
