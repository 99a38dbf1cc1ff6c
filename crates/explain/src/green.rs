//! What a green run of the same job printed, as hashes.

use xxhash_rust::xxh3::xxh3_64;

use crate::{Trace, mask};

/// First byte of the stored form; another mask needs another number.
const VERSION: u8 = 1;

/// Hashes of the masked lines of a green run: sorted, each once, and no text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GreenLines {
    hashes: Vec<u64>,
}

impl GreenLines {
    /// Hashes the lines of a green run.
    pub fn from_trace(trace: &Trace) -> GreenLines {
        let mut scratch = Vec::new();
        let mut hashes: Vec<u64> = trace
            .lines()
            .iter()
            .map(|line| hash(&line.text, &mut scratch))
            .collect();
        hashes.sort_unstable();
        hashes.dedup();
        GreenLines { hashes }
    }

    /// The stored form: a version byte, then eight bytes a line.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(1 + self.hashes.len() * 8);
        bytes.push(VERSION);
        for hash in &self.hashes {
            bytes.extend_from_slice(&hash.to_le_bytes());
        }
        bytes
    }

    /// Reads the stored form; `None` if it is damaged or of another version.
    pub fn from_bytes(bytes: &[u8]) -> Option<GreenLines> {
        let (version, rest) = bytes.split_first()?;
        if *version != VERSION || rest.len() % 8 != 0 {
            return None;
        }
        let hashes: Vec<u64> = rest
            .chunks_exact(8)
            .filter_map(|chunk| chunk.try_into().ok().map(u64::from_le_bytes))
            .collect();
        hashes.is_sorted().then_some(GreenLines { hashes })
    }

    /// Distinct lines.
    pub fn len(&self) -> usize {
        self.hashes.len()
    }

    /// No line at all.
    pub fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }

    /// What a line is known by: the same for lines that differ in numbers only.
    pub fn line(text: &str) -> u64 {
        hash(text, &mut Vec::new())
    }

    /// Did the green run print the line with this [`GreenLines::line`]?
    pub fn has_line(&self, line: u64) -> bool {
        self.hashes.binary_search(&line).is_ok()
    }

    /// Did the green run print this line? `scratch` is reused between calls.
    pub(crate) fn has(&self, text: &str, scratch: &mut Vec<u8>) -> bool {
        self.hashes.binary_search(&hash(text, scratch)).is_ok()
    }
}

fn hash(text: &str, scratch: &mut Vec<u8>) -> u64 {
    scratch.clear();
    mask::line(mask::body(text), scratch);
    xxh3_64(scratch)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_form_reads_back_and_knows_its_lines() {
        let green = GreenLines::from_trace(&Trace::clean(b"took 3 s\nok\nok\n", b"", 0));
        assert_eq!(green.len(), 2);
        let back = GreenLines::from_bytes(&green.to_bytes()).unwrap();
        assert_eq!(back, green);
        assert!(back.has("took 42 s", &mut Vec::new()));
        assert!(back.has_line(GreenLines::line("took 7 s")));
        assert!(!back.has_line(GreenLines::line("boom")));
        assert!(!back.has("boom", &mut Vec::new()));
        assert_eq!(GreenLines::from_bytes(&[9, 1]), None);
        assert_eq!(GreenLines::from_bytes(&[]), None);
    }
}
