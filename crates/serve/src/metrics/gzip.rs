//! One gzip file of two parts that were compressed apart, so that the large one can be kept.
//!
//! Two members one after the other would be simpler, but many readers take the first for the whole.

use bytes::Bytes;
use flate2::{Compress, Compression, Crc, FlushCompress, Status};

/// Magic number, deflate, no flags, no time, no extra flags, unknown system.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];

/// Compressed text that ends on a whole byte, and its checksum.
pub(super) struct Part {
    deflated: Vec<u8>,
    checksum: Crc,
}

impl Part {
    /// Compresses the beginning of a file.
    pub(super) fn first(text: &[u8]) -> Self {
        Self::new(text, FlushCompress::Full)
    }

    /// Compresses the end of a file.
    pub(super) fn last(text: &[u8]) -> Self {
        Self::new(text, FlushCompress::Finish)
    }

    fn new(text: &[u8], end: FlushCompress) -> Self {
        let mut checksum = Crc::new();
        checksum.update(text);
        Self {
            deflated: deflate(text, end),
            checksum,
        }
    }

    /// The file of this part and the last one.
    pub(super) fn followed_by(&self, last: &Self) -> Bytes {
        let mut checksum = Crc::new();
        checksum.combine(&self.checksum);
        checksum.combine(&last.checksum);
        let length = HEADER.len() + self.deflated.len() + last.deflated.len() + 8;
        let mut file = Vec::with_capacity(length);
        file.extend_from_slice(&HEADER);
        file.extend_from_slice(&self.deflated);
        file.extend_from_slice(&last.deflated);
        file.extend_from_slice(&checksum.sum().to_le_bytes());
        file.extend_from_slice(&checksum.amount().to_le_bytes());
        file.into()
    }
}

fn deflate(text: &[u8], end: FlushCompress) -> Vec<u8> {
    let mut compress = Compress::new(Compression::fast(), false);
    let mut out = Vec::with_capacity(text.len() / 5 + 64);
    loop {
        let read = compress.total_in() as usize;
        let status = compress.compress_vec(&text[read..], &mut out, end);
        let spare = out.capacity() > out.len();
        match status {
            Ok(Status::StreamEnd) => return out,
            // A flush is complete when it left room.
            Ok(_) if spare && compress.total_in() as usize == text.len() => {
                if !matches!(end, FlushCompress::Finish) {
                    return out;
                }
                out.reserve(64);
            }
            _ => out.reserve(out.capacity().max(64)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::GzDecoder;

    use super::*;

    #[test]
    fn parts_of_any_size_unpack_to_one_text() {
        let long: String = (0..200_000).map(|number| format!("{number} ")).collect();
        for (first, last) in [
            ("", ""),
            ("a", ""),
            ("", "b"),
            ("series 1\n", &*long),
            (&*long, "# EOF\n"),
        ] {
            let file = Part::first(first.as_bytes()).followed_by(&Part::last(last.as_bytes()));
            let mut text = String::new();
            let mut decoder = GzDecoder::new(&*file);
            decoder.read_to_string(&mut text).unwrap();
            assert!(
                text == format!("{first}{last}"),
                "{} and {}",
                first.len(),
                last.len()
            );
            // Nothing is left behind the one member.
            assert!(decoder.into_inner().is_empty());
        }
    }
}
