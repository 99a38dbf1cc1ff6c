//! What every sink must do, whatever it is made of.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use labtower_export::sink::{Batch, Chunk, Commit, Position, Sink, SinkError, Table};
use labtower_extract::Row;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::Value;

use crate::world::{self, GROWN, Kept, STREAM, batch, kept, row, table, tombstone};

/// Where sinks keep rows, and how a test looks at them.
pub(crate) trait Place: Send + Sync + 'static {
    /// The sink under test.
    type Sink: Sink + 'static;

    /// How many commits are aborted: fewer where each takes long.
    fn aborts(&self) -> u32 {
        200
    }

    /// A sink as a new process has it.
    fn open(&self) -> Self::Sink;

    /// All rows of a stream, in the order of batches and places.
    fn rows(&self, stream: &str) -> impl Future<Output = Vec<Kept>> + Send;

    /// Rows of the stream's view of newest versions; `None` where there are no views.
    fn latest(&self, stream: &str) -> impl Future<Output = Option<Vec<Kept>>> + Send;
}

/// The tests, for a place that a function makes: `contract!(Place::new)`.
///
/// Marked `server`, they are run by the test that starts it.
macro_rules! contract {
    ($new:path) => {
        $crate::contract::contract!(@all [] $new);
    };
    (server $new:path) => {
        $crate::contract::contract!(
            @all [#[ignore = "run by the test that starts the server"]] $new
        );
    };
    (@all $attributes:tt $new:path) => {
        $crate::contract::contract!(@test $attributes $new, a_stream_begins_at_zero);
        $crate::contract::contract!(@test $attributes $new, a_commit_is_rows_and_cursors);
        $crate::contract::contract!(@test $attributes $new, a_number_is_taken_once_and_none_is_left_out);
        $crate::contract::contract!(@test $attributes $new, cursors_move_without_rows);
        $crate::contract::contract!(@test $attributes $new, the_newest_version_counts_and_tombstones_hide_it);
        $crate::contract::contract!(@test $attributes $new, streams_and_instances_do_not_mix);
        $crate::contract::contract!(@test $attributes $new, columns_are_added);
        $crate::contract::contract!(@test $attributes $new, odd_values_are_kept);
        $crate::contract::contract!(@test $attributes $new, of_two_writers_one_commits);
        $crate::contract::contract!(@test $attributes $new, nothing_is_lost_or_doubled_by_aborts);
    };
    (@test [$(#[$attribute:meta])*] $new:path, $name:ident) => {
        #[tokio::test(flavor = "multi_thread")]
        $(#[$attribute])*
        async fn $name() {
            $crate::contract::$name($new(stringify!($name))).await;
        }
    };
}
pub(crate) use contract;

async fn prepared<P: Place>(place: &P) -> P::Sink {
    let sink = place.open();
    sink.prepare(&[table()]).await.unwrap();
    sink
}

/// Compares rows; where the place has no columns, these do not count.
fn assert_rows(found: &[Kept], mut expected: Vec<Kept>) {
    if found.iter().all(|row| row.columns.is_none()) {
        for row in &mut expected {
            row.columns = None;
        }
    }
    assert_eq!(found.len(), expected.len(), "rows");
    for (found, expected) in found.iter().zip(&expected) {
        assert_eq!(found, expected);
    }
}

async fn assert_all<P: Place>(place: &P, last: u64) {
    let position = place.open().position(STREAM).await.unwrap();
    assert_eq!(position.number, last);
    assert_eq!(position.cursors, world::cursors(last));
    assert_rows(&place.rows(STREAM).await, world::all(last));
}

pub(crate) async fn a_stream_begins_at_zero<P: Place>(place: P) {
    let zero = Position::default();
    assert_eq!(place.open().position(STREAM).await.unwrap(), zero);
    let sink = prepared(&place).await;
    assert_eq!(sink.position(STREAM).await.unwrap(), zero);
    assert!(place.rows(STREAM).await.is_empty());
    // To prepare what is there changes nothing.
    assert_eq!(sink.commit(&batch(1)).await.unwrap(), Commit::Done);
    prepared(&place).await;
    assert_all(&place, 1).await;
}

pub(crate) async fn a_commit_is_rows_and_cursors<P: Place>(place: P) {
    let sink = prepared(&place).await;
    for number in 1..=12 {
        assert_eq!(sink.commit(&batch(number)).await.unwrap(), Commit::Done);
    }
    assert_all(&place, 12).await;
    // Another process goes on, without asking for the position.
    assert_eq!(place.open().commit(&batch(13)).await.unwrap(), Commit::Done);
    assert_eq!(sink.commit(&batch(14)).await.unwrap(), Commit::Done);
    assert_all(&place, 14).await;
}

pub(crate) async fn a_number_is_taken_once_and_none_is_left_out<P: Place>(place: P) {
    let sink = prepared(&place).await;
    for number in 1..=3 {
        assert_eq!(sink.commit(&batch(number)).await.unwrap(), Commit::Done);
    }
    for sink in [sink, place.open()] {
        for number in 1..=3 {
            let other = world::batch_of(number, "other ");
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
    assert_eq!(sink.commit(&batch(1)).await.unwrap(), Commit::Done);
    let mut empty = world::empty(2);
    for (parent, cursor) in [
        ("projects/1", "x".repeat(3 << 20)),
        ("groups/9", String::new()),
    ] {
        empty.chunks.push(Chunk {
            parent: parent.to_owned(),
            rows: Vec::new(),
            cursor,
        });
    }
    assert_eq!(sink.commit(&empty).await.unwrap(), Commit::Done);
    assert_eq!(sink.commit(&world::empty(3)).await.unwrap(), Commit::Done);
    for sink in [sink, place.open()] {
        let position = sink.position(STREAM).await.unwrap();
        assert_eq!(position.number, 3);
        assert_eq!(position.cursors.len(), 3);
        assert_eq!(position.cursors["projects/1"].len(), 3 << 20);
        assert_eq!(position.cursors["projects/2"], "after 1");
        assert_eq!(position.cursors["groups/9"], "");
    }
    assert_rows(&place.rows(STREAM).await, world::all(1));
}

pub(crate) async fn the_newest_version_counts_and_tombstones_hide_it<P: Place>(place: P) {
    let sink = prepared(&place).await;
    let version = |number: u64, chunks: &[(&str, &[Row])]| Batch {
        chunks: chunks
            .iter()
            .map(|(parent, rows)| Chunk {
                parent: (*parent).to_owned(),
                rows: rows.to_vec(),
                cursor: String::new(),
            })
            .collect(),
        ..world::empty(number)
    };
    let batches = [
        version(
            1,
            &[("p/1", &[row("a", 3), row("b", 1), row("c", 1), row("a", 4)])],
        ),
        version(
            2,
            &[
                ("p/1", &[tombstone("b"), tombstone("c"), row("c", 7)]),
                ("p/2", &[row("b", 9), row("d", 10)]),
            ],
        ),
        // No time, and an older one: what comes later counts all the same.
        version(
            3,
            &[
                ("p/1", &[row("a", 5), row("e", 2), tombstone("e")]),
                ("p/2", &[row("d", 1)]),
            ],
        ),
    ];
    for batch in &batches {
        assert_eq!(sink.commit(batch).await.unwrap(), Commit::Done);
    }
    let all: Vec<Kept> = batches.iter().flat_map(kept).collect();
    assert_rows(&place.rows(STREAM).await, all.clone());
    let Some(latest) = place.latest(STREAM).await else {
        return;
    };
    let expected = [(2, 2), (2, 3), (3, 0), (3, 3)];
    let expected = expected.map(|key| all.iter().find(|row| (row.batch, row.row) == key).unwrap());
    assert_rows(&latest, expected.into_iter().cloned().collect());
}

pub(crate) async fn streams_and_instances_do_not_mix<P: Place>(place: P) {
    let sink = place.open();
    let labels = Table {
        stream: "labels",
        columns: &[],
    };
    sink.prepare(&[table(), labels]).await.unwrap();
    let mut other = batch(1);
    "labels".clone_into(&mut other.stream);
    other.columns = &[];
    assert_eq!(sink.commit(&other).await.unwrap(), Commit::Done);
    assert_eq!(sink.position(STREAM).await.unwrap(), Position::default());
    assert_eq!(sink.commit(&batch(1)).await.unwrap(), Commit::Done);
    assert_eq!(sink.commit(&batch(2)).await.unwrap(), Commit::Done);
    assert_eq!(sink.position("labels").await.unwrap().number, 1);
    assert_all(&place, 2).await;
    assert_rows(&place.rows("labels").await, kept(&other));
}

pub(crate) async fn of_two_writers_one_commits<P: Place>(place: P) {
    const LAST: u64 = 25;
    prepared(&place).await;
    let write = |writer: &'static str| {
        let sink = place.open();
        async move {
            let mut mine = Vec::new();
            let mut number = sink.position(STREAM).await.unwrap().number;
            while number < LAST {
                match sink
                    .commit(&world::batch_of(number + 1, writer))
                    .await
                    .unwrap()
                {
                    Commit::Done => {
                        mine.push(number + 1);
                        number += 1;
                    }
                    Commit::Taken => number = sink.position(STREAM).await.unwrap().number,
                }
            }
            (writer, mine)
        }
    };
    let writers = [tokio::spawn(write("a ")), tokio::spawn(write("b "))];
    let mut expected: Vec<Kept> = Vec::new();
    let mut numbers = Vec::new();
    for writer in writers {
        let (writer, mine) = writer.await.unwrap();
        expected.extend(mine.iter().flat_map(|n| kept(&world::batch_of(*n, writer))));
        numbers.extend(mine);
    }
    numbers.sort_unstable();
    assert_eq!(
        numbers,
        (1..=LAST).collect::<Vec<_>>(),
        "each number is done once"
    );
    expected.sort_by_key(|row| (row.batch, row.row));
    assert_rows(&place.rows(STREAM).await, expected);
}

pub(crate) async fn nothing_is_lost_or_doubled_by_aborts<P: Place>(place: P) {
    let mut rng = StdRng::seed_from_u64(42);
    let mut sink = prepared(&place).await;
    let (mut aborts, mut last) = (0, 0);
    while aborts < place.aborts() {
        if rng.random_bool(0.3) {
            sink = place.open();
        }
        let number = sink.position(STREAM).await.unwrap().number;
        assert!(number == last || number == last + 1, "{last} then {number}");
        last = number;
        let batch = batch(number + 1);
        match polled(sink.commit(&batch), rng.random_range(1..16)).await {
            Some(commit) => {
                commit.unwrap();
                last += 1;
            }
            None => aborts += 1,
        }
    }
    // An abandoned commit may still be under way on the other side; the next batch comes after it in any case.
    loop {
        let number = sink.position(STREAM).await.unwrap().number;
        if sink.commit(&batch(number + 1)).await.unwrap() == Commit::Done {
            last = number + 1;
            break;
        }
    }
    assert!(last > 3, "{last} batches are not enough to tell");
    assert_all(&place, last).await;
}

/// A future, dropped when it was polled so many times without an end.
async fn polled<F: Future>(future: F, mut times: u32) -> Option<F::Output> {
    let mut future = pin!(future);
    poll_fn(|context| {
        times -= 1;
        match future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if times == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

pub(crate) async fn columns_are_added<P: Place>(place: P) {
    let old = prepared(&place).await;
    assert_eq!(old.commit(&batch(1)).await.unwrap(), Commit::Done);
    let grown = Table {
        stream: STREAM,
        columns: &GROWN,
    };
    let sink = place.open();
    sink.prepare(&[grown]).await.unwrap();
    let mut second = batch(2);
    second.columns = &GROWN;
    assert_eq!(sink.commit(&second).await.unwrap(), Commit::Done);
    // A program that does not know the column yet still writes.
    prepared(&place).await;
    assert_eq!(old.commit(&batch(3)).await.unwrap(), Commit::Done);
    let expected = [kept(&batch(1)), kept(&second), kept(&batch(3))].concat();
    assert_rows(&place.rows(STREAM).await, expected.clone());
    if let Some(latest) = place.latest(STREAM).await {
        assert_rows(&latest, expected);
    }
}

pub(crate) async fn odd_values_are_kept<P: Place>(place: P) {
    let sink = prepared(&place).await;
    let mut odd = world::empty(1);
    let deep = format!("{{\"deep\":{}{}}}", "[".repeat(100), "]".repeat(100));
    let large = format!("{{\"title\":\"{}\"}}", "<é>".repeat(5 << 18));
    assert!(large.len() >= 5 << 20);
    let bodies = [
        "{}",
        r#"{"iid":9223372036854775807,"title":"","weight":-0.0001}"#,
        r#"{"iid":9223372036854775808,"weight":12345678901234567890}"#,
        r#"{"iid":"7","title":7,"weight":"0.5","confidential":0,"created_at":7,"due_date":"soon"}"#,
        r#"{"title":null,"labels":null,"author":null}"#,
        r#"{"labels":{"a":[]},"author":{"username":["x"]},"due_date":"1999-12-31"}"#,
        "{ \"title\" : \"\\u003c\\n\\t\\\\u0000\\ud83d\\ude00\" ,\n \"iid\" : 1 }",
        r#"{"created_at":"0001-01-01T00:00:00Z","due_date":"9999-12-31"}"#,
        &deep,
        &large,
    ];
    let ids = ["", "a/b", "é\"'\\", "x\ty", &"long ".repeat(1_000)];
    for (index, body) in bodies.iter().enumerate() {
        odd.chunks.push(Chunk {
            parent: format!("projects/{index}"),
            rows: vec![Row {
                id: ids[index % ids.len()].to_owned(),
                updated_at: None,
                hash: u64::MAX,
                deleted: false,
                body: (*body).to_owned(),
            }],
            cursor: "{\"é\":\"\\u0000\"}\n".to_owned(),
        });
    }
    assert_eq!(sink.commit(&odd).await.unwrap(), Commit::Done);
    assert_rows(&place.rows(STREAM).await, kept(&odd));
    let position = place.open().position(STREAM).await.unwrap();
    assert_eq!(position.cursors["projects/0"], "{\"é\":\"\\u0000\"}\n");

    // What no database likes in text: it need not look the same in columns, but the body has it.
    let mut nul = world::empty(2);
    let body = r#"{"title":"a\u0000b","labels":["\ud800"]}"#;
    nul.chunks.push(Chunk {
        parent: "projects/1".to_owned(),
        rows: vec![Row {
            body: body.to_owned(),
            ..row("nul", 1)
        }],
        cursor: String::new(),
    });
    assert_eq!(sink.commit(&nul).await.unwrap(), Commit::Done);
    let rows = place.rows(STREAM).await;
    let last = rows.last().unwrap();
    assert_eq!(last.id, "nul");
    assert_eq!(
        last.raw,
        Value::String(body.to_owned()),
        "the text itself, since it has no value"
    );
}
