//! Tables of the plain shape: the envelope, then the stream's columns.

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Map, Value as Json};

use super::dataset::Table;
use super::field::{Field, Kind};
use super::plan::{Placed, Plan};
use crate::sink::{self, Typed, Value};

/// What a stream's table has before the stream's own columns: the envelope, and the row's place in its batch.
fn envelope() -> Vec<Field> {
    vec![
        Field::new("data_date", Kind::Timestamp).required(),
        Field::new("_instance", Kind::String).required(),
        Field::new("_parent", Kind::String).required(),
        Field::new("_id", Kind::String).required(),
        Field::new("_updated_at", Kind::Timestamp),
        Field::new("_batch", Kind::Integer).required(),
        Field::new("_hash", Kind::String).required(),
        Field::new("_deleted", Kind::Boolean).required(),
        Field::new("raw", Kind::String),
        Field::new("_row", Kind::Integer).required(),
    ]
}

/// The plain table of a stream, with its view.
pub(super) fn plan(table: &sink::Table<'_>) -> Plan {
    let mut fields = envelope();
    fields.extend(
        table
            .columns
            .iter()
            .map(|column| Field::new(column.name, column.kind.into())),
    );
    Plan {
        table: Table {
            name: table.stream.to_owned(),
            fields,
            partition: Some("data_date"),
            clustering: &["_parent", "_id"],
        },
        view: Some(format!("latest_{}", table.stream)),
    }
}

/// The newest version of each row, without those that are gone.
pub(super) fn latest(table: &str, columns: &[String]) -> String {
    let columns = format!("`{}`", columns.join("`, `"));
    format!(
        "SELECT {columns} FROM (SELECT {columns}, ROW_NUMBER() OVER (PARTITION BY `_instance`, `_parent`, `_id` \
         ORDER BY `_batch` DESC, `_row` DESC) AS `_newest` FROM {table}) WHERE `_newest` = 1 AND NOT `_deleted`"
    )
}

/// A row in the plain shape.
pub(super) fn encode(instance: &str, placed: Placed<'_>, typed: &Typed) -> Map<String, Json> {
    let Placed { batch, row, .. } = placed;
    let mut line = Map::new();
    let mut put = |name: &str, value: Json| line.insert(name.to_owned(), value);
    put("data_date", time(batch.data_date).unwrap_or(Json::Null));
    put("_instance", instance.into());
    put("_parent", placed.parent.into());
    put("_id", row.id.as_str().into());
    put("_batch", batch.number.into());
    put("_hash", format!("{:016x}", row.hash).into());
    put("_deleted", row.deleted.into());
    put("raw", row.body.as_str().into());
    put("_row", placed.place.into());
    if let Some(updated) = row.updated_at.and_then(time) {
        put("_updated_at", updated);
    }
    for (column, value) in batch.columns.iter().zip(typed.read(&row.body)) {
        if let Some(value) = value.and_then(json) {
            put(column.name, value);
        }
    }
    line
}

/// A value as BigQuery reads it; `None` for what it cannot hold: years before 1, and text with a NUL.
fn json(value: Value<'_>) -> Option<Json> {
    match value {
        Value::Text(text) if text.contains('\0') => None,
        Value::Text(text) => Some(text.into()),
        Value::Json(text) => Some(text.into()),
        // As text: other readers of JSON take numbers for floating ones.
        Value::Int(number) => Some(number.to_string().into()),
        Value::Float(number) => Some(number.into()),
        Value::Bool(yes) => Some(yes.into()),
        Value::Time(at) => time(at),
        Value::Date(day) => date(day),
    }
}

/// A moment as BigQuery reads it, to the microsecond.
pub(super) fn time(at: Timestamp) -> Option<Json> {
    let year = at.to_zoned(jiff::tz::TimeZone::UTC).year();
    (year >= 1).then(|| format!("{at:.6}").into())
}

fn date(day: Date) -> Option<Json> {
    (day.year() >= 1).then(|| day.to_string().into())
}
