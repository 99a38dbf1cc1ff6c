//! What every sink promises. Each test of a sink calls one of these.

use labtower_export::sink::{Batch, Commit, Position, Sink, SinkError, Table};

use crate::rows::{COLUMNS, FIRST_COLUMNS, THINGS, batch, chunk, of, row, tombstone};

/// Name of the GitLab in these tests. An apostrophe must not end a text.
pub(crate) const INSTANCE: &str = "gitlab.example.com/o'brien";

/// A row of an answer.
pub(crate) type Cells = Vec<Option<String>>;

/// A place that sinks write to, and that can be asked what is there.
pub(crate) trait Place: Sync {
    /// Its sink.
    type Sink: Sink + 'static;
    /// One more sink for the same place.
    fn sink(&self, instance: &str) -> Self::Sink;
    /// A table's name in SQL.
    fn table(&self, name: &str) -> String;
    /// What SQL answers.
    fn ask(&self, sql: &str) -> impl Future<Output = Vec<Cells>> + Send;
}

/// What SQL answers about a table, `{t}` in the question; nulls as `-`, cells joined by a blank.
pub(crate) async fn asked(place: &impl Place, name: &str, sql: &str) -> Vec<String> {
    let rows = place.ask(&sql.replace("{t}", &place.table(name))).await;
    let cell = |cell: Option<String>| cell.unwrap_or_else(|| "-".to_owned());
    rows.into_iter()
        .map(|row| row.into_iter().map(cell).collect::<Vec<_>>().join(" "))
        .collect()
}

async fn ready<P: Place>(place: &P) -> P::Sink {
    let sink = place.sink(INSTANCE);
    sink.prepare(&[THINGS]).await.unwrap();
    sink
}

async fn done(sink: &impl Sink, batch: Batch) {
    assert_eq!(sink.commit(&batch).await.unwrap(), Commit::Done);
}

fn at(number: u64, cursors: &[(&str, &str)]) -> Position {
    let own = |(parent, cursor): &(&str, &str)| ((*parent).to_owned(), (*cursor).to_owned());
    Position {
        number,
        cursors: cursors.iter().map(own).collect(),
    }
}

/// Batches count from 1, rows and cursors are there afterwards, and instances do not meet.
pub(crate) async fn batches_are_numbered(place: &impl Place) {
    let sink = ready(place).await;
    assert_eq!(sink.position("things").await.unwrap(), at(0, &[]));
    let first = vec![
        chunk("projects/7", "a", vec![row(1, "one"), row(2, "two")]),
        chunk("groups/3", "b", vec![row(1, "other")]),
    ];
    done(&sink, batch(1, first)).await;
    done(
        &sink,
        batch(2, vec![chunk("projects/7", "c", vec![row(3, "three")])]),
    )
    .await;
    let after = at(2, &[("projects/7", "c"), ("groups/3", "b")]);
    assert_eq!(sink.position("things").await.unwrap(), after);
    // Another process, another run.
    let again = ready(place).await;
    assert_eq!(again.position("things").await.unwrap(), after);

    let other = place.sink("other.example.com");
    other.prepare(&[THINGS]).await.unwrap();
    assert_eq!(other.position("things").await.unwrap(), at(0, &[]));
    done(
        &other,
        batch(1, vec![chunk("projects/7", "z", vec![row(1, "theirs")])]),
    )
    .await;
    assert_eq!(sink.position("things").await.unwrap(), after);

    let told = "SELECT _instance, _parent, _id, _batch, _row, title, _deleted FROM {t} ORDER BY _instance, _batch, _row";
    assert_eq!(
        asked(place, "things", told).await,
        [
            "gitlab.example.com/o'brien projects/7 1 1 0 one false",
            "gitlab.example.com/o'brien projects/7 2 1 1 two false",
            "gitlab.example.com/o'brien groups/3 1 1 2 other false",
            "gitlab.example.com/o'brien projects/7 3 2 0 three false",
            "other.example.com projects/7 1 1 0 theirs false",
        ]
    );
}

/// A number is taken once, by whomever, and none is left out.
pub(crate) async fn repetitions_and_gaps_change_nothing(place: &impl Place) {
    let sink = ready(place).await;
    let first = batch(1, vec![chunk("projects/7", "a", vec![row(1, "one")])]);
    done(&sink, first.clone()).await;
    assert_eq!(sink.commit(&first).await.unwrap(), Commit::Taken);
    // A writer that has not asked for the position.
    let other = place.sink(INSTANCE);
    let theirs = batch(1, vec![chunk("projects/7", "b", vec![row(2, "two")])]);
    assert_eq!(other.commit(&theirs).await.unwrap(), Commit::Taken);
    // One whose knowledge is old.
    let late = ready(place).await;
    assert_eq!(late.position("things").await.unwrap().number, 1);
    done(
        &sink,
        batch(2, vec![chunk("projects/7", "c", vec![row(3, "three")])]),
    )
    .await;
    let lost = batch(2, vec![chunk("projects/7", "d", vec![row(4, "four")])]);
    assert_eq!(late.commit(&lost).await.unwrap(), Commit::Taken);

    for number in [4, 100] {
        let gap = batch(number, vec![chunk("projects/7", "x", vec![row(9, "nine")])]);
        let error = sink.commit(&gap).await.unwrap_err();
        assert!(matches!(error, SinkError::Refused { .. }), "{error}");
    }
    assert_eq!(
        sink.position("things").await.unwrap(),
        at(2, &[("projects/7", "c")])
    );
    let ids = asked(place, "things", "SELECT _id FROM {t} ORDER BY _batch").await;
    assert_eq!(ids, ["1", "3"]);
}

/// Cursors move without rows.
pub(crate) async fn empty_chunks_move_cursors(place: &impl Place) {
    let sink = ready(place).await;
    done(
        &sink,
        batch(
            1,
            vec![
                chunk("projects/7", "a", vec![]),
                chunk("projects/8", "", vec![]),
            ],
        ),
    )
    .await;
    done(&sink, batch(2, vec![])).await;
    let big = "é'\\\n".repeat(400_000);
    done(&sink, batch(3, vec![chunk("projects/7", &big, vec![])])).await;
    let expected = at(3, &[("projects/7", &big), ("projects/8", "")]);
    assert_eq!(
        ready(place).await.position("things").await.unwrap(),
        expected
    );
    assert_eq!(
        asked(place, "things", "SELECT COUNT(*) FROM {t}").await,
        ["0"]
    );
}

/// All versions stay, the view has the newest, and what is gone is gone until it comes back.
pub(crate) async fn the_newest_version_is_the_latest(place: &impl Place) {
    let sink = ready(place).await;
    let first = vec![
        row(1, "old"),
        row(2, "kept"),
        row(1, "new"),
        row(3, "doomed"),
    ];
    done(
        &sink,
        batch(
            1,
            vec![
                chunk("projects/7", "a", first),
                chunk("projects/8", "", vec![row(1, "else")]),
            ],
        ),
    )
    .await;
    let second = vec![tombstone(3), row(4, "back"), tombstone(4), row(4, "again")];
    done(&sink, batch(2, vec![chunk("projects/7", "b", second)])).await;
    done(
        &sink,
        batch(3, vec![chunk("projects/8", "b", vec![tombstone(1)])]),
    )
    .await;
    let latest = asked(
        place,
        "latest_things",
        "SELECT _parent, _id, title FROM {t} ORDER BY _parent, _id",
    )
    .await;
    assert_eq!(
        latest,
        [
            "projects/7 1 new",
            "projects/7 2 kept",
            "projects/7 4 again"
        ]
    );
    assert_eq!(
        asked(place, "things", "SELECT COUNT(*) FROM {t}").await,
        ["10"]
    );
}

/// Two writers that do not know of each other: each number is committed by one of them, and no row is lost or double.
pub(crate) async fn two_writers_take_turns(place: &impl Place, batches: u64) {
    let first = ready(place).await;
    let second = ready(place).await;
    let (mut ones, mut others) = tokio::join!(
        write(&first, "one", batches),
        write(&second, "two", batches)
    );
    ones.append(&mut others);
    ones.sort_unstable();
    assert_eq!(ones, (1..=batches).collect::<Vec<_>>());
    let told = "SELECT _batch, COUNT(*), COUNT(DISTINCT _id), COUNT(DISTINCT title) FROM {t} GROUP BY _batch ORDER BY _batch";
    let expected: Vec<String> = (1..=batches)
        .map(|number| format!("{number} 2 2 1"))
        .collect();
    assert_eq!(asked(place, "things", told).await, expected);
}

/// Writes until so many batches are there, and tells which of them are its own.
async fn write(sink: &impl Sink, name: &str, batches: u64) -> Vec<u64> {
    let mut done = Vec::new();
    loop {
        let number = sink.position("things").await.unwrap().number + 1;
        if number > batches {
            return done;
        }
        let rows = vec![row(number * 2, name), row(number * 2 + 1, name)];
        match sink
            .commit(&batch(number, vec![chunk("projects/7", name, rows)]))
            .await
        {
            Ok(Commit::Done) => done.push(number),
            Ok(Commit::Taken) => {}
            Err(error) => assert!(error.is_retryable(), "{error}"),
        }
    }
}

/// A column that comes later is there for new rows, and absent in old ones.
pub(crate) async fn columns_are_added(place: &impl Place) {
    let sink = place.sink(INSTANCE);
    let before = Table {
        columns: FIRST_COLUMNS,
        ..THINGS
    };
    sink.prepare(&[before]).await.unwrap();
    let old = Batch {
        columns: FIRST_COLUMNS,
        ..batch(1, vec![chunk("projects/7", "a", vec![row(1, "old")])])
    };
    done(&sink, old).await;
    let sink = ready(place).await;
    let body = r#"{"id": 2, "title": "new", "weight": 2.5, "done": true, "author": {"username": "me"}, "labels": ["a", "b"]}"#;
    done(
        &sink,
        batch(2, vec![chunk("projects/7", "b", vec![of(2, body)])]),
    )
    .await;
    let told = "SELECT _id, title, weight, done, labels, author_username FROM {t} ORDER BY _id";
    for name in ["things", "latest_things"] {
        let rows = asked(place, name, told).await;
        assert_eq!(
            rows,
            ["1 old - - - -", r#"2 new 2.5 true ["a", "b"] me"#],
            "{name}"
        );
    }
    // An older program does not mind.
    sink.prepare(&[before]).await.unwrap();
}

/// Whatever GitLab may write comes back from `raw` to the byte, and from its column if that can hold it.
pub(crate) async fn odd_values_survive(place: &impl Place) {
    let sink = ready(place).await;
    let deep = format!(
        r#"{{"id": 4, "labels": {}{}}}"#,
        "[".repeat(2000),
        "]".repeat(2000)
    );
    let large = format!(r#"{{"id": 5, "title": "{}"}}"#, "x".repeat(5_000_000));
    let bodies = [
        r#"{"id": 123456789012345678901234567890, "weight": 1e400, "title": ""}"#.to_owned(),
        r#"{"id": 9223372036854775807, "title": "a\u0000b", "labels": "\u0000", "created_at": "0000-01-01T00:00:00Z"}"#.to_owned(),
        "{\"id\": -1,\n\t\"title\": \"tab\\t 'quote' \\\" back\\\\slash ☃ \u{1F600} \u{2028}\", \"weight\": 0.1,\r\n \"done\": \"yes\"}".to_owned(),
        r#"{"id": 3, "title": "\ud800 alone", "due_date": "9999-12-31", "created_at": "2026-02-28T01:00:00+01:00"}"#.to_owned(),
        deep,
        large,
    ];
    let rows = bodies
        .iter()
        .zip(0..)
        .map(|(body, id)| of(id, body))
        .collect();
    done(&sink, batch(1, vec![chunk("projects/7", "a", rows)])).await;
    let back = place
        .ask(&format!(
            "SELECT raw FROM {} ORDER BY _row",
            place.table("things")
        ))
        .await;
    let back: Vec<String> = back
        .into_iter()
        .map(|mut row| row.remove(0).unwrap())
        .collect();
    assert_eq!(back.len(), bodies.len());
    for (ours, theirs) in bodies.iter().zip(&back) {
        assert!(ours == theirs, "{ours:.100} became {theirs:.100}");
    }
    let told = "SELECT _row, id, weight, done FROM {t} ORDER BY _row";
    assert_eq!(
        asked(place, "things", told).await,
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
        asked(place, "things", told).await,
        ["0 0 -", "3 - -", "4 - 4000", "5 5000000 -"]
    );
    assert_eq!(COLUMNS.len(), 8);
}
