//! Commits batches.
//!
//! The batch's rows and cursors are loaded into a table of their own, which nobody reads and which goes by itself. Then
//! one query job moves them, in one transaction, to where they belong, and enters the batch into the ledger. BigQuery
//! runs at most one job of a name, and this job's name is made of the batch's number: so of two writers one is refused
//! and finds the other's entry in the ledger, and so is a writer that repeats itself because an answer got lost.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::OnceCell;
use xxhash_rust::xxh3::xxh3_64;

use super::dataset::{Dataset, Table};
use super::job::{Ended, Job};
use super::ledger::{BATCHES, tables, transaction};
use super::options::BigQueryOptions;
use super::plan::{Encoded, Placed, Plan};
use super::query::Parameter;
use crate::sink::{Batch, Commit, SinkError, Tell};
use crate::warehouse::{Turns, token};

/// How many jobs one call begins for a batch when they fail for reasons that may pass.
const TRIES: u32 = 3;
/// How many jobs of one batch may have failed before it is given up.
const MOST_ATTEMPTS: u32 = 1000;

/// Writes what one instance has into one dataset.
#[derive(Debug)]
pub(super) struct Writer {
    pub(super) dataset: Dataset,
    pub(super) instance: String,
    pub(super) job_timeout: Duration,
    first_delay: Duration,
    turns: Turns,
    /// Columns of tables as they are there.
    pub(super) columns: Mutex<HashMap<String, Vec<Value>>>,
    /// When the ledger was made: a ledger that was thrown away and made anew begins at 1 again, with new names of jobs.
    generation: OnceCell<String>,
}

/// A batch on its way.
pub(super) struct Turn<'a> {
    batch: &'a Batch,
    /// What the ledger calls the stream.
    stream: &'a str,
    pub(super) table: &'a Table,
    pub(super) writer: String,
    sql: String,
    rows: usize,
    pub(super) what: String,
}

impl Writer {
    pub(super) fn new(options: &BigQueryOptions, instance: &str) -> Result<Self, SinkError> {
        Ok(Self {
            dataset: Dataset::new(options)?,
            instance: instance.to_owned(),
            job_timeout: options.job_timeout,
            first_delay: options.first_delay,
            turns: Turns::default(),
            columns: Mutex::default(),
            generation: OnceCell::new(),
        })
    }

    /// Makes the ledger and what the plans say.
    pub(super) async fn prepare(&self, plans: &[Plan]) -> Result<(), SinkError> {
        self.columns
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
        let there = self.dataset.list().await?;
        for table in tables() {
            let plan = Plan { table, view: None };
            self.dataset.ensure_plan(&plan, &there).await?;
        }
        for plan in plans {
            self.dataset.ensure_plan(plan, &there).await?;
        }
        Ok(())
    }

    /// How far streams have come, by their names in the ledger.
    pub(super) async fn positions(
        &self,
        streams: &[&str],
        tell: &mut Tell<'_>,
    ) -> Result<Vec<u64>, SinkError> {
        let asked = self.dataset.positions(&self.instance, streams, tell);
        let numbers = asked.await?;
        for (stream, number) in streams.iter().zip(&numbers) {
            self.turns.remember(stream, *number);
        }
        Ok(numbers)
    }

    /// Commits a batch whose rows become lines as `encode` says; `stream` is what the ledger calls it.
    pub(super) async fn commit(
        &self,
        stream: &str,
        table: &Table,
        batch: &Batch,
        encode: impl Fn(Placed<'_>) -> Encoded,
    ) -> Result<Commit, SinkError> {
        let what = format!(
            "write batch {} of `{}` to BigQuery",
            batch.number, batch.stream
        );
        let last = self.dataset.last(&self.instance, stream);
        if !self
            .turns
            .is_next(stream, batch.number, &what, last)
            .await?
        {
            return Ok(Commit::Taken);
        }
        let (lines, rows) = batch.lines(encode)?;
        let writer = token()?;
        let staging = format!("_staging_{stream}_{writer}");
        let staged = !lines.is_empty();
        let turn = Turn {
            batch,
            stream,
            table,
            sql: transaction(
                &self.dataset,
                table,
                staged.then_some(staging.as_str()),
                rows > 0,
            ),
            writer,
            rows,
            what,
        };
        if !staged {
            return self.decide(&turn).await;
        }
        self.stage(&turn, &staging, &lines).await?;
        drop(lines);
        let decided = self.decide(&turn).await;
        // Nobody needs it now, and if this fails it goes by itself. After an error the job may still be reading it.
        if decided.is_ok()
            && let Err(error) = self.dataset.drop_table(&staging).await
        {
            tracing::debug!(%error, "a staging table stays for now");
        }
        decided
    }

    /// Begins the job of the batch, under the first name that no failed job has, until the ledger has the batch.
    async fn decide(&self, turn: &Turn<'_>) -> Result<Commit, SinkError> {
        let number = turn.batch.number;
        let mut tries = 0;
        for attempt in 1..=MOST_ATTEMPTS {
            let Ended { was_there, error } = self.run(turn, attempt).await?;
            if error.is_none() && !was_there {
                return Ok(self.turns.decided(turn.stream, number, true));
            }
            let entry = self
                .dataset
                .writer(&self.instance, turn.stream, number)
                .await?;
            if let Some(writer) = entry {
                let is_ours = writer == turn.writer;
                return Ok(self.turns.decided(turn.stream, number, is_ours));
            }
            if was_there {
                continue;
            }
            tries += 1;
            if let Some(error) = error
                && (tries >= TRIES || !error.is_retryable())
            {
                self.turns.forget(turn.stream);
                return Err(error);
            }
            tokio::time::sleep(self.first_delay * tries).await;
        }
        Err(SinkError::Refused {
            what: turn.what.clone(),
            detail: format!("{MOST_ATTEMPTS} jobs for it have failed"),
        })
    }

    async fn run(&self, turn: &Turn<'_>, attempt: u32) -> Result<Ended, SinkError> {
        let data_date = format!("{:.6}", turn.batch.data_date);
        let parameters = [
            Parameter::Text("instance", &self.instance),
            Parameter::Text("stream", turn.stream),
            Parameter::Number("number", turn.batch.number),
            Parameter::Text("writer", &turn.writer),
            Parameter::Number("rows", turn.rows as u64),
            Parameter::Text("data_date", &data_date),
        ];
        let parameters: Value = parameters.iter().map(Parameter::json).collect();
        let configuration = json!({
            "labels": {"tool": "labtower"},
            "query": {
                "query": turn.sql, "useLegacySql": false,
                "parameterMode": "NAMED", "queryParameters": parameters,
            },
        });
        let id = self.name(turn.stream, turn.batch.number, attempt).await?;
        let job = Job {
            id: &id,
            configuration,
            body: None,
            what: &turn.what,
        };
        self.dataset.run(&job, self.job_timeout).await
    }

    /// Name of the job that commits a batch, the same for every writer.
    async fn name(&self, stream: &str, number: u64, attempt: u32) -> Result<String, SinkError> {
        let generation = self.generation.get_or_try_init(|| self.made()).await?;
        let place = format!(
            "{}\n{generation}\n{}",
            self.dataset.name.as_str(),
            self.instance
        );
        let hash = xxh3_64(place.as_bytes());
        Ok(format!("labtower_{hash:016x}_{stream}_{number}_{attempt}"))
    }

    async fn made(&self) -> Result<String, SinkError> {
        let ledger = self.dataset.table(BATCHES).await?;
        let made = ledger.and_then(|table| table["creationTime"].as_str().map(str::to_owned));
        made.ok_or_else(|| SinkError::Refused {
            what: "find the ledger in BigQuery".to_owned(),
            detail: format!("there is no table `{BATCHES}`"),
        })
    }
}
