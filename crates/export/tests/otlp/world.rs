//! A store, a receiver, and the sink between them.

use std::sync::Arc;
use std::time::Duration;

use labtower_export::otlp::{NAME, OtlpOptions, Pace, Since};
use labtower_export::{Export, ExportOptions};
pub(crate) use labtower_model::samples::unit;
use labtower_model::samples::{self, at};
use labtower_model::{Clock, FakeClock, PipelineWithJobs, Timestamp};
use labtower_store::{Batch, Problem, Sink, Store, StoreOptions, SyncUpdate};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::receiver::Receiver;

/// When the clock starts, in seconds after the samples' noon.
const NOW: i64 = 1_000_000;

pub(crate) struct World {
    pub(crate) receiver: Receiver,
    pub(crate) clock: FakeClock,
    store: Store,
    options: OtlpOptions,
    running: Option<(JoinHandle<()>, CancellationToken)>,
    folder: tempfile::TempDir,
}

impl World {
    /// A world whose history is complete, with the sink running.
    pub(crate) async fn start(change: impl FnOnce(&mut OtlpOptions)) -> Self {
        Self::paused(change).await.resume().await
    }

    /// The same with the sink not running yet.
    pub(crate) async fn paused(change: impl FnOnce(&mut OtlpOptions)) -> Self {
        let receiver = Receiver::start().await;
        let folder = tempfile::tempdir().unwrap();
        let clock = FakeClock::at(at(NOW));
        let path = folder.path().join("pipelines.db");
        let store = Store::open(&path, &StoreOptions::default(), Arc::new(clock.clone())).unwrap();
        let mut options = OtlpOptions {
            since: Since::Backfill,
            pace: Pace {
                tick: Duration::from_millis(5),
                first_delay: Duration::from_millis(5),
                longest_delay: Duration::from_millis(20),
                ..Pace::default()
            },
            ..OtlpOptions::new(
                receiver.url.parse().unwrap(),
                "https://gitlab.example.com".parse().unwrap(),
            )
        };
        change(&mut options);
        let world = Self {
            receiver,
            clock,
            store,
            options,
            running: None,
            folder,
        };
        let batch = Batch {
            projects: vec![samples::project()],
            sync: vec![SyncUpdate::HistoryComplete { at: at(NOW) }],
            ..Batch::default()
        };
        world.store.write(batch).await.unwrap();
        world
    }

    /// Starts the sink and waits until it has begun.
    pub(crate) async fn resume(mut self) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(self.clock.clone());
        let options = ExportOptions {
            feed: None,
            otlp: Some(self.options.clone()),
        };
        let export = Export::new(options, &self.store, &clock).unwrap();
        let stop = CancellationToken::new();
        self.running = Some((tokio::spawn(export.run(stop.clone())), stop));
        let begun = async {
            while self.sink().is_none() {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), begun)
            .await
            .unwrap();
        self
    }

    /// Stops the sink and starts it with other options.
    pub(crate) async fn restart(mut self, change: impl FnOnce(&mut OtlpOptions)) -> Self {
        self.halt().await;
        change(&mut self.options);
        self.resume().await
    }

    async fn halt(&mut self) {
        let (task, stop) = self.running.take().unwrap();
        stop.cancel();
        task.await.unwrap();
    }

    pub(crate) async fn stop(mut self) {
        self.halt().await;
        self.store.close();
        drop(self.folder);
    }

    pub(crate) async fn write(&self, pipelines: Vec<PipelineWithJobs>) {
        let batch = Batch {
            read_at: Some(self.now()),
            pipelines,
            ..Batch::default()
        };
        self.store.write(batch).await.unwrap();
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Waits until the sink has taken all of the feed.
    pub(crate) async fn caught_up(&self) {
        let caught_up = async {
            while self.sink().unwrap().seq < self.store.data_generation() {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), caught_up)
            .await
            .unwrap();
    }

    /// What the store says of the sink, and its problems.
    pub(crate) fn state(&self) -> (Sink, Vec<Problem>) {
        let problems = self.store.read(|reader| reader.problems()).unwrap();
        (self.sink().unwrap(), problems)
    }

    fn sink(&self) -> Option<Sink> {
        self.store.read(|reader| reader.sink(NAME)).unwrap()
    }
}
