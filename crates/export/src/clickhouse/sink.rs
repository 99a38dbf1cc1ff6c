//! The sink itself.

use std::collections::HashMap;
use std::time::Duration;

use super::client::{Client, Statement};
use super::ledger;
use super::options::ClickHouseOptions;
use super::rows::{add, create, insert, kind, lines, stored, views};
use crate::sink::{Batch, Commit, Sink, SinkError, Table, Tell};
use crate::warehouse::{Turns, checked, token};

/// How often it is asked whose insert was taken, when no mark is to be seen yet.
const LOOKS: u32 = 10;
/// Between two of these.
const LOOK_PAUSE: Duration = Duration::from_millis(200);
/// More rows and more bytes than a batch has: all of it is one block, which is there as a whole or not at all.
const ONE_BLOCK: &str = "1000000000000";

/// Columns with their types, in order, by table or view.
type Columns = HashMap<String, Vec<(String, String)>>;

/// Keeps rows in ClickHouse: a table per stream, a view of its rows, and a view with the newest version of each.
#[derive(Debug)]
pub struct ClickHouseSink {
    client: Client,
    instance: String,
    turns: Turns,
}

impl ClickHouseSink {
    /// A sink for what an instance has; `instance` is host and path of the GitLab. No server is asked yet.
    pub fn new(options: &ClickHouseOptions, instance: &str) -> Result<Self, SinkError> {
        Ok(Self {
            client: Client::new(options)?,
            instance: instance.to_owned(),
            turns: Turns::default(),
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

    async fn ensure_table(&self, table: &Table<'_>, there: &Columns) -> Result<(), SinkError> {
        let what = format!("make the ClickHouse table `{}`", table.stream);
        let mut columns = if let Some(columns) = there.get(&stored(table.stream)) {
            columns.clone()
        } else {
            self.change(&create(table.stream), &what, true).await?;
            // Another may have made it just now, with columns of its own.
            let mut all = self.columns(&what).await?;
            all.remove(&stored(table.stream)).unwrap_or_default()
        };
        let mut new = Vec::new();
        for column in table.columns {
            let expected = kind(column.kind);
            match columns.iter().find(|(name, _)| name == column.name) {
                Some((_, kind)) if kind == expected => {}
                Some((_, kind)) => {
                    let detail = format!(
                        "its column `{}` is {kind} and would have to be {expected}",
                        column.name
                    );
                    return Err(SinkError::Refused { what, detail });
                }
                None => {
                    new.push(column);
                    columns.push((column.name.to_owned(), expected.to_owned()));
                }
            }
        }
        if !new.is_empty() {
            self.change(&add(table.stream, &new), &what, true).await?;
        }
        let names = columns.into_iter().map(|(name, _)| name);
        let names: Vec<String> = names.filter(|name| name != super::rows::WRITER).collect();
        let is_whole = |view: &str| {
            let there = there.get(view).map_or(&[][..], Vec::as_slice);
            there.iter().map(|(name, _)| name).eq(&names)
        };
        let latest = format!("latest_{}", table.stream);
        if !is_whole(table.stream) || !is_whole(&latest) {
            for view in views(table.stream, &names) {
                self.change(&view, &what, true).await?;
            }
        }
        Ok(())
    }

    /// Names and types of the columns of all tables and views.
    async fn columns(&self, what: &str) -> Result<Columns, SinkError> {
        let sql = format!(
            "SELECT table, name, type FROM system.columns WHERE database = '{}' ORDER BY table, position \
             FORMAT JSONCompactStringsEachRow",
            self.client.database
        );
        let mut columns = Columns::new();
        for line in self.change(&sql, what, true).await?.lines() {
            let (table, name, kind): (String, String, String) = serde_json::from_str(line)
                .map_err(|error| SinkError::Refused {
                    what: what.to_owned(),
                    detail: format!("the answer cannot be read: {error}"),
                })?;
            columns.entry(table).or_default().push((name, kind));
        }
        Ok(columns)
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
}

impl Sink for ClickHouseSink {
    async fn prepare(&self, tables: &[Table<'_>]) -> Result<(), SinkError> {
        self.ensure_database().await?;
        self.change(ledger::CREATE, "make the ClickHouse table `_cursors`", true)
            .await?;
        let there = self.columns("look at the ClickHouse tables").await?;
        for table in tables {
            checked(table.stream)?;
            self.ensure_table(table, &there).await?;
        }
        Ok(())
    }

    async fn positions(
        &self,
        streams: &[&str],
        tell: &mut Tell<'_>,
    ) -> Result<Vec<u64>, SinkError> {
        for stream in streams {
            checked(stream)?;
        }
        let asked = self.client.positions(&self.instance, streams, tell);
        let numbers = asked.await?;
        for (stream, number) in streams.iter().zip(&numbers) {
            self.turns.remember(stream, *number);
        }
        Ok(numbers)
    }

    async fn commit(&self, batch: &Batch) -> Result<Commit, SinkError> {
        let (stream, number) = (batch.stream.as_str(), batch.number);
        checked(stream)?;
        let what = format!("write batch {number} of `{stream}` to ClickHouse");
        let (client, turns) = (&self.client, &self.turns);
        let last = client.last(&self.instance, stream);
        if !turns.is_next(stream, number, &what, last).await? {
            return Ok(Commit::Taken);
        }
        let writer = token()?;
        client
            .announce(&self.instance, batch, &writer, &what)
            .await?;
        self.insert(batch, &writer, &what).await?;
        // Whether the insert was taken or dropped is told by whose mark is there.
        for _ in 0..LOOKS {
            if let Some(found) = client.writer(&self.instance, stream, number).await? {
                return Ok(turns.decided(stream, number, found == writer));
            }
            tokio::time::sleep(LOOK_PAUSE).await;
        }
        Err(SinkError::Unavailable {
            what,
            detail: "the batch is not to be seen".to_owned(),
        })
    }
}
