//! Schema versions.
//!
//! The version is SQLite's `user_version`. Each migration runs in a transaction of its own together with
//! the new version, so a killed process leaves the file at one version or the next, never between.
//! To change the schema: add a file to `migrations/`, list it here, put rows of its version into
//! `migrations/samples/`, which the test below migrates onwards.

use rusqlite::{Connection, TransactionBehavior};

use crate::StoreError;

/// Every migration, oldest first; number one takes an empty file to version 1.
const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/0001_first.sql"),
    include_str!("../migrations/0002_delivery.sql"),
    include_str!("../migrations/0003_activity.sql"),
    include_str!("../migrations/0004_totals.sql"),
    include_str!("../migrations/0005_sinks.sql"),
    include_str!("../migrations/0006_failures.sql"),
    include_str!("../migrations/0007_issue_links.sql"),
    include_str!("../migrations/0008_feed_id.sql"),
    include_str!("../migrations/0009_test_messages.sql"),
    include_str!("../migrations/0010_inbox.sql"),
    include_str!("../migrations/0011_completeness.sql"),
    include_str!("../migrations/0012_chunks.sql"),
];

/// Marks a file as ours (`PRAGMA application_id`): "LABT".
pub(crate) const APPLICATION_ID: i64 = 0x4c41_4254;

/// Brings the schema up to the newest version.
pub(crate) fn migrate(conn: &mut Connection) -> Result<(), StoreError> {
    let known = newest();
    let found = version(conn)?;
    if found > known {
        return Err(StoreError::NewerSchema { found, known });
    }
    for (index, sql) in MIGRATIONS.iter().enumerate().skip(found as usize) {
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        tx.execute_batch(sql)?;
        tx.pragma_update(None, "application_id", APPLICATION_ID)?;
        tx.pragma_update(None, "user_version", index as i64 + 1)?;
        tx.commit()?;
    }
    Ok(())
}

/// The newest version.
pub(crate) fn newest() -> i64 {
    MIGRATIONS.len() as i64
}

/// Schema version of the file; 0 for an empty one and for files of other programs.
pub(crate) fn version(conn: &Connection) -> Result<i64, StoreError> {
    Ok(conn.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

#[cfg(test)]
mod tests {
    use labtower_model::Status;

    use super::*;

    #[test]
    fn migrating_twice_changes_nothing() {
        let mut conn = Connection::open_in_memory().unwrap();
        migrate(&mut conn).unwrap();
        conn.execute("INSERT INTO words (id, text) VALUES (14, 'main')", [])
            .unwrap();
        migrate(&mut conn).unwrap();
        let words: i64 = conn
            .query_row("SELECT count(*) FROM words", [], |row| row.get(0))
            .unwrap();
        assert_eq!(words, 14);
        assert_eq!(version(&conn).unwrap(), MIGRATIONS.len() as i64);
    }

    /// Rows for what each version adds, in the order of [`MIGRATIONS`]; a migration without some cannot be listed.
    const SAMPLES: &[&str] = &[
        include_str!("../migrations/samples/0001.sql"),
        include_str!("../migrations/samples/0002.sql"),
        include_str!("../migrations/samples/0003.sql"),
        include_str!("../migrations/samples/0004.sql"),
        include_str!("../migrations/samples/0005.sql"),
        include_str!("../migrations/samples/0006.sql"),
        include_str!("../migrations/samples/0007.sql"),
        include_str!("../migrations/samples/0008.sql"),
        include_str!("../migrations/samples/0009.sql"),
        include_str!("../migrations/samples/0010.sql"),
        include_str!("../migrations/samples/0011.sql"),
        include_str!("../migrations/samples/0012.sql"),
    ];

    #[test]
    fn every_migration_works_on_rows_of_the_versions_before() {
        assert_eq!(SAMPLES.len(), MIGRATIONS.len());
        let conn = Connection::open_in_memory().unwrap();
        for (migration, sample) in MIGRATIONS.iter().zip(SAMPLES) {
            conn.execute_batch(migration).unwrap();
            conn.execute_batch(sample).unwrap();
            assert_every_table_has_rows(&conn);
        }
    }

    fn assert_every_table_has_rows(conn: &Connection) {
        let mut names = conn
            .prepare("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')")
            .unwrap();
        let names: Vec<String> = names
            .query_map([], |row| row.get(0))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        assert!(names.len() > 10, "{names:?}");
        for name in names {
            let rows: i64 = conn
                .query_row(&format!("SELECT count(*) FROM {name}"), [], |row| {
                    row.get(0)
                })
                .unwrap();
            assert!(rows > 0, "no sample row in {name}");
        }
    }

    #[test]
    fn newer_schema_is_refused() {
        let mut conn = Connection::open_in_memory().unwrap();
        conn.pragma_update(None, "user_version", 99).unwrap();
        let error = migrate(&mut conn).unwrap_err();
        assert!(matches!(error, StoreError::NewerSchema { found: 99, .. }));
    }

    #[test]
    fn status_ids_follow_the_models_order() {
        let mut conn = Connection::open_in_memory().unwrap();
        migrate(&mut conn).unwrap();
        for (index, status) in Status::KNOWN.iter().enumerate() {
            let text: String = conn
                .query_row(
                    "SELECT text FROM words WHERE id = ?1",
                    [index as i64 + 1],
                    |row| row.get(0),
                )
                .unwrap();
            assert_eq!(text, status.as_str());
        }
    }
}
