//! Rows on their way into `changes`.

use std::ops::Range;
use std::sync::Arc;

use rusqlite::{Connection, params};

use super::compress::Compressor;
use super::kind::ChangeKind;
use crate::StoreError;

/// Rows handed to the compressor at once.
const CHUNK: usize = 256;

/// A row of `changes` in the making.
pub(crate) struct Row {
    pub(crate) seq: i64,
    pub(crate) kind: ChangeKind,
    pub(crate) entity_id: i64,
    pub(crate) project_id: i64,
    pub(crate) deleted: bool,
    pub(crate) json: Json,
    /// The dictionary it was compressed with; set with the body.
    pub(crate) dict_id: Option<i64>,
    /// The JSON compressed; empty until it went through the [`Compressor`].
    pub(crate) body: Vec<u8>,
}

/// A piece of a batch's JSON.
pub(crate) struct Json {
    pub(crate) batch: Arc<Vec<u8>>,
    pub(crate) range: Range<usize>,
}

impl Json {
    /// The bytes.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.batch.get(self.range.clone()).unwrap_or_default()
    }
}

impl From<Vec<u8>> for Json {
    fn from(bytes: Vec<u8>) -> Self {
        Self {
            range: 0..bytes.len(),
            batch: Arc::new(bytes),
        }
    }
}

/// The rows of one transaction: compressed beside it, inserted at its end.
pub(crate) struct Feed {
    compressor: Compressor,
    open: Vec<Row>,
}

impl Feed {
    /// An empty feed.
    pub(crate) fn new(compressor: Compressor) -> Self {
        Self {
            compressor,
            open: Vec::new(),
        }
    }

    /// Takes a row.
    pub(crate) fn push(&mut self, row: Row) -> Result<(), StoreError> {
        self.open.push(row);
        if self.open.len() >= CHUNK {
            self.compressor.push(std::mem::take(&mut self.open))?;
        }
        Ok(())
    }

    /// Inserts all rows taken since the last call.
    pub(crate) fn flush(&mut self, conn: &Connection, now: i64) -> Result<(), StoreError> {
        if !self.open.is_empty() {
            self.compressor.push(std::mem::take(&mut self.open))?;
        }
        let mut insert = conn.prepare_cached(
            "INSERT INTO changes (seq, kind, entity_id, project_id, recorded_at, deleted, dict_id, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?;
        while let Some(rows) = self.compressor.collect()? {
            for row in rows {
                insert.execute(params![
                    row.seq,
                    row.kind.id(),
                    row.entity_id,
                    row.project_id,
                    now,
                    row.deleted,
                    row.dict_id,
                    row.body,
                ])?;
            }
        }
        Ok(())
    }

    /// Forgets all rows: their transaction was rolled back.
    pub(crate) fn clear(&mut self) {
        self.open.clear();
        while let Ok(Some(_)) | Err(StoreError::Commit { .. }) = self.compressor.collect() {}
    }

    /// The thread that compresses.
    pub(crate) fn compressor(&self) -> &Compressor {
        &self.compressor
    }
}
