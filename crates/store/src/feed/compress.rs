//! Compressing bodies on a thread beside the writer, while the writer is busy with tables and indexes.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use zstd::bulk;

use super::append::Row;
use super::dictionary::{self, Dictionary, Trainer};
use crate::StoreError;

/// Fast, and on bodies of a few hundred bytes hardly worse than the slower levels.
const LEVEL: i32 = 3;

/// Work for the thread.
enum Work {
    Rows(Vec<Row>),
    /// From now on use this one.
    Dictionary(Arc<Dictionary>),
}

/// A thread that compresses rows in order.
pub(crate) struct Compressor {
    work: Sender<Work>,
    done: Receiver<std::io::Result<Vec<Row>>>,
    trained: Receiver<Vec<u8>>,
    in_flight: usize,
}

impl Compressor {
    /// Starts the thread; it ends when the compressor is dropped.
    pub(crate) fn start(dictionary: Option<Arc<Dictionary>>) -> Result<Self, StoreError> {
        let (work, todo) = channel();
        let (ready, done) = channel();
        let (train, trained) = channel();
        let trainer = Trainer::after(dictionary.as_ref().map(|dictionary| dictionary.id));
        let mut thread = Thread {
            encoder: encoder(dictionary.as_deref()).map_err(|error| thread_error(&error))?,
            dict_id: dictionary.map(|dictionary| dictionary.id),
            trainer,
            train,
        };
        thread::Builder::new()
            .name("store-compress".to_owned())
            .spawn(move || thread.run(&todo, &ready))
            .map_err(|error| thread_error(&error))?;
        Ok(Self {
            work,
            done,
            trained,
            in_flight: 0,
        })
    }

    /// Hands rows over; they come back from [`Compressor::collect`] in the same order.
    pub(crate) fn push(&mut self, rows: Vec<Row>) -> Result<(), StoreError> {
        self.work
            .send(Work::Rows(rows))
            .map_err(|_| StoreError::Closed)?;
        self.in_flight += 1;
        Ok(())
    }

    /// The next rows that were handed over, compressed; `None` when none are left.
    pub(crate) fn collect(&mut self) -> Result<Option<Vec<Row>>, StoreError> {
        if self.in_flight == 0 {
            return Ok(None);
        }
        self.in_flight -= 1;
        let rows = self.done.recv().map_err(|_| StoreError::Closed)?;
        rows.map(Some).map_err(|error| thread_error(&error))
    }

    /// A dictionary that was trained since the last call.
    pub(crate) fn trained(&self) -> Option<Vec<u8>> {
        self.trained.try_recv().ok()
    }

    /// Switches to a dictionary that is committed.
    pub(crate) fn switch(&self, dictionary: Arc<Dictionary>) -> Result<(), StoreError> {
        self.work
            .send(Work::Dictionary(dictionary))
            .map_err(|_| StoreError::Closed)
    }
}

fn thread_error(error: &std::io::Error) -> StoreError {
    StoreError::Commit {
        message: format!("the feed cannot be compressed: {error}"),
    }
}

fn encoder(dictionary: Option<&Dictionary>) -> std::io::Result<bulk::Compressor<'static>> {
    let mut encoder = match dictionary {
        Some(dictionary) => bulk::Compressor::with_dictionary(LEVEL, &dictionary.body)?,
        None => bulk::Compressor::new(LEVEL)?,
    };
    // The row names its dictionary, so the frame need not.
    encoder.include_dictid(false)?;
    encoder.include_checksum(false)?;
    Ok(encoder)
}

struct Thread {
    encoder: bulk::Compressor<'static>,
    dict_id: Option<i64>,
    trainer: Trainer,
    train: Sender<Vec<u8>>,
}

impl Thread {
    fn run(&mut self, todo: &Receiver<Work>, ready: &Sender<std::io::Result<Vec<Row>>>) {
        while let Ok(work) = todo.recv() {
            match work {
                Work::Rows(rows) => {
                    if ready.send(self.compress(rows)).is_err() {
                        return;
                    }
                }
                Work::Dictionary(dictionary) => match encoder(Some(&dictionary)) {
                    Ok(encoder) => {
                        self.encoder = encoder;
                        self.dict_id = Some(dictionary.id);
                        self.trainer = Trainer::after(Some(dictionary.id));
                    }
                    Err(error) => tracing::warn!(%error, "failed to use a trained dictionary"),
                },
            }
        }
    }

    fn compress(&mut self, mut rows: Vec<Row>) -> std::io::Result<Vec<Row>> {
        for row in &mut rows {
            if let Some(samples) = self.trainer.look(row.json.bytes()) {
                self.train(samples);
            }
            row.body = self.encoder.compress(row.json.bytes())?;
            row.dict_id = self.dict_id;
        }
        Ok(rows)
    }

    fn train(&self, samples: Vec<Vec<u8>>) {
        let train = self.train.clone();
        let spawned = thread::Builder::new()
            .name("store-train".to_owned())
            .spawn(move || match dictionary::train(&samples) {
                // A store that was closed meanwhile trains again when it is next opened.
                Ok(body) => drop(train.send(body)),
                Err(error) => tracing::warn!(%error, "failed to train a dictionary for the feed"),
            });
        if let Err(error) = spawned {
            tracing::warn!(%error, "failed to train a dictionary for the feed");
        }
    }
}
