//! A batch as the bytes of a file, a piece at a time.

use std::io::Write as _;

use super::options::Format;
use super::parquet::Parquet;
use crate::sink::ndjson::Lines;
use crate::sink::{Batch, SinkError};

/// Bytes of rows that are encoded in one go, before others get their turn.
const PIECE: usize = 1 << 20;

/// Makes the file of a batch. It holds no more than a piece of lines, or a row group of columns.
pub(super) enum Encoder<'a> {
    Ndjson {
        lines: Lines<'a>,
        /// Uncompressed lines of a piece.
        piece: Vec<u8>,
        zstd: zstd::stream::write::Encoder<'static, Vec<u8>>,
        batch: &'a Batch,
    },
    Parquet(Box<Parquet<'a>>),
}

impl<'a> Encoder<'a> {
    pub(super) fn new(
        format: Format,
        level: i32,
        instance: &'a str,
        batch: &'a Batch,
    ) -> Result<Self, SinkError> {
        match format {
            Format::Ndjson => {
                let mut zstd = zstd::stream::write::Encoder::new(Vec::new(), level)
                    .map_err(|error| failed(batch, &error))?;
                // Readers can tell a file that was cut off or changed.
                zstd.include_checksum(true)
                    .map_err(|error| failed(batch, &error))?;
                Ok(Self::Ndjson {
                    lines: Lines::new(instance, batch),
                    piece: Vec::new(),
                    zstd,
                    batch,
                })
            }
            Format::Parquet => Ok(Self::Parquet(Box::new(Parquet::new(
                level, instance, batch,
            )?))),
        }
    }

    /// Appends the next bytes of the file, possibly none; whether there may be more.
    pub(super) fn piece(&mut self, out: &mut Vec<u8>) -> Result<bool, SinkError> {
        match self {
            Self::Ndjson {
                lines,
                piece,
                zstd,
                batch,
            } => {
                piece.clear();
                let more = lines.fill(piece, PIECE)?;
                let written = zstd.write_all(piece);
                let written = written.and_then(|()| if more { Ok(()) } else { zstd.do_finish() });
                written.map_err(|error| failed(batch, &error))?;
                out.append(zstd.get_mut());
                Ok(more)
            }
            Self::Parquet(parquet) => parquet.piece(out, PIECE),
        }
    }
}

/// Encoding in memory does not fail unless there is something wrong with the rows.
pub(super) fn failed(batch: &Batch, error: &dyn std::fmt::Display) -> SinkError {
    SinkError::Refused {
        what: format!("encode batch {} of `{}`", batch.number, batch.stream),
        detail: error.to_string(),
    }
}
