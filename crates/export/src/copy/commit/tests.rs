//! Batches that other runs commit beside ours, that fail, and that take long to fill.

use labtower_extract::CATALOGUE;
use labtower_model::samples::at;
use tokio::time::Instant;

use super::*;
use crate::sink::Table;

static FAMILY: [&Stream; 1] = [CATALOGUE[0]];

/// Keeps the position alone; refuses batches of this number.
#[derive(Default)]
struct Kept(std::sync::Mutex<Position>, std::sync::atomic::AtomicU64);

impl Sink for Kept {
    async fn prepare(&self, _: &[Table<'_>]) -> Result<(), SinkError> {
        Ok(())
    }

    async fn position(&self, _: &str) -> Result<Position, SinkError> {
        Ok(self.0.lock().unwrap().clone())
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

async fn read(run: &Gathering<'_, Kept>, parent: i64) {
    let (stream, parent) = (CATALOGUE[0], Parent::project(parent));
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
    let (sink, progress) = (Kept::default(), Progress::default());
    let options = CopyOptions::new(Vec::new(), at(0));
    let begin = || Gathering::begin(&sink, &options, &progress, &FAMILY);
    let (ours, theirs) = (begin().await.unwrap(), begin().await.unwrap());
    read(&theirs, 1).await;
    read(&theirs, 2).await;
    read(&ours, 1).await;
    if begun {
        ours.cursor(CATALOGUE[0], Parent::project(2)).await.unwrap();
    }
    theirs.end().await.unwrap();
    ours.end().await.unwrap();
    let cursor = ours.cursor(CATALOGUE[0], Parent::project(2));
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
    let (sink, progress) = (Kept::default(), Progress::default());
    let mut options = CopyOptions::new(Vec::new(), at(0));
    options.batch_time = Duration::from_millis(40);
    let run = Gathering::begin(&sink, &options, &progress, &FAMILY);
    let (run, over) = (run.await.unwrap(), CancellationToken::new());
    let began = Instant::now();
    let reading = async {
        for parent in 1..=2 {
            read(&run, parent).await;
            while sink.position("").await.unwrap().number < parent as u64 {
                assert!(began.elapsed() < Duration::from_secs(60), "none comes");
                sleep(Duration::from_millis(1)).await;
            }
        }
        over.cancel();
    };
    let ((), committed) = tokio::join!(reading, run.commit_in_time(&over));
    committed.unwrap();
    assert!(began.elapsed() >= 2 * options.batch_time);
    let position = sink.position("").await.unwrap();
    let parents: Vec<_> = position.cursors.into_keys().collect();
    assert_eq!(parents, ["projects/1", "projects/2"]);
    run.end().await.unwrap();
    assert_eq!(sink.position("").await.unwrap().number, 2);
}

#[tokio::test]
async fn nothing_is_committed_after_a_batch_that_failed() {
    let (sink, progress) = (Kept::default(), Progress::default());
    let mut options = CopyOptions::new(Vec::new(), at(0));
    options.batch_bytes = 1;
    let stream = CATALOGUE[0];
    let run = Gathering::begin(&sink, &options, &progress, &FAMILY);
    let run = run.await.unwrap();
    read(&run, 1).await;
    sink.1.store(2, Ordering::Relaxed);
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
    sink.1.store(0, Ordering::Relaxed);
    assert!(
        !run.finish(stream, parent, || "two".to_owned())
            .await
            .unwrap()
    );
    run.end().await.unwrap();
    assert_eq!(sink.position("").await.unwrap().number, 1);
}
