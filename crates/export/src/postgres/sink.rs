//! The sink itself.

use std::fmt;

use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error};

use super::connect::{Connections, failed};
use super::options::PostgresOptions;
use super::schema::{self, quoted, quoted_in};
use crate::sink::{Batch, Commit, Sink, SinkError, Table, Tell};

/// Begins a transaction that does not wait for ever, neither for others nor for us.
pub(super) const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED; \
                     SET LOCAL lock_timeout = '60s'; \
                     SET LOCAL idle_in_transaction_session_timeout = '10min'";

/// Rows in tables of one instance.
pub struct Postgres {
    pub(super) options: PostgresOptions,
    connections: Connections,
}

impl Postgres {
    /// Checks the settings; connects when something is to be done.
    ///
    /// # Errors
    /// A setting cannot be used.
    pub fn new(options: PostgresOptions) -> Result<Self, SinkError> {
        let schema = &options.schema;
        // Longer names would be cut off silently.
        if schema.is_empty() || schema.len() > 63 || schema.contains('\0') {
            let detail = "is not a name of 1 to 63 bytes";
            return Err(SinkError::config("schema", detail));
        }
        Ok(Self {
            connections: Connections::new(&options)?,
            options,
        })
    }

    async fn client(&self) -> Result<Client, SinkError> {
        self.connections.take(&self.options).await
    }

    /// A table's name in SQL.
    pub(super) fn table(&self, name: &str) -> String {
        quoted_in(&self.options.schema, name)
    }

    async fn try_prepare(&self, client: &Client, tables: &[Table<'_>]) -> Result<(), SinkError> {
        let schema = self.options.schema.as_str();
        let what = || format!("prepare schema `{schema}` of {}", self.options.place());
        let failed = |error: Error| failed(what(), &error);
        client.batch_execute(BEGIN).await.map_err(failed)?;
        // Two that prepare at once would fail on each other's tables.
        let lock = "SELECT pg_advisory_xact_lock(hashtextextended('labtower ' || $1, 0))";
        let locked = client.query_typed(lock, &[(&schema, Type::TEXT)]).await;
        locked.map_err(failed)?;
        let there = "SELECT FROM pg_catalog.pg_namespace WHERE nspname = $1";
        let there = client.query_typed(there, &[(&schema, Type::TEXT)]).await;
        let found = schema::find(client, schema).await.map_err(failed)?;
        // Only what is missing is made, so that a user without the right to make anything can write.
        let mut sql = String::new();
        if there.map_err(failed)?.is_empty() {
            sql = format!("CREATE SCHEMA {};\n", quoted(schema));
        }
        sql += &schema::checkpoints(schema, &found);
        for table in tables {
            sql += &schema::table(schema, table, &found)?;
        }
        client.batch_execute(&sql).await.map_err(failed)?;
        client.batch_execute("COMMIT").await.map_err(failed)
    }

    /// What a commit does, for errors.
    pub(super) fn what(&self, batch: &Batch) -> String {
        let (number, stream) = (batch.number, &batch.stream);
        format!(
            "write batch {number} of `{stream}` to PostgreSQL at {}",
            self.options.place()
        )
    }
}

impl Sink for Postgres {
    async fn prepare(&self, tables: &[Table<'_>]) -> Result<(), SinkError> {
        let client = self.client().await?;
        self.try_prepare(&client, tables).await?;
        self.connections.keep(client);
        Ok(())
    }

    async fn positions(
        &self,
        streams: &[&str],
        tell: &mut Tell<'_>,
    ) -> Result<Vec<u64>, SinkError> {
        let client = self.client().await?;
        let numbers = self.read_positions(&client, streams, tell).await?;
        self.connections.keep(client);
        Ok(numbers)
    }

    async fn commit(&self, batch: &Batch) -> Result<Commit, SinkError> {
        let mut chunks = batch.chunks.iter();
        if let Some(chunk) = chunks.find(|c| c.cursor.contains('\0') || c.parent.contains('\0')) {
            return Err(SinkError::Refused {
                what: self.what(batch),
                detail: format!(
                    "parent or cursor of `{}` has U+0000",
                    chunk.parent.escape_debug()
                ),
            });
        }
        // Dropped on any error, and the transaction with it.
        let client = self.client().await?;
        if !self.take_number(&client, batch).await? {
            let ended = client.batch_execute("ROLLBACK").await;
            ended.map_err(|error| failed(self.what(batch), &error))?;
            self.connections.keep(client);
            return Ok(Commit::Taken);
        }
        let written = self.write(&client, batch).await;
        written.map_err(|error| failed(self.what(batch), &error))?;
        self.connections.keep(client);
        Ok(Commit::Done)
    }
}

impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Postgres")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
