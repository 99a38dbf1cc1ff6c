//! Rows as sinks have them.

use jiff::Timestamp;
use jiff::civil::Date;
use labtower_export::sink::Batch;
use labtower_extract::{Column, ColumnKind};
use serde_json::{Map, Value, json};

use super::world::{GROWN, INSTANCE, batch};

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

impl Kept {
    /// A row out of its cells, by name; `raw` is the body.
    ///
    /// Times are text, and JSON may be.
    pub(crate) fn new(mut cells: Map<String, Value>, raw: Value) -> Self {
        cells.retain(|_, value| !value.is_null());
        let mut take = |name: &str| cells.remove(name).unwrap_or(Value::Null);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Self {
            batch: take("_batch").as_u64().unwrap(),
            row: take("_row").as_u64().unwrap(),
            data_date: time(&take("data_date")).unwrap(),
            instance: text(&take("_instance")),
            parent: text(&take("_parent")),
            id: text(&take("_id")),
            updated_at: time(&take("_updated_at")),
            hash: text(&take("_hash")),
            deleted: take("_deleted").as_bool().unwrap(),
            raw,
            columns: {
                take("raw");
                for column in &GROWN {
                    if let Some(value) = cells.get_mut(column.name) {
                        *value = comparable(value, column.kind);
                    }
                }
                Some(cells)
            },
        }
    }
}

/// The value of a body, or the text itself where it has none.
pub(crate) fn raw(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}

fn time(value: &Value) -> Option<Timestamp> {
    value.as_str().map(|at| at.parse().unwrap())
}

/// A value of a kind in the one form that all sinks' are brought into.
fn comparable(value: &Value, kind: ColumnKind) -> Value {
    match (kind, value) {
        (ColumnKind::Time, value) => json!(time(value)),
        (ColumnKind::Float, value) => json!(value.as_f64()),
        (ColumnKind::Json, Value::String(text)) => raw(text),
        _ => value.clone(),
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
            let raw = raw(&row.body);
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
        typed.insert(column.name.to_owned(), comparable(value, column.kind));
    }
    typed
}

/// Rows of the batches 1 to `last` of [`batch`].
pub(crate) fn all(last: u64) -> Vec<Kept> {
    (1..=last).flat_map(|number| kept(&batch(number))).collect()
}
