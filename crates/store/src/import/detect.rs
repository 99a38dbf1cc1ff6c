//! Whose database a file is.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use crate::StoreError;
use crate::migrate::APPLICATION_ID;

/// What a path holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    /// No file, or an empty database.
    Nothing,
    /// A database of this program.
    Ours,
    /// A database of gitlab-ci-exporter.
    Exporter,
    /// Some other database.
    Foreign,
}

/// Looks into the file at `path`.
pub(crate) fn content(path: &Path) -> Result<Content, StoreError> {
    if !path.exists() {
        return Ok(Content::Nothing);
    }
    let look = || -> rusqlite::Result<Content> {
        let conn = open(path)?;
        let application: i64 = conn.pragma_query_value(None, "application_id", |row| row.get(0))?;
        let tables: i64 =
            conn.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        Ok(if application == APPLICATION_ID {
            Content::Ours
        } else if tables == 0 {
            Content::Nothing
        } else if ["poll_state", "pipelines"]
            .iter()
            .all(|table| columns(&conn, table).is_ok_and(|columns| !columns.is_empty()))
            && columns(&conn, "pipelines")?.contains(&"project_name".to_owned())
        {
            Content::Exporter
        } else {
            Content::Foreign
        })
    };
    look().map_err(|source| StoreError::Open {
        path: path.to_owned(),
        source,
    })
}

/// Opens an existing file. Not read-only, because a log left by a kill must be played back.
pub(super) fn open(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(path, flags)
}

/// Names of a table's columns; none when there is no such table.
pub(super) fn columns(conn: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    conn.prepare("SELECT name FROM pragma_table_info(?1)")?
        .query_map([table], |row| row.get(0))?
        .collect()
}
