//! What goes into a sink at once.

use std::collections::BTreeMap;

use labtower_extract::{Column, Row};
use labtower_model::Timestamp;

/// Rows of one stream, with where reading goes on.
#[derive(Debug, Clone)]
pub struct Batch {
    /// Name of the stream.
    pub stream: String,
    /// 1 for the first batch of an instance's stream, then one more each.
    pub number: u64,
    /// When the run began.
    pub data_date: Timestamp,
    /// Rows by parent, each parent at most once.
    pub chunks: Vec<Chunk>,
    /// The stream's columns.
    pub columns: &'static [Column],
}

impl Batch {
    /// Rows in all.
    pub fn rows(&self) -> usize {
        self.chunks.iter().map(|chunk| chunk.rows.len()).sum()
    }

    /// Bytes of their bodies.
    pub fn bytes(&self) -> usize {
        let rows = self.chunks.iter().flat_map(|chunk| &chunk.rows);
        rows.map(|row| row.body.len()).sum()
    }
}

/// Rows of one parent.
#[derive(Debug, Clone)]
pub struct Chunk {
    /// `projects/7`, `groups/3` or `instance`.
    pub parent: String,
    /// In the order in which they were read; the same row may be there in several versions. May be empty.
    pub rows: Vec<Row>,
    /// Where reading this parent goes on after them: text whose meaning is the reader's, from 0 bytes to some megabytes.
    pub cursor: String,
}

/// How far a stream has come in a sink.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Position {
    /// Number of the last committed batch; 0 before the first.
    pub number: u64,
    /// Newest committed cursor of each parent.
    pub cursors: BTreeMap<String, String>,
}

/// What became of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Commit {
    /// It is committed, by this call.
    Done,
    /// Its number was taken before, by another writer or by an earlier try: nothing was written now. The position says more.
    Taken,
}
