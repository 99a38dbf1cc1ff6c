//! Writers that are ended at any point: nothing is lost, nothing is double.

use std::future::Future;
use std::pin::Pin;
use std::process::{Command, Stdio};
use std::task::{Context, Poll};
use std::time::Duration;

use labtower_export::sink::{Commit, Sink};

use crate::contract::{INSTANCE, Place, asked};
use crate::rows::{THINGS, batch, chunk, row};

/// A small generator of numbers that look like chance.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number from 0 to below this.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

/// A future that is dropped after so many polls.
struct Mortal<F>(Pin<Box<F>>, u64);

impl<F: Future> Future for Mortal<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if self.1 == 0 {
            return Poll::Ready(None);
        }
        self.1 -= 1;
        match self.0.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            // The last one is followed by the end at once, and not when the server next has something to say.
            Poll::Pending if self.1 == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    }
}

/// One step of a reader: its cursor is the number of the next row.
pub(crate) async fn step(sink: &impl Sink, rows: u64) -> Option<Commit> {
    let position = sink.position("things").await.ok()?;
    let cursor = position.cursors.get("projects/7");
    let next: u64 = cursor.map_or(0, |text| text.parse().unwrap());
    let new = (next..next + rows).map(|id| row(id, "thing")).collect();
    let cursor = (next + rows).to_string();
    let batch = batch(position.number + 1, vec![chunk("projects/7", &cursor, new)]);
    sink.commit(&batch).await.ok()
}

/// How many kills a test makes; `LABTOWER_KILLS` says otherwise.
pub(crate) fn kills(usual: u64) -> u64 {
    let said = std::env::var("LABTOWER_KILLS").ok();
    said.and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// Ends a writer between any two steps, again and again.
pub(crate) async fn a_writer_may_be_dropped_anywhere(place: &impl Place, kills: u64) {
    let mut dice = Dice::new(0x5eed);
    place.sink(INSTANCE).prepare(&[THINGS]).await.unwrap();
    let (mut killed, mut lived) = (0, 0);
    while killed < kills {
        let sink = place.sink(INSTANCE);
        let (rows, polls) = (dice.below(4), 1 + dice.below(20));
        match Mortal(Box::pin(step(&sink, rows)), polls).await {
            None => killed += 1,
            Some(_) => lived += 1,
        }
    }
    // What the server still does for the dead is done when a later batch is.
    while step(&place.sink(INSTANCE), 1).await != Some(Commit::Done) {}
    println!("{killed} killed, {lived} lived");
    nothing_lost_nothing_double(place).await;
}

/// Kills processes, as the system does.
pub(crate) async fn a_process_may_be_killed(
    place: &impl Place,
    test: &str,
    kills: u64,
    key: &str,
    name: &str,
) {
    let mut dice = Dice::new(0xdead);
    place.sink(INSTANCE).prepare(&[THINGS]).await.unwrap();
    let mut round = 0;
    // A busy machine may give the children no time to write before they are killed: then they get more.
    while round < kills || number(place).await < 2 {
        round += 1;
        assert!(round < kills + 20, "no child came to write");
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", test, "--ignored"])
            .env(key, name)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        tokio::time::sleep(Duration::from_millis(500 + dice.below(1000 + 1000 * round))).await;
        child.kill().unwrap();
        child.wait().unwrap();
    }
    while step(&place.sink(INSTANCE), 1).await != Some(Commit::Done) {}
    nothing_lost_nothing_double(place).await;
}

async fn number(place: &impl Place) -> u64 {
    let position = place.sink(INSTANCE).position("things").await;
    position.unwrap().number
}

/// What a child does until it is killed.
pub(crate) async fn write_until_killed(place: &impl Place) {
    let sink = place.sink(INSTANCE);
    loop {
        step(&sink, 2).await;
    }
}

async fn nothing_lost_nothing_double(place: &impl Place) {
    let position = place.sink(INSTANCE).position("things").await.unwrap();
    let rows = &position.cursors["projects/7"];
    let told = "SELECT COUNT(*), COUNT(DISTINCT _id) FROM {t}";
    assert_eq!(
        asked(place, "things", told).await,
        [format!("{rows} {rows}")]
    );
}
