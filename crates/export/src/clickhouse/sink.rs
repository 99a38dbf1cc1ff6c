//! The sink itself.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::client::{Client, Statement};
use super::ledger;
use super::options::{ClickHouseOptions, config};
use super::rows::{add, create, insert, kind, lines, stored, views};
use crate::sink::{Batch, Commit, Position, Sink, SinkError, Table};
use crate::warehouse::token;

/// How often it is asked whose insert was taken, when no mark is to be seen yet.
const LOOKS: u32 = 10;
/// Between two of these.
const LOOK_PAUSE: Duration = Duration::from_millis(200);
/// More rows and more bytes than a batch has: all of it is one block, which is there as a whole or not at all.
const ONE_BLOCK: &str = "1000000000000";

/// Keeps rows in ClickHouse: a table per stream, a view of its rows, and a view with the newest version of each.
#[derive(Debug)]
pub struct ClickHouseSink {
    client: Client,
    instance: String,
    /// Number of the last batch of each stream, as far as it is known here.
    last: Mutex<HashMap<String, u64>>,
}

impl ClickHouseSink {
    /// A sink for what an instance has; `instance` is host and path of the GitLab. No server is asked yet.
    pub fn new(options: &ClickHouseOptions, instance: &str) -> Result<Self, SinkError> {
        Ok(Self {
            client: Client::new(options)?,
            instance: instance.to_owned(),
            last: Mutex::default(),
        })
    }

    async fn change(&self, sql: &str, what: &str, in_database: bool) -> Result<String, SinkError> {
        let statement = Statement {
            sql,
            parameters: &[],
            settings: &[],
            rows: None,
            what,
        };
        self.client.run(statement, in_database).await
    }

    /// Makes the database; a user that may not is fine if it is there.
    async fn ensure_database(&self) -> Result<(), SinkError> {
        let name = &self.client.database;
        let what = format!("make the ClickHouse database `{name}`");
        let found = format!(
            "SELECT count() FROM system.databases WHERE name = '{name}' FORMAT TabSeparated"
        );
        if self.change(&found, &what, false).await?.trim() == "0" {
            let sql = format!("CREATE DATABASE IF NOT EXISTS `{name}`");
            self.change(&sql, &what, false).await?;
        }
        Ok(())
    }

    async fn ensure_table(&self, table: &Table<'_>) -> Result<(), SinkError> {
        let what = format!("make the ClickHouse table `{}`", table.stream);
        self.change(&create(table.stream), &what, true).await?;
        let mut found = self.columns(table.stream, &what).await?;
        for column in table.columns {
            let expected = kind(column.kind);
            match found.iter().find(|(name, _)| name == column.name) {
                Some((_, kind)) if kind == expected => {}
                Some((_, kind)) => {
                    let detail = format!(
                        "its column `{}` is {kind} and would have to be {expected}",
                        column.name
                    );
                    return Err(SinkError::Refused { what, detail });
                }
                None => {
                    self.change(&add(table.stream, column), &what, true).await?;
                    found.push((column.name.to_owned(), expected.to_owned()));
                }
            }
        }
        let names = found.into_iter().map(|(name, _)| name);
        let names: Vec<String> = names.filter(|name| name != super::rows::WRITER).collect();
        for view in views(table.stream, &names) {
            self.change(&view, &what, true).await?;
        }
        Ok(())
    }

    /// Names and types of the columns that a stream's table has.
    async fn columns(&self, stream: &str, what: &str) -> Result<Vec<(String, String)>, SinkError> {
        let sql = format!(
            "SELECT name, type FROM system.columns WHERE database = '{}' AND table = '{}' ORDER BY position \
             FORMAT JSONCompactStringsEachRow",
            self.client.database,
            stored(stream)
        );
        let text = self.change(&sql, what, true).await?;
        let read = |line| {
            serde_json::from_str(line).map_err(|error| SinkError::Refused {
                what: what.to_owned(),
                detail: format!("the answer cannot be read: {error}"),
            })
        };
        text.lines().map(read).collect()
    }

    /// One insert, whose token is the batch's number: ClickHouse drops a second one of the same token without a word.
    async fn insert(&self, batch: &Batch, writer: &str, what: &str) -> Result<(), SinkError> {
        let table = Table {
            stream: &batch.stream,
            columns: batch.columns,
        };
        let token = format!("{}\n{}\n{}", self.instance, batch.stream, batch.number);
        let settings = [
            ("insert_deduplicate", "1"),
            ("insert_deduplication_token", token.as_str()),
            ("async_insert", "0"),
            ("max_insert_block_size", ONE_BLOCK),
            ("min_insert_block_size_rows", ONE_BLOCK),
            ("min_insert_block_size_bytes", ONE_BLOCK),
            ("input_format_parallel_parsing", "0"),
            ("date_time_input_format", "best_effort"),
        ];
        let statement = Statement {
            sql: &insert(&table),
            parameters: &[],
            settings: &settings,
            rows: Some(&lines(&self.instance, batch, writer)),
            what,
        };
        self.client.run(statement, true).await?;
        Ok(())
    }

    fn known(&self, stream: &str) -> Option<u64> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.get(stream).copied()
    }

    fn remember(&self, stream: &str, number: u64) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.insert(stream.to_owned(), number);
    }
}

impl Sink for ClickHouseSink {
    async fn prepare(&self, tables: &[Table<'_>]) -> Result<(), SinkError> {
        self.ensure_database().await?;
        self.change(ledger::CREATE, "make the ClickHouse table `_cursors`", true)
            .await?;
        for table in tables {
            checked(table.stream)?;
            self.ensure_table(table).await?;
        }
        Ok(())
    }

    async fn position(&self, stream: &str) -> Result<Position, SinkError> {
        checked(stream)?;
        let position = self.client.position(&self.instance, stream).await?;
        self.remember(stream, position.number);
        Ok(position)
    }

    async fn commit(&self, batch: &Batch) -> Result<Commit, SinkError> {
        checked(&batch.stream)?;
        let what = format!(
            "write batch {} of `{}` to ClickHouse",
            batch.number, batch.stream
        );
        if self.known(&batch.stream) != batch.number.checked_sub(1) {
            let last = self.client.last(&self.instance, &batch.stream).await?;
            self.remember(&batch.stream, last);
            if last >= batch.number {
                return Ok(Commit::Taken);
            }
            if last + 1 != batch.number {
                let detail = format!("the last one is {last}");
                return Err(SinkError::Refused { what, detail });
            }
        }
        let writer = token().map_err(|detail| config("random numbers", &detail))?;
        self.client
            .announce(&self.instance, batch, &writer, &what)
            .await?;
        self.insert(batch, &writer, &what).await?;
        // Whether the insert was taken or dropped is told by whose mark is there.
        for _ in 0..LOOKS {
            let found = self
                .client
                .writer(&self.instance, &batch.stream, batch.number)
                .await?;
            if let Some(found) = found {
                self.remember(&batch.stream, batch.number);
                return Ok(if found == writer {
                    Commit::Done
                } else {
                    Commit::Taken
                });
            }
            tokio::time::sleep(LOOK_PAUSE).await;
        }
        Err(SinkError::Unavailable {
            what,
            detail: "the batch is not to be seen".to_owned(),
        })
    }
}

/// A stream's name goes into SQL as it is, so it has to be one.
fn checked(stream: &str) -> Result<(), SinkError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if stream.is_empty() || stream.starts_with('_') || !stream.chars().all(plain) {
        return Err(config(
            "stream",
            "its name has letters, digits and underscores",
        ));
    }
    Ok(())
}
