//! Rows as lines of JSON: the envelope, then `raw` as the object that it is.

use std::io::Write as _;

use super::{Batch, SinkError};

/// The rows of a batch as lines, a piece at a time.
///
/// A line is the envelope with `_row`, the row's place in the batch, and `raw`:
/// `{"data_date":"…","_instance":"…","_parent":"…","_id":"…","_updated_at":null,"_batch":1,"_row":0,"_hash":"…","_deleted":false,"raw":{…}}`.
#[derive(Debug)]
pub struct Lines<'a> {
    batch: &'a Batch,
    instance: &'a str,
    /// Chunk, and row in it, that come next.
    next: (usize, usize),
    /// Rows before.
    row: usize,
    /// What the lines of this chunk begin with.
    head: Vec<u8>,
}

impl<'a> Lines<'a> {
    /// All rows of the batch.
    pub fn new(instance: &'a str, batch: &'a Batch) -> Self {
        Self {
            batch,
            instance,
            next: (0, 0),
            row: 0,
            head: Vec::new(),
        }
    }

    /// Appends lines until the buffer holds so many bytes or no row is left; whether any is left.
    ///
    /// # Errors
    /// [`SinkError::Refused`]: a text cannot be written; it does not happen.
    pub fn fill(&mut self, buffer: &mut Vec<u8>, until: usize) -> Result<bool, SinkError> {
        let failed = |error: std::io::Error| SinkError::Refused {
            what: format!(
                "encode batch {} of `{}`",
                self.batch.number, self.batch.stream
            ),
            detail: error.to_string(),
        };
        while let Some(chunk) = self.batch.chunks.get(self.next.0) {
            if self.next.1 == 0 {
                self.head.clear();
                head(&mut self.head, self.batch, self.instance, &chunk.parent).map_err(failed)?;
            }
            while let Some(row) = chunk.rows.get(self.next.1) {
                if buffer.len() >= until {
                    return Ok(true);
                }
                buffer.extend_from_slice(&self.head);
                line(buffer, row, self.batch.number, self.row).map_err(failed)?;
                self.next.1 += 1;
                self.row += 1;
            }
            self.next = (self.next.0 + 1, 0);
        }
        Ok(false)
    }
}

/// What is the same in all lines of a parent.
fn head(out: &mut Vec<u8>, batch: &Batch, instance: &str, parent: &str) -> std::io::Result<()> {
    write!(
        out,
        "{{\"data_date\":\"{}\",\"_instance\":",
        batch.data_date
    )?;
    serde_json::to_writer(&mut *out, instance)?;
    out.extend_from_slice(b",\"_parent\":");
    serde_json::to_writer(&mut *out, parent)?;
    out.extend_from_slice(b",\"_id\":");
    Ok(())
}

fn line(
    out: &mut Vec<u8>,
    row: &labtower_extract::Row,
    number: u64,
    position: usize,
) -> std::io::Result<()> {
    serde_json::to_writer(&mut *out, &row.id)?;
    match row.updated_at {
        Some(at) => write!(out, ",\"_updated_at\":\"{at}\"")?,
        None => out.extend_from_slice(b",\"_updated_at\":null"),
    }
    let (hash, deleted) = (row.hash, row.deleted);
    write!(
        out,
        ",\"_batch\":{number},\"_row\":{position},\"_hash\":\"{hash:016x}\",\"_deleted\":{deleted},\"raw\":"
    )?;
    body(out, row.body.as_bytes());
    out.extend_from_slice(b"}\n");
    Ok(())
}

/// A body on one line. Within strings JSON has line ends as escapes only, so those that are there mean nothing.
fn body(out: &mut Vec<u8>, text: &[u8]) {
    let start = out.len();
    out.extend_from_slice(text);
    let mut done = start;
    while let Some(at) = memchr::memchr2(b'\n', b'\r', &out[done..]) {
        out[done + at] = b' ';
        done += at + 1;
    }
}

#[cfg(test)]
mod tests {
    use labtower_extract::Row;
    use labtower_model::samples::at;
    use serde_json::Value;

    use super::*;
    use crate::sink::Chunk;

    fn row(id: &str, body: &str) -> Row {
        Row {
            id: id.to_owned(),
            updated_at: None,
            hash: 0xab,
            deleted: false,
            body: body.to_owned(),
        }
    }

    fn batch() -> Batch {
        let chunk = |parent: &str, rows| Chunk {
            parent: parent.to_owned(),
            rows,
            cursor: String::new(),
        };
        Batch {
            stream: "issues".to_owned(),
            number: 3,
            data_date: at(0),
            chunks: vec![
                chunk(
                    "projects/7",
                    vec![row("1", "{\"a\":\n1,\r\n\"b\":\"\\n\"}")],
                ),
                chunk("projects/8", Vec::new()),
                chunk("groups/\"1", vec![row("x/\n2", "{}"), row("3", "{}")]),
            ],
            columns: &[],
        }
    }

    #[test]
    fn every_row_is_one_line_that_is_an_object() {
        let batch = batch();
        let mut text = Vec::new();
        assert!(
            !Lines::new("gitlab.example.com", &batch)
                .fill(&mut text, usize::MAX)
                .unwrap()
        );
        let lines: Vec<Value> = std::str::from_utf8(&text)
            .unwrap()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(lines.len(), 3);
        assert_eq!(lines[0]["raw"]["b"], "\n");
        assert_eq!(lines[0]["_hash"], "00000000000000ab");
        assert_eq!(lines[1]["_parent"], "groups/\"1");
        assert_eq!(lines[1]["_id"], "x/\n2");
        assert_eq!(lines[2]["_row"], 2);
        for name in crate::sink::ENVELOPE {
            assert!(lines[2].get(name).is_some(), "{name}");
        }
    }

    #[test]
    fn pieces_make_the_whole() {
        let batch = batch();
        let mut whole = Vec::new();
        Lines::new("g", &batch)
            .fill(&mut whole, usize::MAX)
            .unwrap();
        let (mut pieces, mut lines) = (Vec::new(), Lines::new("g", &batch));
        loop {
            let mut piece = Vec::new();
            let more = lines.fill(&mut piece, 1).unwrap();
            pieces.extend_from_slice(&piece);
            if !more {
                break;
            }
        }
        assert_eq!(pieces, whole);
    }
}
