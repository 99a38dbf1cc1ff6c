//! Tables and views.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use labtower_extract::ColumnKind;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error};

use crate::sink::{ENVELOPE, ROW, SinkError, Table};

/// Columns of this sink after the envelope: the row's place in the batch, and the body where `raw` cannot have it.
pub(super) const OWN: [&str; 2] = [ROW, "_raw_text"];

/// Types of [`ENVELOPE`] and [`OWN`], as the catalogue spells them.
const TYPES: [&str; 11] = [
    "timestamp with time zone",
    "text",
    "text",
    "text",
    "timestamp with time zone",
    "bigint",
    "text",
    "boolean",
    "jsonb",
    "integer",
    "text",
];

/// Columns that may be empty.
const OPTIONAL: [&str; 3] = ["_updated_at", "raw", "_raw_text"];

/// The names and types of a table's columns.
pub(super) fn columns(table: &Table<'_>) -> Vec<(&'static str, &'static str)> {
    let mut columns: Vec<_> = ENVELOPE.into_iter().chain(OWN).zip(TYPES).collect();
    columns.extend(table.columns.iter().map(|column| {
        let kind = match column.kind {
            ColumnKind::Text => "text",
            ColumnKind::Int => "bigint",
            ColumnKind::Float => "double precision",
            ColumnKind::Bool => "boolean",
            ColumnKind::Time => "timestamp with time zone",
            ColumnKind::Date => "date",
            ColumnKind::Json => "jsonb",
        };
        (column.name, kind)
    }));
    columns
}

/// A name in SQL.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// What is in a schema: columns with their types, in order, by table or view.
pub(super) type Found = BTreeMap<String, Vec<(String, String)>>;

/// Looks what is there.
pub(super) async fn find(client: &Client, schema: &str) -> Result<Found, Error> {
    let rows = client
        .query_typed(
            "SELECT c.relname::text, a.attname::text, format_type(a.atttypid, NULL)
             FROM pg_catalog.pg_class c
             JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
             JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
             WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
             ORDER BY c.relname, a.attnum",
            &[(&schema, Type::TEXT)],
        )
        .await?;
    let mut found = Found::new();
    for row in rows {
        let columns: &mut Vec<_> = found.entry(row.get(0)).or_default();
        columns.push((row.get(1), row.get(2)));
    }
    Ok(found)
}

/// Tables of how far each stream has come.
const CHECKPOINTS: [(&str, &str); 2] = [
    (
        "labtower_streams",
        "instance text NOT NULL,
         stream text NOT NULL,
         number bigint NOT NULL,
         data_date timestamp with time zone NOT NULL,
         PRIMARY KEY (instance, stream)",
    ),
    (
        "labtower_cursors",
        "instance text NOT NULL,
         stream text NOT NULL,
         parent text NOT NULL,
         cursor text NOT NULL,
         PRIMARY KEY (instance, stream, parent)",
    ),
];

/// The statements that make the tables of checkpoints, where they are not there.
pub(super) fn checkpoints(schema: &str, found: &Found) -> String {
    let schema = quoted(schema);
    let mut sql = String::new();
    for (name, columns) in CHECKPOINTS {
        if !found.contains_key(name) {
            let _ = writeln!(sql, "CREATE TABLE {schema}.{name} ({columns});");
        }
    }
    sql
}

/// The statements that make a table and its view as they should be, and add columns that are new.
pub(super) fn table(schema: &str, table: &Table<'_>, found: &Found) -> Result<String, SinkError> {
    let (name, columns) = (quoted_in(schema, table.stream), columns(table));
    let mut sql = String::new();
    let mut all: Vec<String> = Vec::new();
    match found.get(table.stream) {
        None => {
            let _ = writeln!(sql, "CREATE TABLE {name} (");
            for (index, (column, kind)) in columns.iter().enumerate() {
                let is_required = index < TYPES.len() && !OPTIONAL.contains(column);
                let null = if is_required { " NOT NULL" } else { "" };
                let _ = writeln!(sql, "    {} {kind}{null},", quoted(column));
                all.push((*column).to_owned());
            }
            let row = quoted(ROW);
            let _ = writeln!(sql, "    PRIMARY KEY (_instance, _batch, {row})\n);");
            // Ids may be longer than what an ordered index takes.
            let _ = writeln!(sql, "CREATE INDEX ON {name} USING hash (_id);");
        }
        Some(there) => {
            all.extend(there.iter().map(|(column, _)| column.clone()));
            for (column, kind) in &columns {
                match there.iter().find(|(name, _)| name == column) {
                    None => {
                        let column_name = quoted(column);
                        let _ =
                            writeln!(sql, "ALTER TABLE {name} ADD COLUMN {column_name} {kind};");
                        all.push((*column).to_owned());
                    }
                    Some((_, is)) if is == kind => {}
                    Some((_, is)) => {
                        return Err(SinkError::Refused {
                            what: format!("prepare table {name}"),
                            detail: format!("column `{column}` is of type {is} instead of {kind}"),
                        });
                    }
                }
            }
        }
    }
    let view = format!("latest_{}", table.stream);
    let has = found.get(&view).map_or(0, Vec::len);
    if has != all.len() {
        let _ = writeln!(sql, "{}", latest(&quoted_in(schema, &view), &name, &all));
    }
    Ok(sql)
}

/// The newest version of each row that is not a tombstone. It has all columns of the table in their order, so that it
/// can be replaced whenever the table has more.
fn latest(view: &str, table: &str, columns: &[String]) -> String {
    let columns: Vec<String> = columns.iter().map(|column| quoted(column)).collect();
    let columns = columns.join(", ");
    format!(
        "CREATE OR REPLACE VIEW {view} AS
         SELECT {columns} FROM (
             SELECT DISTINCT ON (_instance, _parent, _id) {columns} FROM {table}
             ORDER BY _instance, _parent, _id, _batch DESC, {row} DESC
         ) AS newest
         WHERE NOT _deleted;",
        row = quoted(ROW)
    )
}

/// A name with its schema, in SQL.
pub(super) fn quoted_in(schema: &str, name: &str) -> String {
    format!("{}.{}", quoted(schema), quoted(name))
}
