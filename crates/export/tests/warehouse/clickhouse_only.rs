//! What is special to the ClickHouse sink.

use labtower_export::sink::{Commit, Sink};
use labtower_extract::Row;

use crate::counted::Counted;
use crate::places::clickhouse::Database;
use crate::places::warehouse::Warehouse;
use crate::shared::place::prepared;
use crate::shared::world::{STREAM, chunk, of_chunks, row};
use crate::warehouse::{
    asked, many_cursors, old_cursors_go, only_added_to, refused_for_its_title, start_asks,
};

/// The database, the table of cursors, all columns; all tables, numbers, cursors.
pub(crate) async fn a_start_asks_little(database: Database) {
    let counted = Counted::before(&database.address).await;
    let (address, name) = (counted.address.clone(), database.name.clone());
    let asked = start_asks(&database, Database { address, name }, &counted).await;
    assert!(asked <= 6, "{asked} requests");
}

pub(crate) async fn data_tables_are_only_added_to(database: Database) {
    let counted = Counted::before(&database.address).await;
    let (address, name) = (counted.address.clone(), database.name.clone());
    only_added_to(Database { address, name }, &counted).await;
}

pub(crate) async fn tables_are_as_documented(database: Database) {
    let sink = prepared(&database).await;
    let body = r#"{"iid": 1, "title": "a\u0000b", "created_at": "2026-02-28T01:00:00+01:00", "due_date": "2026-02-28"}"#;
    let first = Row {
        body: body.to_owned(),
        ..row("1", 1)
    };
    let first = of_chunks(1, vec![chunk("projects/7", "a", vec![first])]);
    assert_eq!(sink.commit(&first).await.unwrap(), Commit::Done);
    let made = database
        .run(&format!(
            "SHOW CREATE TABLE {}",
            database.table("_rows_issues")
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
        asked(&database, STREAM, told).await,
        [
            "2026-11-20 12:01:00.000000 2026-11-20 12:00:01.123456 0000000000000001 610062 2026-02-28 00:00:00.000000 2026-02-28"
        ]
    );
    // Marks are in the table and not in the view.
    assert_eq!(
        asked(&database, "_rows_issues", "SELECT count() FROM {t}").await,
        ["2"]
    );
    assert_eq!(
        asked(&database, STREAM, "SELECT count() FROM {t}").await,
        ["1"]
    );
}

pub(crate) async fn old_cursors_are_cleared_away(database: Database) {
    let sink = many_cursors(&database).await;
    // One of a writer that was ended before its batch was committed.
    let table = database.table("_cursors");
    database.run(&format!("INSERT INTO {table} SELECT instance, stream, parent, 6, 'nobody', 'lost' FROM {table} WHERE number = 6 LIMIT 1")).await;
    old_cursors_go(&database, &sink).await;
    let told = "SELECT uniq(writer) FROM {t}";
    assert_eq!(asked(&database, "_cursors", told).await, ["1"]);
}

/// The test server ends a block after 1,000 rows unless it is told otherwise.
pub(crate) async fn a_batch_is_one_block(database: Database) {
    let sink = prepared(&database).await;
    let table = database.table("_rows_issues");
    database.run(&format!("SYSTEM STOP MERGES {table}")).await;
    database
        .run(&format!(
            "INSERT INTO {table} (_id) SELECT toString(number) FROM numbers(5000) SETTINGS max_block_size = 1000"
        ))
        .await;
    let before = parts(&database).await;
    assert!(before > 1, "the server ends no blocks");
    let rows = (0..5000).map(|id| row(&id.to_string(), id)).collect();
    let large = of_chunks(1, vec![chunk("projects/7", "a", rows)]);
    assert_eq!(sink.commit(&large).await.unwrap(), Commit::Done);
    assert_eq!(parts(&database).await, before + 1);
}

async fn parts(database: &Database) -> u64 {
    let told = format!(
        "SELECT count() FROM system.parts WHERE active AND table = '_rows_issues' AND database = '{}'",
        database.name
    );
    database.ask(&told).await[0][0]
        .as_ref()
        .unwrap()
        .parse()
        .unwrap()
}

pub(crate) async fn a_table_of_another_kind_is_refused(database: Database) {
    let words = refused_for_its_title(&database).await;
    assert!(words.contains("`title` is Nullable(String)"), "{words}");
}
