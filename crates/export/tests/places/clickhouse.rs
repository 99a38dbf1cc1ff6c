//! The ClickHouse sink.

use std::time::Duration;

use labtower_export::clickhouse::{ClickHouseOptions, ClickHouseSink};
use serde_json::{Map, Value};

use super::python::{self, http};
use super::warehouse::{Cells, Warehouse, kills};
use crate::shared::kept::{Kept, raw};
use crate::shared::place::{Pace, Place};

/// A database of the test server.
pub(crate) struct Database {
    pub(crate) address: String,
    pub(crate) name: String,
}

impl Database {
    /// A database of this name; `None` if there is no server to be had.
    pub(crate) fn new(name: &str) -> Option<Self> {
        let address = python::clickhouse()?.address.clone();
        Some(Self {
            address,
            name: name.to_owned(),
        })
    }

    /// What a statement answers.
    pub(crate) async fn run(&self, sql: &str) -> String {
        let sent = http().post(&self.address).body(sql.to_owned());
        let answer = sent.send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "{sql}: {text}");
        text
    }
}

/// A value as the server writes it in JSON.
fn value(kind: &str, cell: Value) -> Value {
    match cell {
        Value::String(text) if kind.contains("DateTime64") => {
            format!("{}Z", text.replace(' ', "T")).into()
        }
        Value::String(text) if kind.contains("Int64") => serde_json::from_str(&text).unwrap(),
        cell => cell,
    }
}

impl Place for Database {
    type Sink = ClickHouseSink;

    const CONTENDED: bool = true;
    const WANTS_TABLES: bool = true;

    fn pace(&self) -> Pace {
        Pace {
            batches: 20,
            aborts: kills(40),
            kills: kills(10).min(20).into(),
            moment: 1000,
            ..Pace::default()
        }
    }

    fn sink(&self, instance: &str) -> ClickHouseSink {
        let address = format!("{}/{}", self.address, self.name);
        let mut options = ClickHouseOptions::new(&address).unwrap();
        options.first_delay = Duration::from_millis(10);
        ClickHouseSink::new(&options, instance).unwrap()
    }

    async fn read(&self, table: &str) -> Option<Vec<Kept>> {
        let sql = format!(
            "SELECT * FROM {} ORDER BY _batch, _row FORMAT JSONCompactEachRowWithNamesAndTypes",
            self.table(table)
        );
        let text = self.run(&sql).await;
        let mut lines = text.lines();
        let mut head = || -> Vec<String> { serde_json::from_str(lines.next().unwrap()).unwrap() };
        let (names, kinds) = (head(), head());
        let row = |line: &str| {
            let cells: Vec<Value> = serde_json::from_str(line).unwrap();
            let cells = kinds
                .iter()
                .zip(cells)
                .map(|(kind, cell)| value(kind, cell));
            let cells: Map<String, Value> = names.iter().cloned().zip(cells).collect();
            let body = raw(cells["raw"].as_str().unwrap());
            Kept::new(cells, body)
        };
        Some(lines.map(row).collect())
    }

    /// ClickHouse has no years before 1900 and after 2299.
    fn possible(&self, mut row: Kept) -> Kept {
        let columns = row.columns.as_mut().unwrap();
        for name in ["created_at", "due_date"] {
            let year = columns
                .get(name)
                .map(|at| at.as_str().unwrap()[..4].parse());
            if year.is_some_and(|year| !(1900..=2299).contains(&year.unwrap())) {
                columns.remove(name);
            }
        }
        row
    }
}

impl Warehouse for Database {
    fn table(&self, name: &str) -> String {
        format!("`{}`.`{name}`", self.name)
    }

    async fn ask(&self, sql: &str) -> Vec<Cells> {
        let text = self.run(&format!("{sql} FORMAT JSONCompactEachRow")).await;
        let cell = |value: Value| match value {
            Value::Null => None,
            Value::String(text) => Some(text),
            other => Some(other.to_string()),
        };
        let row = |line: &str| -> Cells {
            let cells: Vec<Value> = serde_json::from_str(line).unwrap();
            cells.into_iter().map(cell).collect()
        };
        text.lines().map(row).collect()
    }
}
