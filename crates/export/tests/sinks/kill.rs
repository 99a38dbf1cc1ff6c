//! Processes that write and are killed, twenty-five rounds of two at once.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use labtower_export::files::Format;
use labtower_export::sink::{Position, Sink};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio::time::sleep;

use crate::contract::Place;
use crate::files::FilesPlace;
use crate::postgres::{DSN, Schema};
use crate::servers::Database;
use crate::world::{self, Kept, STREAM, batch, table};

/// Environment variable with the directory or schema that a writer writes to.
const PLACE: &str = "LABTOWER_TEST_PLACE";

/// The writer: commits one batch after another until it is killed.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "run and killed by other tests"]
async fn writes_until_killed() {
    let Ok(name) = std::env::var(PLACE) else {
        return;
    };
    if std::env::var(DSN).is_ok() {
        let mut place = Schema::new("");
        place.name = name;
        write(place.open()).await;
    } else {
        let mut place = FilesPlace::directory(Format::Ndjson);
        place.target = name;
        write(place.open()).await;
    }
}

async fn write(sink: impl Sink) {
    sink.prepare(&[table()]).await.unwrap();
    loop {
        let number = sink.position(STREAM).await.unwrap().number;
        // Some without asking again, as a run does.
        for next in 1..=5 {
            sink.commit(&batch(number + next)).await.unwrap();
        }
    }
}

fn spawn(name: &str, dsn: Option<&str>) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--ignored", "--exact", "kill::writes_until_killed"]);
    command
        .env(PLACE, name)
        .env_remove(DSN)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    if let Some(dsn) = dsn {
        command.env(DSN, dsn);
    }
    command.spawn().unwrap()
}

/// Kills fifty writers, two at a time, each after a moment.
async fn kill_fifty(place: &impl Place, name: &str, dsn: Option<&str>) {
    let mut rng = StdRng::seed_from_u64(7);
    for round in 0..25 {
        let sink = place.open();
        let before = sink.position(STREAM).await.unwrap().number;
        let mut writers = [spawn(name, dsn), spawn(name, dsn)];
        if round % 2 == 0 {
            // However slow the machine is, these get to write.
            while sink.position(STREAM).await.unwrap().number == before {
                sleep(Duration::from_millis(5)).await;
            }
        }
        for writer in &mut writers {
            sleep(Duration::from_millis(rng.random_range(0..200))).await;
            let ended = writer.try_wait().unwrap();
            assert!(ended.is_none(), "a writer ended by itself: {ended:?}");
            writer.kill().unwrap();
        }
        for writer in &mut writers {
            writer.wait().unwrap();
        }
    }
}

async fn assert_whole(place: &impl Place, expect: impl Fn(Kept) -> Kept) {
    let position = place.open().position(STREAM).await.unwrap();
    let last = position.number;
    eprintln!("{last} batches by 50 writers");
    assert!(last >= 13, "{last} batches are not enough to tell");
    let cursors = world::cursors(last);
    assert_eq!(
        position,
        Position {
            number: last,
            cursors
        }
    );
    let expected: Vec<Kept> = world::all(last).into_iter().map(expect).collect();
    assert!(
        place.rows(STREAM).await == expected,
        "rows are lost or doubled"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_or_doubled_in_files_by_kills() {
    let place = FilesPlace::directory(Format::Ndjson);
    kill_fifty(&place, &place.target, None).await;
    assert_whole(&place, |mut row| {
        row.columns = None;
        row
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_or_doubled_in_postgresql_by_kills() {
    let Some(database) = Database::start() else {
        return;
    };
    let place = Schema {
        dsn: database.dsn(),
        name: "killed".to_owned(),
    };
    place.open().prepare(&[table()]).await.unwrap();
    kill_fifty(&place, &place.name, Some(&place.dsn)).await;
    assert_whole(&place, |row| row).await;
}
