//! The BigQuery sink.

use std::time::Duration;

use jiff::Timestamp;
use labtower_export::bigquery::{BigQueryOptions, BigQuerySink, Identity};
use serde_json::{Map, Value, json};

use super::python::{self, http};
use super::warehouse::{Cells, Warehouse, kills};
use crate::shared::kept::{Kept, raw};
use crate::shared::place::{Pace, Place};

/// A dataset of the test server.
pub(crate) struct Dataset {
    pub(crate) address: String,
    pub(crate) name: String,
}

impl Dataset {
    /// A dataset of this name; `None` if there is no server to be had.
    pub(crate) fn new(name: &str) -> Option<Self> {
        let address = python::bigquery()?.address.clone();
        Some(Self {
            address,
            name: name.to_owned(),
        })
    }

    pub(crate) fn options(&self) -> BigQueryOptions {
        let mut options = BigQueryOptions::new("test", &self.name).unwrap();
        options.endpoint = self.address.parse().unwrap();
        options.identity = Identity::Anonymous;
        options.first_delay = Duration::from_millis(10);
        options
    }

    /// Columns and rows that SQL answers, as the API writes them.
    pub(crate) async fn answer(&self, sql: &str) -> (Vec<Value>, Vec<Value>) {
        let url = format!("{}/bigquery/v2/projects/test/queries", self.address);
        let body = json!({"query": sql, "useLegacySql": false}).to_string();
        let sent = http()
            .post(url)
            .header("Content-Type", "application/json")
            .body(body);
        let answer = sent.send().await.unwrap().bytes().await.unwrap();
        let mut answer: Value = serde_json::from_slice(&answer).unwrap();
        assert!(
            answer["error"].is_null(),
            "{sql}: {}",
            answer["error"]["message"]
        );
        assert!(answer["jobComplete"].as_bool().unwrap() && answer["pageToken"].is_null());
        let list = |value: Value| match value {
            Value::Array(items) => items,
            _ => Vec::new(),
        };
        (
            list(answer["schema"]["fields"].take()),
            list(answer["rows"].take()),
        )
    }

    /// What the API says of something in the dataset.
    pub(crate) async fn get(&self, path: &str) -> Value {
        let url = format!(
            "{}/bigquery/v2/projects/test/datasets/{}{path}",
            self.address, self.name
        );
        let answer = http().get(url).send().await.unwrap();
        serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
    }
}

/// A value as the API writes it.
fn value(kind: &Value, cell: &Value) -> Value {
    let Some(text) = cell.as_str() else {
        return Value::Null;
    };
    match kind.as_str().unwrap() {
        "TIMESTAMP" => json!(Timestamp::from_microsecond(text.parse().unwrap()).unwrap()),
        "INTEGER" | "FLOAT" | "BOOLEAN" => serde_json::from_str(text).unwrap(),
        _ => json!(text),
    }
}

impl Place for Dataset {
    type Sink = BigQuerySink;

    const CONTENDED: bool = true;
    const WANTS_TABLES: bool = true;

    fn pace(&self) -> Pace {
        Pace {
            batches: 6,
            aborts: kills(12),
            polls: 30,
            kills: kills(4).into(),
            moment: 2000,
        }
    }

    fn sink(&self, instance: &str) -> BigQuerySink {
        BigQuerySink::new(&self.options(), instance).unwrap()
    }

    async fn read(&self, table: &str) -> Option<Vec<Kept>> {
        let table = self.table(table);
        let (columns, _) = self.answer(&format!("SELECT * FROM {table} LIMIT 0")).await;
        let name = |column: &Value| column["name"].as_str().unwrap().to_owned();
        let exact = columns
            .iter()
            .map(|column| match (name(column), &column["type"]) {
                (name, kind) if kind == "TIMESTAMP" => format!("UNIX_MICROS({name}) AS {name}"),
                (name, _) => name,
            });
        let exact = exact.collect::<Vec<_>>().join(", ");
        let sql = format!("SELECT {exact} FROM {table} ORDER BY _batch, _row");
        let (_, rows) = self.answer(&sql).await;
        let row = |row: &Value| {
            let cells = columns.iter().zip(row["f"].as_array().unwrap());
            let cells: Map<String, Value> = cells
                .map(|(column, cell)| (name(column), value(&column["type"], &cell["v"])))
                .collect();
            let body = raw(cells["raw"].as_str().unwrap());
            Kept::new(cells, body)
        };
        Some(rows.iter().map(row).collect())
    }
}

impl Warehouse for Dataset {
    fn table(&self, name: &str) -> String {
        format!("`test.{}.{name}`", self.name)
    }

    async fn ask(&self, sql: &str) -> Vec<Cells> {
        let cell = |cell: &Value| cell["v"].as_str().map(str::to_owned);
        let row = |row: &Value| row["f"].as_array().unwrap().iter().map(cell).collect();
        self.answer(sql).await.1.iter().map(row).collect()
    }
}
