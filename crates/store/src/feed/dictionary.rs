//! The compression dictionary: trained on what this GitLab really sends, kept in the file.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, params};

use crate::StoreError;

/// Bodies a dictionary is trained on.
const SAMPLES: usize = 4_000;

/// Size of a dictionary: bytes. A larger one gains nothing on bodies of a few hundred bytes.
const SIZE: usize = 16 * 1024;

/// Share of bodies sampled for the second dictionary, which thus sees the first 200,000.
const LATER_STRIDE: usize = 50;

/// A dictionary as stored.
pub(crate) struct Dictionary {
    pub(crate) id: i64,
    pub(crate) body: Vec<u8>,
}

impl Dictionary {
    /// The newest dictionary, when one was trained.
    pub(crate) fn newest(conn: &Connection) -> Result<Option<Arc<Self>>, StoreError> {
        let found = conn
            .query_row(
                "SELECT id, body FROM dictionaries ORDER BY id DESC LIMIT 1",
                [],
                |row| {
                    Ok(Self {
                        id: row.get(0)?,
                        body: row.get(1)?,
                    })
                },
            )
            .optional()?;
        Ok(found.map(Arc::new))
    }

    /// Stores a freshly trained dictionary; bodies compressed from now on use it.
    pub(crate) fn insert(conn: &Connection, body: Vec<u8>) -> Result<Arc<Self>, StoreError> {
        let id = conn
            .prepare_cached("INSERT INTO dictionaries (body) VALUES (?1)")?
            .insert(params![body])?;
        Ok(Arc::new(Self { id, body }))
    }
}

/// Collects samples: for a first dictionary as soon as possible, for a second one from a wider range, then no more.
pub(crate) struct Trainer {
    stride: usize,
    seen: usize,
    samples: Vec<Vec<u8>>,
}

impl Trainer {
    /// A trainer that goes on after the dictionary with this id (the first is 1).
    pub(crate) fn after(newest: Option<i64>) -> Self {
        let stride = match newest {
            None => 1,
            Some(1) => LATER_STRIDE,
            Some(_) => usize::MAX,
        };
        Self {
            stride,
            seen: 0,
            samples: Vec::new(),
        }
    }

    /// Looks at a body; returns the samples once there are enough.
    pub(crate) fn look(&mut self, body: &[u8]) -> Option<Vec<Vec<u8>>> {
        self.seen += 1;
        if self.stride == usize::MAX || !self.seen.is_multiple_of(self.stride) {
            return None;
        }
        self.samples.push(body.to_vec());
        if self.samples.len() < SAMPLES {
            return None;
        }
        // No more until the dictionary is in use; then `after` makes a new trainer.
        self.stride = usize::MAX;
        Some(std::mem::take(&mut self.samples))
    }
}

/// Trains a dictionary: about half a second of work, so not on the writer's thread.
pub(crate) fn train(samples: &[Vec<u8>]) -> std::io::Result<Vec<u8>> {
    zstd::dict::from_samples(samples, SIZE)
}
