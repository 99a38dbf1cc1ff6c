//! The staged database and how it takes the place of the old one.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension};

use super::detect::{self, Content};
use crate::StoreError;
use crate::files::{beside, move_if_there, remove_if_there, sync};

/// Key in `meta` of the mark: name of the file the old database is kept as.
const MARK: &str = "imported_backup";

/// Files SQLite keeps beside a database.
const COMPANIONS: [&str; 3] = ["-wal", "-journal", "-shm"];

/// Where the new database is made.
pub(crate) fn staging(path: &Path) -> PathBuf {
    beside(path, ".import")
}

/// Marks a staged database as complete; the last thing written to it. Returns where the old one will be kept.
pub(crate) fn mark(path: &Path, conn: &Connection) -> Result<PathBuf, StoreError> {
    let backup = free_backup(path);
    conn.execute(
        // A copy of an imported database has the mark of that import.
        "INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)",
        (MARK, backup.to_string_lossy()),
    )?;
    Ok(backup)
}

/// Whether a complete import waits for its place.
pub(crate) fn is_staged(path: &Path) -> Result<bool, StoreError> {
    Ok(backup_of(&staging(path))?.is_some())
}

/// Throws an unfinished import away.
pub(crate) fn discard(path: &Path) -> Result<(), StoreError> {
    let staged = staging(path);
    for suffix in COMPANIONS {
        remove_if_there(&beside(&staged, suffix))?;
    }
    remove_if_there(&staged)
}

/// Moves the old database away, unless that was done before a kill, and the staged one into its place.
pub(crate) fn finish(path: &Path) -> Result<(), StoreError> {
    let staged = staging(path);
    let Some(backup) = backup_of(&staged)? else {
        return Err(StoreError::Corrupt {
            what: format!("`{}`", staged.display()),
            detail: "it is not a complete import".to_owned(),
        });
    };
    sync(&staged)?;
    // One that cannot be read is kept too: that may be why a copy takes its place.
    if !matches!(detect::content(path), Ok(Content::Nothing)) {
        move_if_there(path, &backup)?;
    }
    // A log left behind would be played into the new database, so it must be gone before that takes the name.
    move_if_there(&beside(path, "-wal"), &beside(&backup, "-wal"))?;
    move_if_there(&beside(path, "-journal"), &beside(&backup, "-journal"))?;
    remove_if_there(&beside(path, "-shm"))?;
    move_if_there(&staged, path)?;
    sync(path)
}

/// The backup's path, when the staged database is complete.
fn backup_of(staged: &Path) -> Result<Option<PathBuf>, StoreError> {
    if detect::content(staged)? != Content::Ours {
        return Ok(None);
    }
    let backup: Option<String> = detect::open(staged)?
        .query_row("SELECT value FROM meta WHERE key = ?1", [MARK], |row| {
            row.get(0)
        })
        .optional()?;
    Ok(backup.map(PathBuf::from))
}

/// The first of `.bak`, `.bak.1`, `.bak.2` that does not exist: an older backup is never overwritten.
fn free_backup(path: &Path) -> PathBuf {
    let mut candidate = beside(path, ".bak");
    let mut number = 0_u32;
    while candidate.exists() {
        number += 1;
        candidate = beside(path, &format!(".bak.{number}"));
    }
    candidate
}
