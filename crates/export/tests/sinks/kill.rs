//! Processes that write and are killed, twenty-five rounds of two at once.

use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use labtower_export::files::Format;
use labtower_export::sink::{Position, Sink};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::contract::Place;
use crate::files::FilesPlace;
use crate::world::{self, Kept, STREAM, batch, table};

/// Environment variable with the directory that a writer writes to.
const PLACE: &str = "LABTOWER_TEST_PLACE";

/// The writer: commits one batch after another until it is killed.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "run and killed by other tests"]
async fn writes_until_killed() {
    let Ok(name) = std::env::var(PLACE) else {
        return;
    };
    let mut place = FilesPlace::directory(Format::Ndjson);
    place.target = name;
    write(place.open()).await;
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

fn spawn(name: &str) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--ignored", "--exact", "kill::writes_until_killed"]);
    command
        .env(PLACE, name)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.spawn().unwrap()
}

/// Kills fifty writers, two at a time, each after a moment.
fn kill_fifty(name: &str) {
    let mut rng = StdRng::seed_from_u64(7);
    for _ in 0..25 {
        let mut writers = [spawn(name), spawn(name)];
        sleep(Duration::from_millis(200));
        for writer in &mut writers {
            sleep(Duration::from_millis(rng.random_range(0..100)));
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
    assert!(last > 25, "{last} batches are not enough to tell");
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
    kill_fifty(&place.target);
    assert_whole(&place, |mut row| {
        row.columns = None;
        row
    })
    .await;
}
