//! The table that a batch waits in until it is committed.

use std::collections::HashMap;
use std::sync::PoisonError;

use labtower_model::{Clock, SystemClock};
use serde_json::{Value, json};

use super::dataset::Table;
use super::field::{Field, Kind};
use super::grown::grown;
use super::job::Job;
use super::plan::{CURSOR, CURSOR_PARENT};
use super::writer::{Turn, Writer};
use crate::sink::SinkError;

/// How long the table of a batch that was not committed stays, in milliseconds.
const STAGING_LIFE: i64 = 86_400_000;

impl Writer {
    /// Makes the table and loads the lines of a batch into it.
    pub(super) async fn stage(
        &self,
        turn: &Turn<'_>,
        name: &str,
        lines: &[u8],
    ) -> Result<(), SinkError> {
        let mut fields = self.found(turn.table).await?;
        fields.push(Field::new(CURSOR_PARENT, Kind::String).json());
        fields.push(Field::new(CURSOR, Kind::String).json());
        let fields = Value::Array(fields);
        let until = SystemClock.now().as_millisecond() + STAGING_LIFE;
        self.dataset
            .create_staging(name, &fields, until, &turn.what)
            .await?;
        let configuration = json!({
            "labels": {"tool": "labtower"},
            "load": {
                "destinationTable": self.dataset.reference(name),
                "schema": {"fields": fields},
                // Of records of a table that another tool made, fields that it lacks.
                "ignoreUnknownValues": true,
                "sourceFormat": "NEWLINE_DELIMITED_JSON",
                "createDisposition": "CREATE_NEVER",
                "writeDisposition": "WRITE_EMPTY",
            },
        });
        let job = Job {
            id: &format!("labtower_load_{}", turn.writer),
            configuration,
            body: Some(lines),
            what: &turn.what,
        };
        let ended = self.dataset.run(&job, self.job_timeout).await?;
        ended.error.map_or(Ok(()), Err)
    }

    /// The columns of a table that is there, as they are there: between records BigQuery pairs fields by their order, and
    /// whoever made the table chose that. All may be absent, because cursors have none of them.
    async fn found(&self, table: &Table) -> Result<Vec<Value>, SinkError> {
        let known = |columns: &HashMap<String, Vec<Value>>| columns.get(&table.name).cloned();
        if let Some(columns) = known(&self.columns.lock().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(columns);
        }
        let mut there = self.dataset.table(&table.name).await?;
        if let Some(found) = &there
            && grown(found, table)?.is_some()
        {
            // Somebody has taken a column away.
            self.dataset.ensure_columns(table).await?;
            there = self.dataset.table(&table.name).await?;
        }
        let all = there.map_or(Value::Null, |mut table| table["schema"]["fields"].take());
        let mut columns = Vec::new();
        for field in &table.fields {
            let mut all = all.as_array().into_iter().flatten();
            let found = all.find(|column| field.is_named(column));
            let mut column = found.cloned().ok_or_else(|| SinkError::Refused {
                what: format!("use the BigQuery table `{}`", table.name),
                detail: format!("it has no column `{}`", field.name),
            })?;
            if column["mode"].as_str() == Some("REQUIRED") {
                column["mode"] = json!("NULLABLE");
            }
            columns.push(column);
        }
        let mut known = self.columns.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(table.name.clone(), columns.clone());
        Ok(columns)
    }
}
