//! An old database, made by hand, taken over at every point where a kill may come.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use labtower_model::{FakeClock, PipelineWithJobs, samples};
use rusqlite::Connection;

use super::*;
use crate::{Batch, Store, StoreOptions};

/// The old program's tables, as its first start creates them, with three pipelines of two projects.
fn old_database(path: &Path) {
    let conn = Connection::open(path).unwrap();
    conn.execute_batch(
        "CREATE TABLE pipelines (id INTEGER PRIMARY KEY, project_id INTEGER, project_name TEXT,
           project_full_path TEXT, ref_name TEXT, user_name TEXT, sha TEXT, status TEXT, created_at INTEGER,
           finished_at INTEGER, duration INTEGER, web_url TEXT);
         CREATE TABLE poll_state (id INTEGER PRIMARY KEY, last_poll_at INTEGER);
         CREATE TABLE daily_stats (date TEXT, project_id INTEGER);
         INSERT INTO pipelines VALUES
           (1001, 7, 'builder', 'platform/tools/builder', 'main', 'Ada', '8f0c1b2d3e4f5a6b7c8d9e0f1a2b3c4d5e6f7a8b',
            'running', 1795176000, 1795176160, 160, 'https://gitlab.example.com/platform/tools/builder/-/pipelines/1001'),
           (1002, 8, 'a', 'g/old-name', 'main', '', 'not hex', 'failed', 1795176010, NULL, NULL, NULL),
           (1003, 8, 'a', 'g/a', 'refs/merge-requests/5/head', NULL, NULL, 'skipped', 1795262400, 1795262401, 1, NULL);",
    )
    .unwrap();
}

fn open(path: &Path) -> Store {
    Store::open(path, &StoreOptions::default(), clock()).unwrap()
}

fn clock() -> Arc<FakeClock> {
    Arc::new(FakeClock::at(samples::at(100_000)))
}

fn one<T: rusqlite::types::FromSql>(path: &Path, query: &str) -> T {
    Connection::open(path)
        .unwrap()
        .query_row(query, [], |row| row.get(0))
        .unwrap()
}

fn assert_imported(path: &Path) {
    open(path).close();
    assert_eq!(one::<i64>(path, "SELECT count(*) FROM pipelines"), 3);
    assert_eq!(one::<i64>(path, "SELECT count(*) FROM changes"), 5);
    let backup = path.with_file_name("pipelines.db.bak");
    assert_eq!(one::<i64>(&backup, "SELECT sum(id) FROM pipelines"), 3006);
    assert!(!path.with_file_name("pipelines.db.import").exists());
}

fn fresh() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipelines.db");
    old_database(&path);
    (folder, path)
}

#[test]
fn old_rows_arrive_without_their_wrong_durations() {
    let (_folder, path) = fresh();
    assert_imported(&path);
    let row: String = one(
        &path,
        "SELECT project || ' ' || ref || ' ' || sha || ' ' || username || ' ' || status
         FROM v_pipelines WHERE id = 1001",
    );
    assert_eq!(
        row,
        "platform/tools/builder main 8f0c1b2d3e4f5a6b7c8d9e0f1a2b3c4d5e6f7a8b Ada running"
    );
    assert_eq!(
        one::<i64>(
            &path,
            "SELECT count(*) FROM pipelines WHERE coalesce(duration, finished_at) IS NULL"
        ),
        3
    );
    assert_eq!(
        one::<String>(
            &path,
            "SELECT path_with_namespace FROM projects WHERE id = 8"
        ),
        "g/a"
    );
    assert_eq!(
        one::<i64>(
            &path,
            "SELECT latest_pipeline_id FROM projects WHERE id = 8"
        ),
        1003
    );
    assert_eq!(
        one::<i64>(
            &path,
            "SELECT sum(count) FROM rollups WHERE project_id = 0 AND ref = 0"
        ),
        3
    );
    assert_eq!(one::<i64>(&path, "SELECT count(*) FROM sync_projects"), 0);
}

#[test]
fn any_read_from_gitlab_replaces_an_imported_row() {
    let (_folder, path) = fresh();
    let store = open(&path);
    let mut pipeline = samples::pipeline();
    pipeline.updated_at = pipeline.created_at;
    let batch = Batch {
        read_at: Some(Timestamp::from_second(1).unwrap()),
        projects: vec![samples::project()],
        pipelines: vec![PipelineWithJobs {
            pipeline,
            jobs: vec![samples::job()],
        }],
        ..Batch::default()
    };
    let written = store.write_blocking(batch).unwrap();
    assert_eq!(
        (
            written.changed_projects,
            written.changed_pipelines,
            written.changed_jobs
        ),
        (1, 1, 1)
    );
    store.close();
    assert_eq!(
        one::<i64>(&path, "SELECT user_id FROM pipelines WHERE id = 1001"),
        3
    );
}

#[test]
fn kill_while_rows_are_staged_starts_over() {
    let (_folder, path) = fresh();
    let staged = path.with_file_name("pipelines.db.import");
    let mut conn = Connection::open(&staged).unwrap();
    crate::migrate::migrate(&mut conn).unwrap();
    conn.execute("INSERT INTO words (text) VALUES ('half')", [])
        .unwrap();
    drop(conn);
    assert_imported(&path);
    assert_eq!(
        one::<i64>(&path, "SELECT count(*) FROM words WHERE text = 'half'"),
        0
    );
}

#[test]
fn kill_before_the_old_file_is_moved_starts_over() {
    let (_folder, path) = fresh();
    rows::stage(&path, true, clock()).unwrap();
    assert_imported(&path);
}

#[test]
fn kill_between_the_two_moves_is_finished_at_the_next_open() {
    let (_folder, path) = fresh();
    rows::stage(&path, true, clock()).unwrap();
    std::fs::rename(&path, path.with_file_name("pipelines.db.bak")).unwrap();
    // A log of the old file that was not moved yet must not be played into the new one.
    std::fs::write(path.with_file_name("pipelines.db-wal"), b"old log").unwrap();
    open(&path).close();
    let log = std::fs::read(path.with_file_name("pipelines.db.bak-wal")).unwrap();
    assert_eq!(log, b"old log");
    assert_imported(&path);
}

#[test]
fn older_backup_is_never_overwritten() {
    let (_folder, path) = fresh();
    std::fs::write(path.with_file_name("pipelines.db.bak"), b"precious").unwrap();
    open(&path).close();
    let first = std::fs::read(path.with_file_name("pipelines.db.bak")).unwrap();
    assert_eq!(first, b"precious");
    assert!(path.with_file_name("pipelines.db.bak.1").exists());
}

#[test]
fn rows_still_in_the_old_log_are_imported_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipelines.db");
    old_database(&path);
    let writer = Connection::open(&path).unwrap();
    writer.pragma_update(None, "journal_mode", "WAL").unwrap();
    writer.pragma_update(None, "wal_autocheckpoint", 0).unwrap();
    writer
        .execute("UPDATE pipelines SET id = 1004 WHERE id = 1003", [])
        .unwrap();
    // What a kill leaves: the file and its log, without the closing checkpoint.
    let copy = tempfile::tempdir().unwrap();
    let killed = copy.path().join("pipelines.db");
    for suffix in ["", "-wal"] {
        std::fs::copy(
            crate::files::beside(&path, suffix),
            crate::files::beside(&killed, suffix),
        )
        .unwrap();
    }
    open(&killed).close();
    assert_eq!(one::<i64>(&killed, "SELECT max(id) FROM pipelines"), 1004);
}

#[test]
fn database_of_another_program_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.db");
    Connection::open(&path)
        .unwrap()
        .execute_batch("CREATE TABLE pipelines (id INTEGER)")
        .unwrap();
    let opened = Store::open(&path, &StoreOptions::default(), clock());
    assert!(matches!(opened.err(), Some(StoreError::Foreign { .. })));
}
