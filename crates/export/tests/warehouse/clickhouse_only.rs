//! What is special to the ClickHouse sink.

use labtower_export::sink::{Commit, Sink, SinkError, Table};
use labtower_extract::{Column, ColumnKind};

use crate::clickhouse::Database;
use crate::contract::{INSTANCE, Place, asked};
use crate::rows::{THINGS, batch, chunk, of, row};

pub(crate) async fn tables_are_as_documented(database: &Database) {
    let sink = database.sink(INSTANCE);
    sink.prepare(&[THINGS]).await.unwrap();
    let body = r#"{"id": 1, "title": "a\u0000b", "created_at": "2026-02-28T01:00:00+01:00", "due_date": "2026-02-28"}"#;
    let first = batch(1, vec![chunk("projects/7", "a", vec![of(1, body)])]);
    assert_eq!(sink.commit(&first).await.unwrap(), Commit::Done);
    let made = database
        .run(&format!(
            "SHOW CREATE TABLE {}",
            database.table("_rows_things")
        ))
        .await;
    for words in [
        "MergeTree",
        "ORDER BY (_instance, _parent, _id, _batch, _row)",
        "non_replicated_deduplication_window = 10000",
    ] {
        assert!(made.contains(words), "{words} is not in {made}");
    }
    let told = "SELECT toString(data_date), toString(_updated_at), _hash, hex(title), toString(created_at), toString(due_date) FROM {t}";
    assert_eq!(
        asked(database, "things", told).await,
        [
            "2026-11-21 12:00:00.000000 2026-11-21 10:00:00.123456 0000000000000002 610062 2026-02-28 00:00:00.000000 2026-02-28"
        ]
    );
    // Marks are in the table and not in the view.
    assert_eq!(
        asked(database, "_rows_things", "SELECT count() FROM {t}").await,
        ["2"]
    );
    assert_eq!(
        asked(database, "things", "SELECT count() FROM {t}").await,
        ["1"]
    );
}

pub(crate) async fn old_cursors_are_cleared_away(database: &Database) {
    let sink = database.sink(INSTANCE);
    sink.prepare(&[THINGS]).await.unwrap();
    let parents = |text: &str| {
        (0..600)
            .map(|id| chunk(&format!("projects/{id}"), text, vec![]))
            .collect()
    };
    for number in 1..=6 {
        let text = number.to_string();
        assert_eq!(
            sink.commit(&batch(number, parents(&text))).await.unwrap(),
            Commit::Done
        );
    }
    // One of a writer that was ended before its batch was committed.
    let table = database.table("_cursors");
    database.run(&format!("INSERT INTO {table} SELECT instance, stream, parent, 6, 'nobody', 'lost' FROM {table} WHERE number = 6 LIMIT 1")).await;
    let before = sink.position("things").await.unwrap();
    let stored = asked(
        database,
        "_cursors",
        "SELECT count(), min(number), uniq(writer) FROM {t}",
    )
    .await;
    assert_eq!(stored, ["600 6 1"]);
    assert_eq!(sink.position("things").await.unwrap(), before);
    assert!(before.cursors.len() == 600 && before.cursors.values().all(|cursor| cursor == "6"));
}

/// The test server ends a block after 1,000 rows unless it is told otherwise.
pub(crate) async fn a_batch_is_one_block(database: &Database) {
    let sink = database.sink(INSTANCE);
    sink.prepare(&[THINGS]).await.unwrap();
    let table = database.table("_rows_things");
    database.run(&format!("SYSTEM STOP MERGES {table}")).await;
    database
        .run(&format!(
            "INSERT INTO {table} (_id) SELECT toString(number) FROM numbers(5000) SETTINGS max_block_size = 1000"
        ))
        .await;
    let before = parts(database).await;
    assert!(before > 1, "the server ends no blocks");
    let rows = (0..5000).map(|id| row(id, "one of many")).collect();
    let large = batch(1, vec![chunk("projects/7", "a", rows)]);
    assert_eq!(sink.commit(&large).await.unwrap(), Commit::Done);
    assert_eq!(parts(database).await, before + 1);
}

async fn parts(database: &Database) -> u64 {
    let told = format!(
        "SELECT count() FROM system.parts WHERE active AND table = '_rows_things' AND database = '{}'",
        database.name
    );
    database.ask(&told).await[0][0]
        .as_ref()
        .unwrap()
        .parse()
        .unwrap()
}

pub(crate) async fn a_table_of_another_kind_is_refused(database: &Database) {
    let sink = database.sink(INSTANCE);
    sink.prepare(&[THINGS]).await.unwrap();
    sink.commit(&batch(
        1,
        vec![chunk("projects/7", "a", vec![row(1, "one")])],
    ))
    .await
    .unwrap();
    let columns: &'static [Column] = &[Column {
        name: "title",
        path: "title",
        kind: ColumnKind::Int,
    }];
    let error = sink
        .prepare(&[Table { columns, ..THINGS }])
        .await
        .unwrap_err();
    assert!(matches!(error, SinkError::Refused { .. }), "{error}");
    assert!(
        error.to_string().contains("`title` is Nullable(String)"),
        "{error}"
    );
}
