//! Cursors of a stream's lists, out of the way until their list is read.
//!
//! There is one for each parent, and some have as many entries as the list has rows: thousands of projects and ten
//! streams at once would be gigabytes. So their texts are in a file that has no name, and goes with the process; what is
//! in memory is where, and a hash to tell whether one has moved.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};

use labtower_extract::Parent;
use xxhash_rust::xxh3::xxh3_64;

/// Bytes of texts that stay in memory.
const FEW: usize = 256 << 10;

/// How far each list has come.
#[derive(Debug)]
pub(super) struct Cursors {
    lists: BTreeMap<Parent, Known>,
    texts: Texts,
}

#[derive(Debug)]
struct Known {
    hash: u64,
    /// Where its text is; not of one that has moved, whose list is being read or was.
    place: Option<(u64, u32)>,
}

/// Texts one after another.
#[derive(Debug)]
enum Texts {
    Memory(Vec<u8>),
    File(File),
}

impl Cursors {
    /// Puts cursors of a sink away.
    pub(super) fn new(cursors: &BTreeMap<String, String>) -> Self {
        let mut lists = BTreeMap::new();
        let mut end = 0;
        for (parent, text) in cursors {
            let place = u32::try_from(text.len()).ok().map(|length| (end, length));
            end += text.len() as u64;
            // What is no parent has no list.
            if let Ok(parent) = parent.parse() {
                let hash = xxh3_64(text.as_bytes());
                lists.insert(parent, Known { hash, place });
            }
        }
        let texts = Texts::new(cursors.values(), end);
        Self { lists, texts }
    }

    /// The text of a list's cursor, empty of one that was never read; it is told once, before the list is read.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(super) fn text(&mut self, parent: Parent) -> io::Result<String> {
        let known = self.lists.get(&parent);
        let Some((at, length)) = known.and_then(|known| known.place) else {
            return Ok(String::new());
        };
        let mut text = vec![0; length as usize];
        match &mut self.texts {
            Texts::Memory(all) => {
                let rest = all.get(at as usize..).unwrap_or_default();
                io::Cursor::new(rest).read_exact(&mut text)?;
            }
            Texts::File(file) => {
                file.seek(SeekFrom::Start(at))?;
                file.read_exact(&mut text)?;
            }
        }
        String::from_utf8(text).map_err(io::Error::other)
    }

    /// Whether a list has come as far as this cursor says, and no further.
    pub(super) fn is(&self, parent: Parent, cursor: &str) -> bool {
        self.lists.get(&parent).map_or(cursor.is_empty(), |known| {
            known.hash == xxh3_64(cursor.as_bytes())
        })
    }

    /// Takes note of how far a list has come now.
    pub(super) fn moved(&mut self, parent: Parent, cursor: &str) {
        let hash = xxh3_64(cursor.as_bytes());
        self.lists.insert(parent, Known { hash, place: None });
    }
}

impl Texts {
    fn new<'t>(texts: impl Iterator<Item = &'t String> + Clone, bytes: u64) -> Self {
        if bytes > FEW as u64 {
            match file(texts.clone()) {
                Ok(file) => return Self::File(file),
                // Nowhere to write to is no reason not to copy, as long as the memory lasts.
                Err(error) => tracing::warn!(%error, "cursors are kept in memory"),
            }
        }
        Self::Memory(texts.flat_map(|text| text.bytes()).collect())
    }
}

fn file<'t>(texts: impl Iterator<Item = &'t String>) -> io::Result<File> {
    let mut file = BufWriter::new(tempfile::tempfile()?);
    for text in texts {
        file.write_all(text.as_bytes())?;
    }
    Ok(file.into_inner()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_and_many_are_told_as_they_were() {
        for length in [10, 10_000] {
            let text = |id: i64| format!("{id}").repeat(length);
            let of = |id| (Parent::project(id).to_string(), text(id));
            let all = (100..200).map(of).collect();
            let mut cursors = Cursors::new(&all);
            assert_eq!(matches!(cursors.texts, Texts::File(_)), length > 10);
            for id in [150, 100, 199] {
                let parent = Parent::project(id);
                assert_eq!(cursors.text(parent).unwrap(), text(id));
                assert!(cursors.is(parent, &text(id)));
            }
            let (moved, new) = (Parent::project(150), Parent::group(1));
            cursors.moved(moved, "further");
            assert!(cursors.is(moved, "further") && !cursors.is(moved, &text(150)));
            assert!(cursors.is(new, "") && !cursors.is(new, "further"));
            assert_eq!(cursors.text(new).unwrap(), "");
        }
    }
}
