//! Rows for the tests.

use labtower_export::sink::{Batch, Chunk, Table};
use labtower_extract::{Column, ColumnKind, Row};

/// Columns of the stream `things`, one of each kind.
pub(crate) const COLUMNS: &[Column] = &[
    column("id", "id", ColumnKind::Int),
    column("title", "title", ColumnKind::Text),
    column("weight", "weight", ColumnKind::Float),
    column("done", "done", ColumnKind::Bool),
    column("created_at", "created_at", ColumnKind::Time),
    column("due_date", "due_date", ColumnKind::Date),
    column("labels", "labels", ColumnKind::Json),
    column("author_username", "author.username", ColumnKind::Text),
];

/// The first of them, from before the others were thought of.
pub(crate) const FIRST_COLUMNS: &[Column] = &[COLUMNS[0], COLUMNS[1]];

/// The stream's table.
pub(crate) const THINGS: Table<'static> = Table {
    stream: "things",
    columns: COLUMNS,
};

const fn column(name: &'static str, path: &'static str, kind: ColumnKind) -> Column {
    Column { name, path, kind }
}

/// A row with this id and text.
pub(crate) fn row(id: u64, title: &str) -> Row {
    of(id, &format!(r#"{{"id": {id}, "title": "{title}"}}"#))
}

/// A row with this id and body.
pub(crate) fn of(id: u64, body: &str) -> Row {
    Row {
        id: id.to_string(),
        updated_at: Some("2026-11-21T10:00:00.123456Z".parse().unwrap()),
        hash: id + 1,
        deleted: false,
        body: body.to_owned(),
    }
}

/// What is left of a row that is gone.
pub(crate) fn tombstone(id: u64) -> Row {
    Row {
        id: id.to_string(),
        updated_at: None,
        hash: 0,
        deleted: true,
        body: format!(r#"{{"id": {id}}}"#),
    }
}

/// Rows of one parent.
pub(crate) fn chunk(parent: &str, cursor: &str, rows: Vec<Row>) -> Chunk {
    Chunk {
        parent: parent.to_owned(),
        rows,
        cursor: cursor.to_owned(),
    }
}

/// A batch of the stream.
pub(crate) fn batch(number: u64, chunks: Vec<Chunk>) -> Batch {
    Batch {
        stream: THINGS.stream.to_owned(),
        number,
        data_date: "2026-11-21T12:00:00Z".parse().unwrap(),
        chunks,
        columns: COLUMNS,
    }
}
