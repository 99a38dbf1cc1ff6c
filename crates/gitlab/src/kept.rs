//! What is kept of an answer's body while it comes in: all, or its first and last bytes.

use std::collections::VecDeque;

use bytes::Bytes;

/// How much of a body is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Keep {
    /// First bytes.
    pub(crate) head: usize,
    /// Last bytes.
    pub(crate) tail: usize,
}

/// A body on its way in; never more in memory than is kept.
pub(crate) struct Kept {
    keep: Option<Keep>,
    head: Vec<u8>,
    tail: VecDeque<u8>,
    received: usize,
}

impl Kept {
    /// A body of which nothing has come yet; `length` as the answer promises it.
    pub(crate) fn new(keep: Option<Keep>, length: Option<u64>) -> Self {
        let length = usize::try_from(length.unwrap_or(0)).unwrap_or(0);
        let most = keep.map_or(1 << 20, |keep| keep.head);
        Self {
            keep,
            head: Vec::with_capacity(length.min(most)),
            tail: VecDeque::new(),
            received: 0,
        }
    }

    /// The next bytes.
    pub(crate) fn push(&mut self, chunk: &[u8]) {
        self.received += chunk.len();
        let Some(keep) = self.keep else {
            self.head.extend_from_slice(chunk);
            return;
        };
        let room = keep.head.saturating_sub(self.head.len()).min(chunk.len());
        let (first, rest) = chunk.split_at(room);
        self.head.extend_from_slice(first);
        // Of a chunk longer than all that is kept, only its end can stay.
        let rest = &rest[rest.len().saturating_sub(keep.tail)..];
        let over = (self.tail.len() + rest.len()).saturating_sub(keep.tail);
        self.tail.drain(..over);
        self.tail.extend(rest);
    }

    /// Bytes that came.
    pub(crate) fn received(&self) -> usize {
        self.received
    }

    /// The first bytes.
    pub(crate) fn head(&self) -> &[u8] {
        &self.head
    }

    /// What was kept, and how many bytes were left out between head and tail.
    pub(crate) fn finish(self) -> (Bytes, u64) {
        let skipped = self.received - self.head.len() - self.tail.len();
        let mut body = self.head;
        let (front, back) = self.tail.as_slices();
        body.extend_from_slice(front);
        body.extend_from_slice(back);
        (body.into(), skipped as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(keep: Option<Keep>, chunks: &[&str]) -> (String, u64) {
        let mut body = Kept::new(keep, None);
        for chunk in chunks {
            body.push(chunk.as_bytes());
        }
        let (bytes, skipped) = body.finish();
        (String::from_utf8(bytes.to_vec()).unwrap(), skipped)
    }

    #[test]
    fn beginning_and_end_stay_however_the_body_is_cut() {
        let keep = Some(Keep { head: 3, tail: 2 });
        for chunks in [
            &["abcdefgh"][..],
            &["a", "b", "c", "d", "e", "f", "g", "h"],
            &["ab", "cdefg", "h"],
            &["abcd", "efgh"],
        ] {
            assert_eq!(kept(keep, chunks), ("abcgh".to_owned(), 3), "{chunks:?}");
        }
    }

    #[test]
    fn short_body_is_kept_whole() {
        let keep = Some(Keep { head: 3, tail: 2 });
        assert_eq!(kept(keep, &["ab", "cde"]), ("abcde".to_owned(), 0));
        assert_eq!(kept(keep, &[]), (String::new(), 0));
        assert_eq!(kept(None, &["abc", "def"]), ("abcdef".to_owned(), 0));
    }
}
