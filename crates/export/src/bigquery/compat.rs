//! The sink for datasets of `gitlab-data-export`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use tokio::sync::OnceCell;
use xxhash_rust::xxh3::xxh3_64;

use super::compat_rows::{self, Names};
use super::compat_schema::{CHECKPOINTS, STREAMS, Shape, checkpoints};
use super::job::Job;
use super::ledger::BATCHES;
use super::options::BigQueryOptions;
use super::plan::Plan;
use super::query::Parameter;
use super::rows;
use super::writer::Writer;
use crate::sink::{Batch, Commit, Sink, SinkError, Table, Tell};
use crate::warehouse::checked;

/// Keeps epics, milestones, issues and merge requests in the tables of `gitlab-data-export`, and other streams as
/// [`BigQuerySink`](super::BigQuerySink) does.
///
/// Of a stream with such a table the ledger knows the position under stream and table, so that a dataset may be written in
/// both ways, one after the other, and neither leaves out what the other has.
#[derive(Debug)]
pub struct CompatSink {
    writer: Writer,
    job_id: String,
    names: Names,
    /// When the last whole run of the tool began.
    taken_over: OnceCell<Option<Timestamp>>,
}

impl CompatSink {
    /// A sink for what an instance has; `job_id` is `CHECKPOINT_JOB_ID`. No server is asked yet.
    pub fn new(options: &BigQueryOptions, instance: &str, job_id: &str) -> Result<Self, SinkError> {
        if job_id.is_empty() {
            let detail = "it is not set: name the job whose checkpoints are continued";
            return Err(SinkError::config("CHECKPOINT_JOB_ID", detail));
        }
        Ok(Self {
            writer: Writer::new(options, instance)?,
            job_id: job_id.to_owned(),
            names: Names::new(),
            taken_over: OnceCell::new(),
        })
    }

    /// Full paths of parents, for `project_name`, `group_name` and `location_name`: `projects/7` to `group/project`.
    ///
    /// The path of a parent that is not among them is taken from the row: from `references.full`, else from `web_url`.
    #[must_use]
    pub fn with_names(mut self, names: BTreeMap<String, String>) -> Self {
        self.names = names;
        self
    }

    /// When the last whole run of this job began, whichever tool it was; `None` if there was none.
    ///
    /// Call [`Sink::prepare`] before.
    pub async fn latest_checkpoint(&self) -> Result<Option<Timestamp>, SinkError> {
        self.newest_of("TRUE", &[]).await
    }

    /// When the last whole run of this job began before labtower committed anything to the tool's tables: later
    /// checkpoints are labtower's own, and say nothing of a project that came to the group after them.
    async fn last_of_theirs(&self) -> Result<Option<Timestamp>, SinkError> {
        let named = |stream| {
            Some(format!(
                "'{}'",
                Self::ledger_name(stream, Shape::of(stream)?)
            ))
        };
        let names: Vec<String> = STREAMS.into_iter().filter_map(named).collect();
        let before = format!(
            "updated_at < COALESCE((SELECT MIN(data_date) FROM {} WHERE instance = @instance AND stream IN ({})), \
             TIMESTAMP '9999-12-31 00:00:00+00:00')",
            self.writer.dataset.quoted(BATCHES),
            names.join(", ")
        );
        let instance = Parameter::Text("instance", &self.writer.instance);
        self.newest_of(&before, &[instance]).await
    }

    /// The newest checkpoint of this job of which the condition holds.
    async fn newest_of(
        &self,
        condition: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<Option<Timestamp>, SinkError> {
        let dataset = &self.writer.dataset;
        let sql = format!(
            "SELECT CAST(UNIX_MICROS(MAX(updated_at)) AS STRING) FROM {} WHERE job_id = @job_id AND {condition}",
            dataset.quoted(CHECKPOINTS)
        );
        let mut all = vec![Parameter::Text("job_id", &self.job_id)];
        all.extend_from_slice(parameters);
        let rows = dataset
            .query(&sql, &all, "ask for the last checkpoint")
            .await?;
        let micros = rows.into_iter().next().and_then(|mut row| row.pop()?);
        Ok(micros.and_then(|text| Timestamp::from_microsecond(text.parse().ok()?).ok()))
    }

    /// Says that a run which began then has read and committed everything. Saying it twice is the same as once.
    pub async fn checkpoint(&self, began: Timestamp) -> Result<(), SinkError> {
        let dataset = &self.writer.dataset;
        let at = format!("{began:.6}");
        // A repetition is a job of the same name, and if that is long ago, finds its row.
        let sql = format!(
            "INSERT INTO {table} (updated_at, job_id) SELECT TIMESTAMP(@at), @job_id FROM (SELECT 1) WHERE NOT EXISTS \
             (SELECT 1 FROM {table} WHERE updated_at = TIMESTAMP(@at) AND job_id = @job_id)",
            table = dataset.quoted(CHECKPOINTS)
        );
        let parameters = [
            Parameter::Text("at", &at),
            Parameter::Text("job_id", &self.job_id),
        ];
        let parameters: serde_json::Value = parameters.iter().map(Parameter::json).collect();
        let mut last = None;
        for attempt in 1..=10 {
            let place = format!("{}\n{}\n{at}\n{attempt}", dataset.name, self.job_id);
            let id = format!("labtower_checkpoint_{:016x}", xxh3_64(place.as_bytes()));
            let job = Job {
                id: &id,
                configuration: serde_json::json!({"query": {
                    "query": sql, "useLegacySql": false, "parameterMode": "NAMED", "queryParameters": parameters,
                }}),
                body: None,
                what: "write a checkpoint to BigQuery",
            };
            match dataset.run(&job, self.writer.job_timeout).await?.error {
                None => return Ok(()),
                Some(error) if !error.is_retryable() => return Err(error),
                error => last = error,
            }
        }
        last.map_or(Ok(()), Err)
    }

    /// What the ledger calls a stream. Groups' and projects' milestones share a table, and not their numbers.
    fn ledger_name(stream: &str, shape: Shape) -> String {
        match shape {
            Shape::Milestones => format!("{}_{stream}", shape.name()),
            _ => shape.name().to_owned(),
        }
    }
}

impl Sink for CompatSink {
    async fn prepare(&self, tables: &[Table<'_>]) -> Result<(), SinkError> {
        let bare = |table| Plan { table, view: None };
        let mut plans: Vec<Plan> = vec![bare(checkpoints())];
        for shape in Shape::ALL {
            if tables
                .iter()
                .any(|table| Shape::of(table.stream) == Some(shape))
            {
                plans.push(bare(shape.table()));
            }
        }
        for table in tables {
            checked(table.stream)?;
            if Shape::of(table.stream).is_none() {
                plans.push(rows::plan(table));
            }
        }
        self.writer.prepare(&plans).await
    }

    async fn positions(
        &self,
        streams: &[&str],
        tell: &mut Tell<'_>,
    ) -> Result<Vec<u64>, SinkError> {
        let name = |stream: &&str| match Shape::of(stream) {
            Some(shape) => Self::ledger_name(stream, shape),
            None => (*stream).to_owned(),
        };
        let names: Vec<String> = streams.iter().map(name).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut tell = |name: &str, parent: &str, cursor: &str| {
            let stream = names.iter().position(|known| *known == name);
            stream.map_or(Ok(()), |at| tell(streams[at], parent, cursor))
        };
        self.writer.positions(&names, &mut tell).await
    }

    async fn commit(&self, batch: &Batch) -> Result<Commit, SinkError> {
        let Some(shape) = Shape::of(&batch.stream) else {
            return self.writer.commit_plain(batch).await;
        };
        let table = shape.table();
        let name = Self::ledger_name(&batch.stream, shape);
        self.writer
            .commit(&name, &table, batch, |placed| {
                let (parent, row) = (placed.parent, placed.row);
                compat_rows::encode(
                    shape,
                    &table.fields,
                    batch.data_date,
                    parent,
                    row,
                    &self.names,
                )
            })
            .await
    }

    /// Asks at most once: the answer stays the same whatever is committed later.
    async fn taken_over(&self, stream: &str) -> Result<Option<Timestamp>, SinkError> {
        if Shape::of(stream).is_none() {
            return Ok(None);
        }
        let until = self.taken_over.get_or_try_init(|| self.last_of_theirs());
        Ok(*until.await?)
    }

    /// A run without one of the tool's streams is none that the tool may go on from.
    async fn completed(&self, streams: &[&str], began: Timestamp) -> Result<(), SinkError> {
        if STREAMS.iter().all(|stream| streams.contains(stream)) {
            self.checkpoint(began).await?;
        }
        Ok(())
    }
}
