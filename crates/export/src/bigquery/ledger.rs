//! How far each stream has come: two tables beside those with rows.
//!
//! `_batches` has a row for each committed batch, `_cursors` one for each cursor of each batch. Both are written by the
//! transaction that writes the batch's rows, and nowhere else. Cursors that newer ones have replaced are cleared away
//! from time to time; rows of other tables never are.

use std::collections::HashMap;

use super::dataset::{Dataset, Table};
use super::field::{Field, Kind, names};
use super::plan::{CURSOR, CURSOR_PARENT};
use super::query::{Cells, Parameter};
use crate::sink::{SinkError, Tell};
use crate::warehouse::{checked, is_cluttered};

/// Table of committed batches.
pub(super) const BATCHES: &str = "_batches";
/// Table of cursors.
const CURSORS: &str = "_cursors";
/// Words of the error of a transaction whose batch is not the next one.
const NOT_NEXT: &str = "this batch is not the next one";

/// The tables of the ledger.
pub(super) fn tables() -> [Table; 2] {
    let table = |name: &str, fields| Table {
        name: name.to_owned(),
        fields,
        partition: None,
        clustering: &["instance", "stream"],
    };
    let batches = vec![
        Field::new("instance", Kind::String).required(),
        Field::new("stream", Kind::String).required(),
        Field::new("number", Kind::Integer).required(),
        Field::new("writer", Kind::String).required(),
        Field::new("rows", Kind::Integer).required(),
        Field::new("data_date", Kind::Timestamp).required(),
        Field::new("committed_at", Kind::Timestamp).required(),
    ];
    let cursors = vec![
        Field::new("instance", Kind::String).required(),
        Field::new("stream", Kind::String).required(),
        Field::new("number", Kind::Integer).required(),
        Field::new("parent", Kind::String).required(),
        Field::new("cursor", Kind::String).required(),
    ];
    [table(BATCHES, batches), table(CURSORS, cursors)]
}

/// The transaction that commits a batch; parameters are `instance`, `stream`, `number`, `writer`, `rows`, `data_date`.
///
/// `staging` is where the batch's rows and cursors are, if it has any; `has_rows` whether there are rows among them.
pub(super) fn transaction(
    dataset: &Dataset,
    table: &Table,
    staging: Option<&str>,
    has_rows: bool,
) -> String {
    let (batches, cursors) = (dataset.quoted(BATCHES), dataset.quoted(CURSORS));
    // A query that fails ends the script, and with it the transaction.
    let mut sql = format!(
        "BEGIN TRANSACTION;\nSELECT IF((SELECT COALESCE(MAX(number), 0) FROM {batches} \
         WHERE instance = @instance AND stream = @stream) = @number - 1, TRUE, ERROR('{NOT_NEXT}'));\n"
    );
    let mut add = |statement: String| {
        sql.push_str(&statement);
        sql.push_str(";\n");
    };
    if let Some(staging) = staging.map(|name| dataset.quoted(name)) {
        if has_rows {
            let (target, columns) = (dataset.quoted(&table.name), names(&table.fields));
            add(format!(
                "INSERT INTO {target} ({columns}) SELECT {columns} FROM {staging} WHERE {CURSOR} IS NULL"
            ));
        }
        add(format!(
            "INSERT INTO {cursors} (instance, stream, number, parent, cursor) \
             SELECT @instance, @stream, @number, {CURSOR_PARENT}, {CURSOR} FROM {staging} WHERE {CURSOR} IS NOT NULL"
        ));
    }
    add(format!(
        "INSERT INTO {batches} (instance, stream, number, writer, `rows`, data_date, committed_at) \
         VALUES (@instance, @stream, @number, @writer, @rows, TIMESTAMP(@data_date), CURRENT_TIMESTAMP())"
    ));
    add("COMMIT TRANSACTION".to_owned());
    sql
}

impl Dataset {
    /// Number of the last batch of a stream.
    pub(super) async fn last(&self, instance: &str, stream: &str) -> Result<u64, SinkError> {
        let sql = format!(
            "SELECT CAST(MAX(number) AS STRING) FROM {} WHERE instance = @instance AND stream = @stream",
            self.quoted(BATCHES)
        );
        let what = format!("ask for the last batch of `{stream}`");
        let rows = self.query(&sql, &of(instance, stream), &what).await?;
        let number = rows.into_iter().next().and_then(|mut row| row.pop()?);
        Ok(number.and_then(|text| text.parse().ok()).unwrap_or(0))
    }

    /// Who committed a batch; `None` if nobody has.
    pub(super) async fn writer(
        &self,
        instance: &str,
        stream: &str,
        number: u64,
    ) -> Result<Option<String>, SinkError> {
        let sql = format!(
            "SELECT writer FROM {} WHERE instance = @instance AND stream = @stream AND number = @number",
            self.quoted(BATCHES)
        );
        let [instance, named] = of(instance, stream);
        let parameters = [instance, named, Parameter::Number("number", number)];
        let what = format!("ask who committed batch {number} of `{stream}`");
        let rows = self.query(&sql, &parameters, &what).await?;
        Ok(rows.into_iter().next().and_then(|mut row| row.pop()?))
    }

    /// Numbers and cursors of one moment, with one query for all these streams.
    pub(super) async fn positions(
        &self,
        instance: &str,
        streams: &[&str],
        tell: &mut Tell<'_>,
    ) -> Result<Vec<u64>, SinkError> {
        let (batches, cursors) = (self.quoted(BATCHES), self.quoted(CURSORS));
        for stream in streams {
            checked(stream)?;
        }
        let chosen = format!(
            "WHERE instance = @instance AND stream IN ('{}')",
            streams.join("', '")
        );
        let sql = format!(
            "SELECT 'number' AS kind, stream, CAST(NULL AS STRING) AS parent, CAST(MAX(number) AS STRING) AS value \
             FROM {batches} {chosen} GROUP BY stream \
             UNION ALL SELECT 'stored', stream, NULL, CAST(COUNT(*) AS STRING) FROM {cursors} {chosen} GROUP BY stream \
             UNION ALL SELECT 'cursor', stream, parent, cursor FROM (SELECT stream, parent, cursor, \
             ROW_NUMBER() OVER (PARTITION BY stream, parent ORDER BY number DESC) AS newest FROM {cursors} {chosen}) \
             WHERE newest = 1"
        );
        let what = format!("ask for the position of `{}`", streams.join("`, `"));
        let mut found: HashMap<String, Found> = HashMap::new();
        let mut each = |row: Cells| {
            let mut cells = row.into_iter();
            let mut cell = || cells.next().flatten();
            let (kind, Some(stream)) = (cell(), cell()) else {
                return Ok(());
            };
            let of = found.entry(stream.clone()).or_default();
            match (kind.as_deref(), cell(), cell()) {
                (Some("number"), _, number) => of.number = parsed(number),
                (Some("stored"), _, count) => of.stored = parsed(count),
                (_, Some(parent), Some(cursor)) => {
                    of.told += 1;
                    tell(&stream, &parent, &cursor)?;
                }
                _ => {}
            }
            Ok(())
        };
        let instance_is = [Parameter::Text("instance", instance)];
        self.query_each(&sql, &instance_is, &what, &mut each)
            .await?;
        for (stream, of) in &found {
            if is_cluttered(of.stored, of.told) {
                self.clear(instance, stream, of.number).await;
            }
        }
        let number = |stream: &&str| found.get(*stream).map_or(0, |of| of.number);
        Ok(streams.iter().map(number).collect())
    }

    /// Clears away cursors that newer ones have replaced. It may fail, for example because another does the same.
    async fn clear(&self, instance: &str, stream: &str, number: u64) {
        let cursors = self.quoted(CURSORS);
        let chosen = "instance = @instance AND stream = @stream AND number <= @number";
        let key = |number: &str| format!("CONCAT(parent, '#', CAST({number} AS STRING))");
        let sql = format!(
            "DELETE FROM {cursors} WHERE {chosen} AND {} NOT IN (SELECT {} FROM {cursors} WHERE {chosen} GROUP BY parent)",
            key("number"),
            key("MAX(number)")
        );
        let [instance, named] = of(instance, stream);
        let parameters = [instance, named, Parameter::Number("number", number)];
        let what = format!("clear away old cursors of `{stream}`");
        if let Err(error) = self.query(&sql, &parameters, &what).await {
            tracing::debug!(%error, "old cursors stay for now");
        }
    }
}

/// What there is of a stream: the number of its last batch, its cursors, and those of them that count.
#[derive(Debug, Default)]
struct Found {
    number: u64,
    stored: u64,
    told: usize,
}

fn of<'a>(instance: &'a str, stream: &'a str) -> [Parameter<'a>; 2] {
    [
        Parameter::Text("instance", instance),
        Parameter::Text("stream", stream),
    ]
}

fn parsed(text: Option<String>) -> u64 {
    text.and_then(|text| text.parse().ok()).unwrap_or(0)
}
