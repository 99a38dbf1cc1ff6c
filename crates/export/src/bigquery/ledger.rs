//! How far each stream has come: two tables beside those with rows.
//!
//! `_batches` has a row for each committed batch, `_cursors` one for each cursor of each batch. Both are written by the
//! transaction that writes the batch's rows, and nowhere else. Cursors that newer ones have replaced are cleared away
//! from time to time; rows of other tables never are.

use super::dataset::{Dataset, Table};
use super::field::{Field, Kind, names};
use super::plan::{CURSOR, CURSOR_PARENT};
use super::query::Parameter;
use crate::sink::{Position, SinkError};
use crate::warehouse::is_cluttered;

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

    /// Number and cursors of one moment.
    pub(super) async fn position(
        &self,
        instance: &str,
        stream: &str,
    ) -> Result<Position, SinkError> {
        let (batches, cursors) = (self.quoted(BATCHES), self.quoted(CURSORS));
        let chosen = "WHERE instance = @instance AND stream = @stream";
        let sql = format!(
            "SELECT 'number' AS kind, CAST(NULL AS STRING) AS parent, CAST(MAX(number) AS STRING) AS value FROM {batches} {chosen} \
             UNION ALL SELECT 'stored', NULL, CAST(COUNT(*) AS STRING) FROM {cursors} {chosen} \
             UNION ALL SELECT 'cursor', parent, cursor FROM (SELECT parent, cursor, \
             ROW_NUMBER() OVER (PARTITION BY parent ORDER BY number DESC) AS newest FROM {cursors} {chosen}) WHERE newest = 1"
        );
        let what = format!("ask for the position of `{stream}`");
        let mut position = Position::default();
        let mut stored = 0;
        for row in self.query(&sql, &of(instance, stream), &what).await? {
            let mut cells = row.into_iter();
            let mut cell = || cells.next().flatten();
            match (cell().as_deref(), cell(), cell()) {
                (Some("number"), _, number) => position.number = parsed(number),
                (Some("stored"), _, count) => stored = parsed(count),
                (_, Some(parent), Some(cursor)) => {
                    position.cursors.insert(parent, cursor);
                }
                _ => {}
            }
        }
        if is_cluttered(stored, position.cursors.len()) {
            self.clear(instance, stream, position.number).await;
        }
        Ok(position)
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

fn of<'a>(instance: &'a str, stream: &'a str) -> [Parameter<'a>; 2] {
    [
        Parameter::Text("instance", instance),
        Parameter::Text("stream", stream),
    ]
}

fn parsed(text: Option<String>) -> u64 {
    text.and_then(|text| text.parse().ok()).unwrap_or(0)
}
