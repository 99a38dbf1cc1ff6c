//! One gzip file of parts that were compressed apart, so that the large ones can be kept.
//!
//! Members one after the other would be simpler, but many readers take the first for the whole.

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
    /// Compresses a part that others follow.
    pub(super) fn inner(text: &[u8]) -> Self {
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

    /// The file of these parts, the last of which is a [`Part::last`].
    pub(super) fn file(parts: &[&Self]) -> Bytes {
        let length: usize = parts.iter().map(|part| part.deflated.len()).sum();
        let mut file = Vec::with_capacity(HEADER.len() + length + 8);
        let mut checksum = Crc::new();
        file.extend_from_slice(&HEADER);
        for part in parts {
            file.extend_from_slice(&part.deflated);
            checksum.combine(&part.checksum);
        }
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
        let long = (0..200_000)
            .map(|number| number.to_string())
            .collect::<Vec<_>>()
            .join(" ");
        for (first, last) in [
            ("", ""),
            ("a", ""),
            ("", "b"),
            ("series 1\n", &*long),
            (&*long, "# EOF\n"),
        ] {
            let (inner, end) = (Part::inner(first.as_bytes()), Part::last(last.as_bytes()));
            let file = Part::file(&[&inner, &inner, &end]);
            let mut text = String::new();
            let mut decoder = GzDecoder::new(&*file);
            decoder.read_to_string(&mut text).unwrap();
            assert!(text == format!("{first}{first}{last}"), "{}", first.len());
            // Nothing is left behind the one member.
            assert!(decoder.into_inner().is_empty());
        }
    }
}
