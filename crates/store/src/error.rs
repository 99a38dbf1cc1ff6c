//! What can go wrong with the store.

use std::path::PathBuf;

/// Why the store could not do what it was asked; each text completes "failed to ...".
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file cannot be opened or created.
    #[error("open `{}`: {source}", .path.display())]
    Open {
        /// The database file.
        path: PathBuf,
        /// SQLite's answer.
        source: rusqlite::Error,
    },
    /// Another process writes to the same file.
    #[error("open `{}`: another process is using it", .path.display())]
    InUse {
        /// The database file.
        path: PathBuf,
    },
    /// The file was written by a newer version.
    #[error("open the database: its schema is version {found}, this program knows up to {known}")]
    NewerSchema {
        /// Version in the file.
        found: i64,
        /// Last version this program knows.
        known: i64,
    },
    /// The file is a SQLite database of some other program.
    #[error("open `{}`: it holds tables of another program", .path.display())]
    Foreign {
        /// The database file.
        path: PathBuf,
    },
    /// There is no database of this program.
    #[error("read `{}`: it is not a database of labtower", .path.display())]
    NotOurs {
        /// What was named.
        path: PathBuf,
    },
    /// A file that would be overwritten.
    #[error("write `{}`: the file exists already", .path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// Files beside the database cannot be created, moved or removed.
    #[error("handle `{}`: {source}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// A statement failed.
    #[error("run a query: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// Something stored cannot be read back.
    #[error("read back {what}: {detail}")]
    Corrupt {
        /// What it is, for example `the body of change 7`.
        what: String,
        /// What is wrong with it.
        detail: String,
    },
    /// The transaction that held this batch was rolled back; nothing of it is stored.
    #[error("commit: {message}")]
    Commit {
        /// SQLite's answer, shared by all batches of the transaction.
        message: String,
    },
    /// What a person wants makes no sense as things are.
    #[error("do that: {detail}")]
    Impossible {
        /// Why.
        detail: String,
    },
    /// The writer has stopped.
    #[error("write: the store is closed")]
    Closed,
}
