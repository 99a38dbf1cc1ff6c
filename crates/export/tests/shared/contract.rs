//! What every sink must do, whatever it is made of.

use labtower_export::sink::{Batch, Chunk, Commit, Position, Sink, SinkError, Table};
use labtower_extract::Row;
use serde_json::Value;

use super::kept::{Kept, all, kept};
use super::place::{Place, assert_all, assert_rows, prepared};
use super::world::{
    GROWN, STREAM, batch, batch_of, chunk, of_body, of_chunks, row, table, tombstone,
};

/// The tests for a place that a function makes, as `on!` takes it: `contract!(Place::new)`.
macro_rules! contract {
    ($($place:tt)*) => {
        use $crate::shared::{contract, writers};

        $crate::shared::place::on!($($place)* =>
            contract::a_stream_begins_at_zero,
            contract::a_commit_is_rows_and_cursors,
            contract::a_number_is_taken_once_and_none_is_left_out,
            contract::cursors_move_without_rows,
            contract::the_newest_version_counts_and_tombstones_hide_it,
            contract::streams_and_instances_do_not_mix,
            contract::columns_are_added,
            contract::odd_values_are_kept,
            writers::of_two_writers_one_commits,
            writers::nothing_is_lost_or_doubled_by_aborts,
        );
    };
}
pub(crate) use contract;

async fn commit(sink: &impl Sink, batch: &Batch) {
    assert_eq!(sink.commit(batch).await.unwrap(), Commit::Done);
}

pub(crate) async fn a_stream_begins_at_zero<P: Place>(place: P) {
    let zero = Position::default();
    if !P::WANTS_TABLES {
        assert_eq!(place.open().position(STREAM).await.unwrap(), zero);
    }
    let sink = prepared(&place).await;
    assert_eq!(sink.position(STREAM).await.unwrap(), zero);
    assert!(place.rows(STREAM).await.is_empty());
    // To prepare what is there changes nothing.
    commit(&sink, &batch(1)).await;
    prepared(&place).await;
    assert_all(&place, 1).await;
}

pub(crate) async fn a_commit_is_rows_and_cursors<P: Place>(place: P) {
    let sink = prepared(&place).await;
    let many = place.pace().batches / 2;
    for number in 1..=many {
        commit(&sink, &batch(number)).await;
    }
    assert_all(&place, many).await;
    // Another process goes on, without asking for the position.
    commit(&place.open(), &batch(many + 1)).await;
    commit(&sink, &batch(many + 2)).await;
    assert_all(&place, many + 2).await;
}

pub(crate) async fn a_number_is_taken_once_and_none_is_left_out<P: Place>(place: P) {
    let sink = prepared(&place).await;
    commit(&sink, &batch(1)).await;
    commit(&sink, &batch(2)).await;
    let late = place.open();
    assert_eq!(late.position(STREAM).await.unwrap().number, 2);
    commit(&sink, &batch(3)).await;
    // What it knows is old, and what the last one is asked for knows nothing.
    for (sink, first) in [(late, 3), (sink, 1), (place.open(), 1)] {
        for number in first..=3 {
            let other = batch_of(number, "other ");
            assert_eq!(sink.commit(&other).await.unwrap(), Commit::Taken);
        }
        for number in [5, 50] {
            let error = sink.commit(&batch(number)).await.unwrap_err();
            assert!(matches!(error, SinkError::Refused { .. }), "{error}");
            assert!(!error.is_retryable());
        }
        assert_all(&place, 3).await;
    }
}

pub(crate) async fn cursors_move_without_rows<P: Place>(place: P) {
    let sink = prepared(&place).await;
    commit(&sink, &batch(1)).await;
    let large = "é'\\\n".repeat(3 << 18);
    let chunks = vec![
        chunk("projects/1", &large, vec![]),
        chunk("groups/9", "", vec![]),
    ];
    commit(&sink, &of_chunks(2, chunks)).await;
    commit(&sink, &of_chunks(3, vec![])).await;
    for sink in [sink, place.open()] {
        let position = sink.position(STREAM).await.unwrap();
        assert_eq!(position.number, 3);
        assert_eq!(position.cursors.len(), 3);
        assert!(position.cursors["projects/1"] == large);
        assert_eq!(position.cursors["projects/2"], "after 1");
        assert_eq!(position.cursors["groups/9"], "");
    }
    assert_rows(&place, &place.rows(STREAM).await, all(1));
}

pub(crate) async fn the_newest_version_counts_and_tombstones_hide_it<P: Place>(place: P) {
    let sink = prepared(&place).await;
    let chunk = |parent: &str, rows: &[Row]| chunk(parent, "", rows.to_vec());
    let first = [row("a", 3), row("b", 1), row("c", 1), row("a", 4)];
    let second = [tombstone("b"), tombstone("c"), row("c", 7)];
    // No time, and an older one: what comes later counts all the same.
    let third = [row("a", 5), row("e", 2), tombstone("e")];
    let batches = [
        vec![chunk("p/1", &first)],
        vec![
            chunk("p/1", &second),
            chunk("p/2", &[row("b", 9), row("d", 10)]),
        ],
        vec![chunk("p/1", &third), chunk("p/2", &[row("d", 1)])],
    ];
    let mut all: Vec<Kept> = Vec::new();
    for (number, chunks) in (1..).zip(batches) {
        let batch = of_chunks(number, chunks);
        commit(&sink, &batch).await;
        all.extend(kept(&batch));
    }
    assert_rows(&place, &place.rows(STREAM).await, all.clone());
    let Some(latest) = place.latest(STREAM).await else {
        return;
    };
    let expected = [(2, 2), (2, 3), (3, 0), (3, 3)];
    let expected = expected.map(|key| all.iter().find(|row| (row.batch, row.row) == key).unwrap());
    assert_rows(&place, &latest, expected.into_iter().cloned().collect());
}

pub(crate) async fn streams_and_instances_do_not_mix<P: Place>(place: P) {
    let sink = place.open();
    let labels = Table {
        stream: "labels",
        columns: &[],
    };
    sink.prepare(&[table(), labels]).await.unwrap();
    let of_labels = Batch {
        stream: labels.stream.to_owned(),
        columns: labels.columns,
        ..batch(1)
    };
    commit(&sink, &of_labels).await;
    assert_eq!(sink.position(STREAM).await.unwrap(), Position::default());
    commit(&sink, &batch(1)).await;
    commit(&sink, &batch(2)).await;
    assert_eq!(sink.position("labels").await.unwrap().number, 1);

    let host = "other.example.com";
    let other = place.sink(host);
    other.prepare(&[table()]).await.unwrap();
    assert_eq!(other.position(STREAM).await.unwrap(), Position::default());
    commit(&other, &batch(1)).await;
    assert_eq!(other.position(STREAM).await.unwrap().number, 1);

    assert_all(&place, 2).await;
    assert_rows(&place, &place.rows("labels").await, kept(&of_labels));
    let instance = |row: Kept| Kept {
        instance: host.to_owned(),
        ..row
    };
    let theirs = all(1).into_iter().map(instance).collect();
    assert_rows(&place, &place.rows_of(host, STREAM).await, theirs);
}

pub(crate) async fn columns_are_added<P: Place>(place: P) {
    let old = prepared(&place).await;
    commit(&old, &batch(1)).await;
    let grown = Table {
        stream: STREAM,
        columns: &GROWN,
    };
    let sink = place.open();
    sink.prepare(&[grown]).await.unwrap();
    let second = Batch {
        columns: &GROWN,
        ..batch(2)
    };
    commit(&sink, &second).await;
    // A program that does not know the column yet still writes.
    prepared(&place).await;
    commit(&old, &batch(3)).await;
    let expected = [kept(&batch(1)), kept(&second), kept(&batch(3))].concat();
    assert_rows(&place, &place.rows(STREAM).await, expected.clone());
    if let Some(latest) = place.latest(STREAM).await {
        assert_rows(&place, &latest, expected);
    }
}

pub(crate) async fn odd_values_are_kept<P: Place>(place: P) {
    let sink = prepared(&place).await;
    let deep = format!("{{\"deep\":{}{}}}", "[".repeat(100), "]".repeat(100));
    let large = format!("{{\"title\":\"{}\"}}", "<é>".repeat(5 << 18));
    assert!(large.len() >= 5 << 20);
    let bodies = [
        "{}",
        r#"{"iid":9223372036854775807,"title":"","weight":-0.0001}"#,
        r#"{"iid":9223372036854775808,"weight":12345678901234567890}"#,
        r#"{"iid":123456789012345678901234567890,"weight":0.1}"#,
        r#"{"iid":"7","title":7,"weight":"0.5","confidential":0,"created_at":7,"due_date":"soon"}"#,
        r#"{"title":null,"labels":null,"author":null,"confidential":"yes"}"#,
        r#"{"labels":{"a":[]},"author":{"username":["x"]},"due_date":"1999-12-31"}"#,
        "{ \"title\" : \"\\u003c\\n\\t\\\\u0000\\ud83d\\ude00\" ,\n \"iid\" : 1 }",
        "{\"iid\": -1,\n\t\"title\": \"tab\\t 'quote' \\\" back\\\\slash ☃ \u{1F600} \u{2028}\",\r\n \"weight\": 1}",
        r#"{"created_at":"0001-01-01T00:00:00Z","due_date":"9999-12-31"}"#,
        &deep,
        &large,
    ];
    let ids = ["", "a/b", "é\"'\\", "x\ty", &"long ".repeat(1_000)];
    let cursor = "{\"é\":\"\\u0000\"}\n";
    let chunks = bodies.iter().zip(ids.iter().cycle()).zip(0..);
    let chunks: Vec<Chunk> = chunks
        .map(|((body, id), index)| {
            chunk(
                &format!("projects/{index}"),
                cursor,
                vec![of_body(id, body)],
            )
        })
        .collect();
    let odd = of_chunks(1, chunks);
    commit(&sink, &odd).await;
    assert_rows(&place, &place.rows(STREAM).await, kept(&odd));
    let position = place.open().position(STREAM).await.unwrap();
    assert_eq!(position.cursors["projects/0"], cursor);

    // What no database likes in text: it need not look the same in columns, but the body has it.
    let body = r#"{"title":"a\u0000b","labels":["\ud800"]}"#;
    let chunks = vec![chunk("projects/1", "", vec![of_body("nul", body)])];
    commit(&sink, &of_chunks(2, chunks)).await;
    let rows = place.rows(STREAM).await;
    let last = rows.last().unwrap();
    assert_eq!(last.id, "nul");
    assert_eq!(
        last.raw,
        Value::String(body.to_owned()),
        "the text itself, since it has no value"
    );
}
