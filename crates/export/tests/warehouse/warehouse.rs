//! What only warehouses have, and have alike.

use std::collections::BTreeMap;

use labtower_export::sink::{Batch, Commit, Sink, SinkError, Table};
use labtower_extract::{Column, ColumnKind, Row};

use crate::counted::Counted;
use crate::places::warehouse::Warehouse;
use crate::shared::place::prepared;
use crate::shared::world::{GROWN, STREAM, batch, chunk, of_body, of_chunks, table};

/// What SQL answers about a table, `{t}` in the question; nulls as `-`, cells joined by a blank.
pub(crate) async fn asked(place: &impl Warehouse, name: &str, sql: &str) -> Vec<String> {
    let rows = place.ask(&sql.replace("{t}", &place.table(name))).await;
    let cell = |cell: Option<String>| cell.unwrap_or_else(|| "-".to_owned());
    rows.into_iter()
        .map(|row| row.into_iter().map(cell).collect::<Vec<_>>().join(" "))
        .collect()
}

/// Tells a writer that is to be killed where to write.
const PLACE: &str = "LABTOWER_TEST_PLACE";

/// A test that kills writers, and the one that these are; the place has an address and a name.
macro_rules! kills {
    ($place:ident) => {
        #[tokio::test(flavor = "multi_thread")]
        async fn nothing_is_lost_or_doubled_by_kills() {
            if let Some(place) = $place::new("killed") {
                let variables = $crate::warehouse::of_writer(&place.address, &place.name);
                let (_, module) = module_path!().split_once("::").unwrap();
                let test = format!("{module}::writes_until_killed");
                $crate::shared::writers::nothing_is_lost_or_doubled_by_kills(
                    &place, &test, &variables,
                )
                .await;
            }
        }

        #[tokio::test(flavor = "multi_thread")]
        #[ignore = "run and killed by the test above"]
        async fn writes_until_killed() {
            if let Some((address, name)) = $crate::warehouse::place_of_writer() {
                $crate::shared::writers::write_until_killed($place { address, name }).await;
            }
        }
    };
}
pub(crate) use kills;

/// What a writer at a place has in its environment.
pub(crate) fn of_writer(address: &str, name: &str) -> [(&'static str, String); 1] {
    [(PLACE, format!("{address} {name}"))]
}

/// Address and name of the place of a writer; `None` when it was called by hand.
pub(crate) fn place_of_writer() -> Option<(String, String)> {
    let place = std::env::var(PLACE).ok()?;
    let (address, name) = place.split_once(' ')?;
    Some((address.to_owned(), name.to_owned()))
}

/// Bodies of which no parser makes a value come back to the byte, and from a column if that can hold it.
pub(crate) async fn what_has_no_value_survives<P: Warehouse>(place: P) {
    let sink = prepared(&place).await;
    let bodies = [
        r#"{"iid": 123456789012345678901234567890, "weight": 1e400, "title": ""}"#.to_owned(),
        r#"{"iid": 9223372036854775807, "title": "a\u0000b", "labels": "\u0000", "created_at": "0000-01-01T00:00:00Z"}"#.to_owned(),
        "{\"iid\": -1,\n\t\"title\": \"tab\\t 'quote' \\\" back\\\\slash ☃ \u{1F600} \u{2028}\", \"weight\": 0.1,\r\n \"confidential\": \"yes\"}".to_owned(),
        r#"{"iid": 3, "title": "\ud800 alone", "due_date": "9999-12-31", "created_at": "2026-02-28T01:00:00+01:00"}"#.to_owned(),
        format!(r#"{{"iid": 4, "labels": {}{}}}"#, "[".repeat(2000), "]".repeat(2000)),
        format!(r#"{{"iid": 5, "title": "{}"}}"#, "x".repeat(5_000_000)),
    ];
    let rows: Vec<Row> = bodies.iter().map(|body| of_body("1", body)).collect();
    let batch = of_chunks(1, vec![chunk("projects/7", "a", rows)]);
    assert_eq!(sink.commit(&batch).await.unwrap(), Commit::Done);
    let told = format!("SELECT raw FROM {} ORDER BY _row", place.table(STREAM));
    let back = place.ask(&told).await;
    assert_eq!(back.len(), bodies.len());
    for (ours, theirs) in bodies.iter().zip(&back) {
        let theirs = theirs[0].as_ref().unwrap();
        assert!(ours == theirs, "{ours:.100} became {theirs:.100}");
    }
    let told = "SELECT _row, iid, weight, confidential FROM {t} ORDER BY _row";
    assert_eq!(
        asked(&place, STREAM, told).await,
        [
            "0 - - -",
            "1 9223372036854775807 - -",
            "2 -1 0.1 -",
            "3 3 - -",
            "4 4 - -",
            "5 5 - -"
        ]
    );
    let told = "SELECT _row, LENGTH(title), LENGTH(labels) FROM {t} WHERE _row <> 1 AND _row <> 2 ORDER BY _row";
    assert_eq!(
        asked(&place, STREAM, told).await,
        ["0 0 -", "3 - -", "4 - 4000", "5 5000000 -"]
    );
}

/// Prepares eight streams in a place, and asks for their positions in the same place behind a server that counts.
/// How many requests a second start takes; a stream more would be none more.
pub(crate) async fn start_asks<P: Warehouse>(place: &P, behind: P, counted: &Counted) -> usize {
    const STREAMS: [&str; 8] = [STREAM, "a", "b", "c", "d", "e", "f", "g"];
    let tables = STREAMS.map(|stream| Table { stream, ..table() });
    let sink = place.open();
    sink.prepare(&tables).await.unwrap();
    let many = (0..2_500).map(|id| chunk(&format!("projects/{id}"), &format!("at {id}"), vec![]));
    let first = of_chunks(1, many.collect());
    assert_eq!(sink.commit(&first).await.unwrap(), Commit::Done);
    let other = of_chunks(1, vec![chunk("projects/1", "other", vec![])]);
    let other = Batch {
        stream: "c".to_owned(),
        ..other
    };
    assert_eq!(sink.commit(&other).await.unwrap(), Commit::Done);

    let again = behind.open();
    again.prepare(&tables).await.unwrap();
    let mut told = BTreeMap::new();
    let mut tell = |stream: &str, parent: &str, cursor: &str| {
        told.insert((stream.to_owned(), parent.to_owned()), cursor.to_owned());
        Ok(())
    };
    let numbers = again.positions(&STREAMS, &mut tell).await.unwrap();
    assert_eq!(numbers, [1, 0, 0, 1, 0, 0, 0, 0]);
    assert_eq!(told.len(), 2_501);
    assert_eq!(
        told[&(STREAM.to_owned(), "projects/2499".to_owned())],
        "at 2499"
    );
    assert_eq!(told[&("c".to_owned(), "projects/1".to_owned())], "other");
    counted.asked().len()
}

/// Writes, repeats, clears cursors away and adds a column, in a place behind a server that remembers. Fails if anything
/// but a table of cursors or a staging table was ever told to lose or change a row.
pub(crate) async fn only_added_to<P: Warehouse>(behind: P, counted: &Counted) {
    let sink = many_cursors(&behind).await;
    sink.position(STREAM).await.unwrap();
    for number in 7..=8 {
        assert_eq!(sink.commit(&batch(number)).await.unwrap(), Commit::Done);
        assert_eq!(sink.commit(&batch(number)).await.unwrap(), Commit::Taken);
    }
    let grown = Table {
        columns: &GROWN,
        ..table()
    };
    let sink = behind.open();
    sink.prepare(&[grown]).await.unwrap();
    let more = Batch {
        columns: &GROWN,
        ..batch(9)
    };
    assert_eq!(sink.commit(&more).await.unwrap(), Commit::Done);
    let (mut inserts, mut cleared) = (0, 0);
    for (method, text) in counted.asked() {
        if method == "DELETE" {
            assert!(text.contains("/tables/_staging_"), "{text}");
        }
        for disposition in text.split("writeDisposition").skip(1) {
            assert!(disposition.starts_with("\":\"WRITE_EMPTY"), "{text}");
        }
        inserts += usize::from(text.contains("INSERT INTO"));
        for word in [
            "UPDATE",
            "DELETE",
            "TRUNCATE",
            "MERGE",
            "DROP",
            "REPLACE TABLE",
        ] {
            for (at, _) in text.match_indices(&format!("{word} ")) {
                let told = &text[at..];
                let is_cursors = told
                    .split_whitespace()
                    .nth(2)
                    .is_some_and(|table| table.trim_matches('`').ends_with("_cursors"));
                assert!(word == "DELETE" && is_cursors, "{text}");
                cleared += 1;
            }
        }
    }
    assert!(
        inserts >= 9 && cleared >= 1,
        "{inserts} inserts, {cleared} cleared"
    );
}

/// Commits the cursors of 600 parents six times.
pub(crate) async fn many_cursors<P: Warehouse>(place: &P) -> P::Sink {
    let sink = prepared(place).await;
    for number in 1..=6 {
        let cursor = number.to_string();
        let parents = (0..600).map(|id| chunk(&format!("projects/{id}"), &cursor, vec![]));
        let batch = of_chunks(number, parents.collect());
        assert_eq!(sink.commit(&batch).await.unwrap(), Commit::Done);
    }
    sink
}

/// To ask for the position clears away all cursors but the newest of each parent.
pub(crate) async fn old_cursors_go(place: &impl Warehouse, sink: &impl Sink) {
    let before = sink.position(STREAM).await.unwrap();
    let told = "SELECT COUNT(*), MIN(number) FROM {t}";
    assert_eq!(asked(place, "_cursors", told).await, ["600 6"]);
    assert_eq!(sink.position(STREAM).await.unwrap(), before);
    assert!(before.cursors.len() == 600 && before.cursors.values().all(|cursor| cursor == "6"));
}

/// A table whose column is of another kind than ours is refused; tells in which words.
pub(crate) async fn refused_for_its_title(place: &impl Warehouse) -> String {
    prepared(place).await;
    let columns = &[Column {
        name: "title",
        path: "title",
        kind: ColumnKind::Int,
    }];
    let table = Table {
        stream: STREAM,
        columns,
    };
    let error = place.open().prepare(&[table]).await.unwrap_err();
    assert!(matches!(error, SinkError::Refused { .. }), "{error}");
    error.to_string()
}
