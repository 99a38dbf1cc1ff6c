//! Rows to keep: each batch is a function of its number, so that what must be there is known.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use labtower_export::sink::{Batch, Chunk, Table};
use labtower_extract::{Column, ColumnKind, Row};
use labtower_model::samples::at;
use serde_json::json;

/// The stream of most tests.
pub(crate) const STREAM: &str = "issues";

/// Host of the GitLab, with a path. An apostrophe must not end a text.
pub(crate) const INSTANCE: &str = "gitlab.example.com/o'brien";

/// Part of the times of rows: no sink may lose them.
const MICROSECONDS: SignedDuration = SignedDuration::from_micros(123_456);

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

/// A batch of these rows.
pub(crate) fn of_chunks(number: u64, chunks: Vec<Chunk>) -> Batch {
    Batch {
        stream: STREAM.to_owned(),
        number,
        data_date: at(number as i64 * 60),
        chunks,
        columns: columns(),
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

/// Rows of two of three parents, by turns.
pub(crate) fn batch(number: u64) -> Batch {
    batch_of(number, "")
}

/// The same, with who wrote it in the ids.
pub(crate) fn batch_of(number: u64, writer: &str) -> Batch {
    let chunks = [number, number + 1].map(|turn| {
        let ids = (0..3 + number % 4).map(|index| format!("{writer}{number}/{index}"));
        let rows = ids.map(|id| row(&id, number as i64)).collect();
        let parent = format!("projects/{}", turn % 3);
        chunk(&parent, &format!("after {number}"), rows)
    });
    of_chunks(number, chunks.into())
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
        updated_at: (version % 5 != 0).then(|| at(version) + MICROSECONDS),
        hash: version as u64,
        ..of_body(id, &body.to_string())
    }
}

/// A row of this body, without a time of its own.
pub(crate) fn of_body(id: &str, body: &str) -> Row {
    Row {
        id: id.to_owned(),
        updated_at: None,
        hash: u64::MAX,
        deleted: false,
        body: body.to_owned(),
    }
}

/// That something is gone.
pub(crate) fn tombstone(id: &str) -> Row {
    Row {
        hash: 0,
        deleted: true,
        ..of_body(id, &json!({"id": id}).to_string())
    }
}

/// Cursors after the batches 1 to `last` of [`batch`].
pub(crate) fn cursors(last: u64) -> BTreeMap<String, String> {
    (1..=last)
        .flat_map(|number| batch(number).chunks)
        .map(|chunk| (chunk.parent, chunk.cursor))
        .collect()
}
