//! What a stream's table looks like, and how a row becomes one of its lines.

use labtower_extract::Row;
use serde_json::{Map, Value};

use super::dataset::Table;
use crate::sink::{Batch, SinkError};

/// How a stream is kept.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    /// Its table.
    pub(super) table: Table,
    /// Name of the view with its newest rows, if it has one.
    pub(super) view: Option<String>,
}

/// One row of a batch, with where it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Placed<'a> {
    pub(super) batch: &'a Batch,
    pub(super) parent: &'a str,
    pub(super) row: &'a Row,
    /// Its place in the batch, from 0.
    pub(super) place: usize,
}

/// A row as a JSON object whose members are columns; `None` if the table does not keep it.
pub(super) type Encoded = Result<Option<Map<String, Value>>, SinkError>;

impl Batch {
    /// Lines for BigQuery: each row as `encode` has it, then each chunk's cursor. Also how many lines are rows.
    pub(super) fn lines(
        &self,
        encode: impl Fn(Placed<'_>) -> Encoded,
    ) -> Result<(Vec<u8>, usize), SinkError> {
        let mut lines = Vec::with_capacity(self.bytes() * 3 / 2);
        let (mut kept, mut place) = (0, 0);
        for chunk in &self.chunks {
            for row in &chunk.rows {
                let placed = Placed {
                    batch: self,
                    parent: &chunk.parent,
                    row,
                    place,
                };
                place += 1;
                if let Some(columns) = encode(placed)? {
                    line(&mut lines, &Value::Object(columns));
                    kept += 1;
                }
            }
        }
        for chunk in &self.chunks {
            let cursor = serde_json::json!({CURSOR_PARENT: chunk.parent, CURSOR: chunk.cursor});
            line(&mut lines, &cursor);
        }
        Ok((lines, kept))
    }
}

/// Column of a staging table with the parent of a cursor; null in rows.
pub(super) const CURSOR_PARENT: &str = "_cursor_parent";
/// Column of a staging table with a cursor; null in rows.
pub(super) const CURSOR: &str = "_cursor";

fn line(lines: &mut Vec<u8>, value: &Value) {
    // Writing to memory cannot fail, and neither can writing a JSON value.
    let _ = serde_json::to_writer(&mut *lines, value);
    lines.push(b'\n');
}
