//! Tables for ClickHouse, and rows as it reads them.

use jiff::Timestamp;
use jiff::civil::Date;
use labtower_extract::{Column, ColumnKind};
use serde_json::{Map, Value as Json, json};

use crate::sink::{Batch, Table, Typed, Value};

/// What the columns before the stream's own are.
const ENVELOPE: [(&str, &str); 11] = [
    ("data_date", "DateTime64(6, 'UTC')"),
    ("_instance", "LowCardinality(String)"),
    ("_parent", "String"),
    ("_id", "String"),
    ("_updated_at", "Nullable(DateTime64(6, 'UTC'))"),
    ("_batch", "UInt64"),
    ("_hash", "FixedString(16)"),
    ("_deleted", "Bool"),
    ("raw", "String CODEC(ZSTD(3))"),
    ("_row", "UInt32"),
    ("_writer", "String"),
];
/// Column of the tables with rows that says who wrote a mark; only marks have it.
pub(super) const WRITER: &str = "_writer";
/// What makes a line a mark and not a row: no row is without parent and key.
pub(super) const IS_MARK: &str = "_parent = '' AND _id = ''";
/// Years that ClickHouse's types hold.
const YEARS: std::ops::RangeInclusive<i16> = 1900..=2299;
/// How many of a table's newest inserts are known by their tokens.
const WINDOW: u32 = 10_000;

/// The table with a stream's rows and marks.
pub(super) fn stored(stream: &str) -> String {
    format!("_rows_{stream}")
}

/// Makes the table of a stream.
pub(super) fn create(stream: &str) -> String {
    let columns: Vec<String> = ENVELOPE
        .iter()
        .map(|(name, kind)| format!("{name} {kind}"))
        .collect();
    // In one piece and without partitions: ClickHouse remembers tokens by partition, so that two writers whose runs began
    // in different months would not meet.
    format!(
        "CREATE TABLE IF NOT EXISTS `{}` ({}) ENGINE = MergeTree ORDER BY (_instance, _parent, _id, _batch, _row) \
         SETTINGS non_replicated_deduplication_window = {WINDOW}",
        stored(stream),
        columns.join(", ")
    )
}

/// Adds columns to a stream's table.
pub(super) fn add(stream: &str, columns: &[&Column]) -> String {
    let add = |column: &&Column| {
        let kind = kind(column.kind);
        format!("ADD COLUMN IF NOT EXISTS `{}` {kind}", column.name)
    };
    let columns: Vec<String> = columns.iter().map(add).collect();
    format!("ALTER TABLE `{}` {}", stored(stream), columns.join(", "))
}

/// The stream under its own name, without marks, and the newest version of each row.
pub(super) fn views(stream: &str, columns: &[String]) -> [String; 2] {
    let columns = columns.join("`, `");
    let table = stored(stream);
    [
        format!(
            "CREATE OR REPLACE VIEW `{stream}` AS SELECT `{columns}` FROM `{table}` WHERE NOT ({IS_MARK})"
        ),
        format!(
            "CREATE OR REPLACE VIEW `latest_{stream}` AS SELECT `{columns}` FROM (SELECT `{columns}` FROM `{table}` \
             WHERE NOT ({IS_MARK}) ORDER BY _batch DESC, _row DESC LIMIT 1 BY _instance, _parent, _id) WHERE NOT _deleted"
        ),
    ]
}

/// Type of a column.
pub(super) fn kind(kind: ColumnKind) -> &'static str {
    match kind {
        // JSON stays text, to the byte.
        ColumnKind::Text | ColumnKind::Json => "Nullable(String)",
        ColumnKind::Int => "Nullable(Int64)",
        ColumnKind::Float => "Nullable(Float64)",
        ColumnKind::Bool => "Nullable(Bool)",
        ColumnKind::Time => "Nullable(DateTime64(6, 'UTC'))",
        ColumnKind::Date => "Nullable(Date32)",
    }
}

/// The statement that inserts lines of a table.
pub(super) fn insert(table: &Table<'_>) -> String {
    let envelope = ENVELOPE.iter().map(|(name, _)| *name);
    let names: Vec<&str> = envelope
        .chain(table.columns.iter().map(|column| column.name))
        .collect();
    format!(
        "INSERT INTO `{}` (`{}`) FORMAT JSONEachRow",
        stored(table.stream),
        names.join("`, `")
    )
}

/// A batch as lines: its mark, then its rows.
pub(super) fn lines(instance: &str, batch: &Batch, writer: &str) -> Vec<u8> {
    let mut lines = Vec::with_capacity(batch.bytes() * 3 / 2 + 500);
    let mut line = |value: &Map<String, Json>| {
        // Writing to memory cannot fail.
        let _ = serde_json::to_writer(&mut lines, value);
        lines.push(b'\n');
    };
    let shared = [
        ("data_date", time(batch.data_date).unwrap_or(Json::Null)),
        ("_instance", instance.into()),
        ("_batch", batch.number.into()),
    ];
    let begun = || -> Map<String, Json> {
        let own = |(name, value): &(&str, Json)| ((*name).to_owned(), value.clone());
        shared.iter().map(own).collect()
    };
    let mut mark = begun();
    mark.insert("_hash".to_owned(), "0".repeat(16).into());
    mark.insert(WRITER.to_owned(), writer.into());
    line(&mark);
    let rows = batch
        .chunks
        .iter()
        .flat_map(|chunk| chunk.rows.iter().map(move |row| (chunk, row)));
    let typed = Typed::new(batch.columns);
    for (place, (chunk, row)) in rows.enumerate() {
        let mut values_of = begun();
        let mut put = |name: &str, value: Json| values_of.insert(name.to_owned(), value);
        put("_parent", chunk.parent.as_str().into());
        put("_id", row.id.as_str().into());
        put("_hash", format!("{:016x}", row.hash).into());
        put("_deleted", row.deleted.into());
        put("raw", row.body.as_str().into());
        put("_row", place.into());
        if let Some(updated) = row.updated_at.and_then(time) {
            put("_updated_at", updated);
        }
        for (column, value) in batch.columns.iter().zip(typed.read(&row.body)) {
            if let Some(value) = value.and_then(as_json) {
                put(column.name, value);
            }
        }
        line(&values_of);
    }
    lines
}

/// A value as ClickHouse reads it; `None` for years that it cannot hold.
fn as_json(value: Value<'_>) -> Option<Json> {
    match value {
        Value::Text(text) => Some(text.into()),
        Value::Json(text) => Some(text.into()),
        Value::Int(number) => Some(number.into()),
        Value::Float(number) => Some(number.into()),
        Value::Bool(yes) => Some(yes.into()),
        Value::Time(at) => time(at),
        Value::Date(day) => date(day),
    }
}

fn time(at: Timestamp) -> Option<Json> {
    let year = at.to_zoned(jiff::tz::TimeZone::UTC).year();
    YEARS.contains(&year).then(|| json!(format!("{at:.6}")))
}

fn date(day: Date) -> Option<Json> {
    YEARS.contains(&day.year()).then(|| json!(day.to_string()))
}
