//! Writers at the same time, and writers that are ended at any point: nothing is lost, nothing is double.

use std::future::poll_fn;
use std::pin::pin;
use std::process::{Command, Stdio};
use std::task::Poll;
use std::time::Duration;

use labtower_export::sink::Sink;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio::time::sleep;

use super::kept::{Kept, kept};
use super::place::{Place, assert_all, assert_rows, done, prepared, settled};
use super::world::{STREAM, batch, batch_of};

pub(crate) async fn of_two_writers_one_commits<P: Place>(place: P) {
    prepared(&place).await;
    let last = place.pace().batches;
    let write = |writer: &'static str| {
        let sink = place.open();
        async move {
            let mut mine = Vec::new();
            let mut number = sink.position(STREAM).await.unwrap().number;
            while number < last {
                if done::<P>(sink.commit(&batch_of(number + 1, writer)).await) {
                    number += 1;
                    mine.push(number);
                } else {
                    number = sink.position(STREAM).await.unwrap().number;
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
        expected.extend(mine.iter().flat_map(|n| kept(&batch_of(*n, writer))));
        numbers.extend(mine);
    }
    numbers.sort_unstable();
    let each_once: Vec<u64> = (1..=last).collect();
    assert_eq!(numbers, each_once);
    expected.sort_by_key(|row| (row.batch, row.row));
    assert_rows(&place, &place.rows(STREAM).await, expected);
}

pub(crate) async fn nothing_is_lost_or_doubled_by_aborts<P: Place>(place: P) {
    let mut rng = StdRng::seed_from_u64(42);
    let mut sink = prepared(&place).await;
    let pace = place.pace();
    let (mut aborts, mut last) = (0, 0);
    while aborts < pace.aborts {
        if rng.random_bool(0.3) {
            sink = place.open();
        }
        let number = sink.position(STREAM).await.unwrap().number;
        assert!(number == last || number == last + 1, "{last} then {number}");
        last = number;
        let batch = batch(number + 1);
        match polled(sink.commit(&batch), rng.random_range(1..pace.polls)).await {
            Some(Err(error)) => assert!(P::CONTENDED && error.is_retryable(), "{error}"),
            Some(Ok(_)) => last += 1,
            None => aborts += 1,
        }
    }
    // An abandoned commit may still be under way on the other side; the next batch comes after it in any case.
    let last = settled(&place).await;
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

/// Commits one batch after another, until the process is killed.
pub(crate) async fn write_until_killed<P: Place>(place: P) {
    let sink = prepared(&place).await;
    loop {
        let number = sink.position(STREAM).await.unwrap().number;
        // Some without asking again, as a run does.
        for next in 1..=5 {
            let commit = sink.commit(&batch(number + next)).await;
            let is_there = commit.is_ok();
            done::<P>(commit);
            if !is_there {
                break;
            }
        }
    }
}

/// Kills writers, two at a time, each after a moment.
///
/// A writer is this program with a test in which [`write_until_killed`] writes to the place that the variables name.
pub(crate) async fn nothing_is_lost_or_doubled_by_kills(
    place: &impl Place,
    test: &str,
    variables: &[(&str, String)],
) {
    let spawn = || {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--ignored", "--exact", test]);
        command.envs(variables.iter().map(|(name, value)| (name, value)));
        let command = command.stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().unwrap()
    };
    let mut rng = StdRng::seed_from_u64(7);
    let pace = place.pace();
    prepared(place).await;
    for round in 0..pace.kills {
        let sink = place.open();
        let before = sink.position(STREAM).await.unwrap().number;
        let mut writers = [spawn(), spawn()];
        if round % 2 == 0 {
            // However slow the machine is, these get to write.
            while sink.position(STREAM).await.unwrap().number == before {
                sleep(Duration::from_millis(5)).await;
            }
        }
        for writer in &mut writers {
            sleep(Duration::from_millis(rng.random_range(0..pace.moment))).await;
            let ended = writer.try_wait().unwrap();
            assert!(ended.is_none(), "a writer ended by itself: {ended:?}");
            writer.kill().unwrap();
        }
        for writer in &mut writers {
            writer.wait().unwrap();
        }
    }
    let last = settled(place).await;
    eprintln!("{last} batches by {} writers", 2 * pace.kills);
    assert!(last > pace.kills.div_ceil(2), "{last} batches are too few");
    assert_all(place, last).await;
}
