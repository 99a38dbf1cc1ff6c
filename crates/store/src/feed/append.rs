//! Rows on their way into `changes`.

use std::ops::Range;

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
    pub(crate) dict_id: Option<i64>,
    /// JSON; compressed once it went through the [`Compressor`].
    pub(crate) body: Vec<u8>,
}

/// The rows of one transaction: compressed beside it, inserted at its end.
pub(crate) struct Feed {
    compressor: Compressor,
    open: Vec<Row>,
    /// Numbers of rows that were rolled back but may be with the compressor already.
    void: Vec<Range<i64>>,
}

impl Feed {
    /// An empty feed.
    pub(crate) fn new(compressor: Compressor) -> Self {
        Self {
            compressor,
            open: Vec::new(),
            void: Vec::new(),
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

    /// Forgets the rows with these numbers. The numbers are not given out again in this transaction.
    pub(crate) fn forget(&mut self, seqs: Range<i64>) {
        self.void.push(seqs);
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
                if self.void.iter().any(|void| void.contains(&row.seq)) {
                    continue;
                }
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
        self.void.clear();
        Ok(())
    }

    /// Forgets all rows: their transaction was rolled back.
    pub(crate) fn clear(&mut self) {
        self.open.clear();
        self.void.clear();
        while let Ok(Some(_)) | Err(StoreError::Commit { .. }) = self.compressor.collect() {}
    }

    /// The thread that compresses.
    pub(crate) fn compressor(&self) -> &Compressor {
        &self.compressor
    }
}
