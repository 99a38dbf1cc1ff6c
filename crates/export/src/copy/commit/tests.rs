//! Batches that other runs commit beside ours, that fail, and that take long to fill.

use std::sync::Arc;
use std::time::Duration;

use labtower_extract::CATALOGUE;
use labtower_gitlab::{Client, ClientConfig};
use labtower_model::SystemClock;
use labtower_model::samples::at;
use tokio::time::Instant;

use super::super::parents::Parents;
use super::super::places::places_now;
use super::super::{CopyOptions, Progress};
use super::*;
use crate::sink::{Position, Table, Tell};

/// A stream of projects.
fn stream() -> &'static Stream {
    let mut streams = CATALOGUE.iter();
    streams.find(|it| it.name == "issues").unwrap()
}

/// Keeps the position alone; refuses batches of this number.
#[derive(Default)]
struct Kept(std::sync::Mutex<Position>, std::sync::atomic::AtomicU64);

impl Sink for Kept {
    async fn prepare(&self, _: &[Table<'_>]) -> Result<(), SinkError> {
        Ok(())
    }

    async fn positions(&self, _: &[&str], tell: &mut Tell<'_>) -> Result<Vec<u64>, SinkError> {
        let position = self.0.lock().unwrap();
        for (parent, cursor) in &position.cursors {
            tell(stream().name, parent, cursor)?;
        }
        Ok(vec![position.number])
    }

    async fn commit(&self, batch: &Batch) -> Result<Commit, SinkError> {
        let mut position = self.0.lock().unwrap();
        if self.1.load(Ordering::Relaxed) == batch.number {
            let (what, detail) = ("keep".to_owned(), "told to refuse".to_owned());
            return Err(SinkError::Refused { what, detail });
        }
        if position.number >= batch.number {
            return Ok(Commit::Taken);
        }
        position.number = batch.number;
        let chunks = batch.chunks.iter();
        let cursors = chunks.map(|it| (it.parent.clone(), it.cursor.clone()));
        position.cursors.extend(cursors);
        Ok(Commit::Done)
    }
}

/// What a run of two projects has.
struct World {
    client: Client,
    sink: Kept,
    options: CopyOptions,
    progress: Progress,
    stop: CancellationToken,
    parents: Parents,
}

impl World {
    fn new(change: impl FnOnce(&mut CopyOptions)) -> Self {
        let mut options = CopyOptions::new(Vec::new(), at(0));
        change(&mut options);
        // Nobody asks it.
        let config = ClientConfig::new("http://127.0.0.1:1".parse().unwrap(), "".into());
        Self {
            client: Client::new(config, Arc::new(SystemClock)).unwrap(),
            sink: Kept::default(),
            options,
            progress: Progress::default(),
            stop: CancellationToken::new(),
            parents: Parents::these([1, 2].map(Parent::project)),
        }
    }

    fn run(&self) -> Run<'_, Kept> {
        Run {
            client: &self.client,
            sink: &self.sink,
            options: &self.options,
            progress: &self.progress,
            stop: &self.stop,
            parents: &self.parents,
        }
    }

    async fn number(&self) -> u64 {
        self.sink.position("").await.unwrap().number
    }
}

async fn begin<'r>(run: &'r Run<'r, Kept>) -> Gathering<'r, Kept> {
    let stream = stream();
    let places = places_now(run.sink, &[stream], run.parents).await;
    let place = places.unwrap().remove(stream.name).unwrap();
    Gathering::new(run, vec![(stream, place)])
}

async fn read(run: &Gathering<'_, Kept>, parent: i64) {
    let (stream, parent) = (stream(), Parent::project(parent));
    run.cursor(stream, parent).await.unwrap().unwrap();
    let rows = vec![Row {
        id: "1".to_owned(),
        updated_at: None,
        hash: 1,
        deleted: false,
        body: "{}".to_owned(),
    }];
    let pushed = run.push(stream, parent, rows, || "read".to_owned()).await;
    assert!(pushed.unwrap());
}

/// Another run commits two lists while ours has read the first of them, and begun the second or not; the cursor
/// at which ours then reads the second.
async fn second_list(begun: bool) -> Option<String> {
    let world = World::new(|_| {});
    let run = world.run();
    let (ours, theirs) = (begin(&run).await, begin(&run).await);
    read(&theirs, 1).await;
    read(&theirs, 2).await;
    read(&ours, 1).await;
    if begun {
        ours.cursor(stream(), Parent::project(2)).await.unwrap();
    }
    theirs.end().await.unwrap();
    ours.end().await.unwrap();
    let cursor = ours.cursor(stream(), Parent::project(2));
    cursor.await.unwrap()
}

#[tokio::test]
async fn what_another_run_wrote_beside_the_same_rows_is_not_written_again() {
    assert_eq!(second_list(false).await.as_deref(), Some("read"));
}

#[tokio::test]
async fn a_list_that_another_run_has_moved_leaves_the_stream_to_it() {
    assert_eq!(second_list(true).await, None);
}

#[tokio::test]
async fn rows_that_have_waited_are_committed_though_none_comes_any_more() {
    let world = World::new(|options| options.batch_time = Duration::from_millis(40));
    let run = world.run();
    let (run, over) = (begin(&run).await, CancellationToken::new());
    let began = Instant::now();
    let reading = async {
        for parent in 1..=2 {
            read(&run, parent).await;
            while world.number().await < parent as u64 {
                assert!(began.elapsed() < Duration::from_secs(60), "none comes");
                sleep(Duration::from_millis(1)).await;
            }
        }
        over.cancel();
    };
    let ((), committed) = tokio::join!(reading, run.commit_in_time(&over));
    committed.unwrap();
    assert!(began.elapsed() >= 2 * world.options.batch_time);
    let position = world.sink.position("").await.unwrap();
    let parents: Vec<_> = position.cursors.into_keys().collect();
    assert_eq!(parents, ["projects/1", "projects/2"]);
    run.end().await.unwrap();
    assert_eq!(world.number().await, 2);
}

#[tokio::test]
async fn nothing_is_committed_after_a_batch_that_failed() {
    let world = World::new(|options| options.batch_bytes = 1);
    let (run, stream) = (world.run(), stream());
    let run = begin(&run).await;
    read(&run, 1).await;
    world.sink.1.store(2, Ordering::Relaxed);
    let parent = Parent::project(2);
    run.cursor(stream, parent).await.unwrap();
    let row = Row {
        id: "1".to_owned(),
        updated_at: None,
        hash: 1,
        deleted: false,
        body: "{}".to_owned(),
    };
    let first = run.push(stream, parent, vec![row], || "one".to_owned());
    assert!(first.await.is_err());
    // The sink would take it now, but then nobody would come back for the row.
    world.sink.1.store(0, Ordering::Relaxed);
    assert!(
        !run.finish(stream, parent, || "two".to_owned())
            .await
            .unwrap()
    );
    run.end().await.unwrap();
    assert_eq!(world.number().await, 1);
}
