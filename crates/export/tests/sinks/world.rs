//! Rows to keep: each batch is a function of its number, so that what must be there is known.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use labtower_export::sink::{Batch, Chunk, Table};
use labtower_extract::{Column, ColumnKind, Row};
use labtower_model::samples::at;
use serde_json::{Map, Value, json};

/// The stream of most tests.
pub(crate) const STREAM: &str = "issues";

/// Host of the GitLab, with a path.
pub(crate) const INSTANCE: &str = "gitlab.example.com/lab";

const fn column(name: &'static str, path: &'static str, kind: ColumnKind) -> Column {
    Column { name, path, kind }
}

/// One column of each kind, and one that is added later.
pub(crate) static GROWN: [Column; 9] = [
    column("iid", "iid", ColumnKind::Int),
    column("title", "title", ColumnKind::Text),
    column("weight", "weight", ColumnKind::Float),
    column("confidential", "confidential", ColumnKind::Bool),
    column("created_at", "created_at", ColumnKind::Time),
    column("due_date", "due_date", ColumnKind::Date),
    column("labels", "labels", ColumnKind::Json),
    column("author_username", "author.username", ColumnKind::Text),
    column("state", "state", ColumnKind::Text),
];

/// The columns of most tests.
pub(crate) fn columns() -> &'static [Column] {
    &GROWN[..8]
}

/// The table of most tests.
pub(crate) fn table() -> Table<'static> {
    Table {
        stream: STREAM,
        columns: columns(),
    }
}

/// A row as a sink has it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Kept {
    pub(crate) batch: u64,
    pub(crate) row: u64,
    pub(crate) data_date: Timestamp,
    pub(crate) instance: String,
    pub(crate) parent: String,
    pub(crate) id: String,
    pub(crate) updated_at: Option<Timestamp>,
    pub(crate) hash: String,
    pub(crate) deleted: bool,
    pub(crate) raw: Value,
    /// Columns after the envelope that are not empty; `None` where the sink has no columns.
    pub(crate) columns: Option<Map<String, Value>>,
}

/// A batch without rows.
pub(crate) fn empty(number: u64) -> Batch {
    Batch {
        stream: STREAM.to_owned(),
        number,
        data_date: at(number as i64 * 60),
        chunks: Vec::new(),
        columns: columns(),
    }
}

/// Rows of two of three parents, by turns.
pub(crate) fn batch(number: u64) -> Batch {
    batch_of(number, "")
}

/// The same, with who wrote it in the ids.
pub(crate) fn batch_of(number: u64, writer: &str) -> Batch {
    let chunks = [number, number + 1].map(|turn| Chunk {
        parent: format!("projects/{}", turn % 3),
        rows: (0..3 + number % 4)
            .map(|index| row(&format!("{writer}{number}/{index}"), number as i64))
            .collect(),
        cursor: format!("after {number}"),
    });
    Batch {
        chunks: chunks.into(),
        ..empty(number)
    }
}

/// A version of a row.
pub(crate) fn row(id: &str, version: i64) -> Row {
    let body = json!({
        "id": version,
        "iid": version,
        "title": format!("{id} — \"{version}\"\n"),
        "weight": 0.5,
        "confidential": version % 2 == 0,
        "created_at": "2026-01-31T10:00:00.123+01:00",
        "due_date": "2026-02-28",
        "labels": ["a", {"b": null}],
        "author": {"id": 1, "username": "anna"},
        "state": "opened",
        "description": "<p>\u{1f600} \\ </p>",
    });
    Row {
        id: id.to_owned(),
        updated_at: (version % 5 != 0).then(|| at(version)),
        hash: version as u64,
        deleted: false,
        body: body.to_string(),
    }
}

/// That something is gone.
pub(crate) fn tombstone(id: &str) -> Row {
    Row {
        id: id.to_owned(),
        updated_at: None,
        hash: 0,
        deleted: true,
        body: json!({"id": id}).to_string(),
    }
}

/// What a sink has to have of a batch.
pub(crate) fn kept(batch: &Batch) -> Vec<Kept> {
    let rows = batch
        .chunks
        .iter()
        .flat_map(|chunk| chunk.rows.iter().map(|row| (chunk.parent.clone(), row)));
    rows.enumerate()
        .map(|(place, (parent, row))| {
            let raw: Value = serde_json::from_str(&row.body).unwrap();
            Kept {
                batch: batch.number,
                row: place as u64,
                data_date: batch.data_date,
                instance: INSTANCE.to_owned(),
                parent,
                id: row.id.clone(),
                updated_at: row.updated_at,
                hash: format!("{:016x}", row.hash),
                deleted: row.deleted,
                columns: Some(typed(&raw, batch.columns)),
                raw,
            }
        })
        .collect()
}

/// The columns of a row, read a second way; times are made comparable.
fn typed(raw: &Value, columns: &[Column]) -> Map<String, Value> {
    let mut typed = Map::new();
    for column in columns {
        let value = column.path.split('.').try_fold(raw, |v, name| v.get(name));
        let value = value.filter(|value| match column.kind {
            ColumnKind::Text => value.is_string(),
            ColumnKind::Int => value.is_i64(),
            ColumnKind::Float => value.is_number(),
            ColumnKind::Bool => value.is_boolean(),
            ColumnKind::Time => value
                .as_str()
                .is_some_and(|v| v.parse::<Timestamp>().is_ok()),
            ColumnKind::Date => value.as_str().is_some_and(|v| v.parse::<Date>().is_ok()),
            ColumnKind::Json => !value.is_null(),
        });
        let Some(value) = value else {
            continue;
        };
        let value = match (column.kind, value.as_str()) {
            (ColumnKind::Time, Some(text)) => json!(text.parse::<Timestamp>().unwrap()),
            (ColumnKind::Float, _) => json!(value.as_f64()),
            _ => value.clone(),
        };
        typed.insert(column.name.to_owned(), value);
    }
    typed
}

/// Cursors after the batches 1 to `last` of [`batch`].
pub(crate) fn cursors(last: u64) -> BTreeMap<String, String> {
    (1..=last)
        .flat_map(|number| batch(number).chunks)
        .map(|chunk| (chunk.parent, chunk.cursor))
        .collect()
}

/// Rows of the batches 1 to `last` of [`batch`].
pub(crate) fn all(last: u64) -> Vec<Kept> {
    (1..=last).flat_map(|number| kept(&batch(number))).collect()
}
