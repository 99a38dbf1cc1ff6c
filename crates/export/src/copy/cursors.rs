//! Cursors of a stream's lists, out of the way until their list is read.
//!
//! In memory is where the text of each is, and a hash to tell whether it has moved.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use labtower_extract::Parent;
use xxhash_rust::xxh3::xxh3_64;

use crate::texts::{Spot, Texts};

/// How far each list has come.
#[derive(Debug, Default)]
pub(super) struct Cursors {
    lists: BTreeMap<Parent, Known>,
    /// Shared by the streams that were asked for together.
    texts: Arc<Mutex<Texts>>,
}

#[derive(Debug)]
struct Known {
    hash: u64,
    /// Where its text is; nowhere of one that has moved, whose list is being read or was.
    spot: Spot,
}

impl Cursors {
    /// None yet; their texts will be with others.
    pub(super) fn among(texts: &Arc<Mutex<Texts>>) -> Self {
        Self {
            lists: BTreeMap::new(),
            texts: texts.clone(),
        }
    }

    /// Puts a cursor of a sink away, in the place of an older one of its list.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(super) fn put(&mut self, parent: Parent, text: &str) -> io::Result<()> {
        let (hash, spot) = (xxh3_64(text.as_bytes()), self.texts().put(text)?);
        self.lists.insert(parent, Known { hash, spot });
        Ok(())
    }

    /// The text of a list's cursor, empty of one that was never read; it is told once, before the list is read.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(super) fn text(&self, parent: Parent) -> io::Result<String> {
        match self.lists.get(&parent) {
            Some(known) => self.texts().get(known.spot),
            None => Ok(String::new()),
        }
    }

    /// Whether a list was ever read.
    pub(super) fn has(&self, parent: Parent) -> bool {
        self.lists.contains_key(&parent)
    }

    /// Whether a list has come as far as this cursor says, and no further.
    pub(super) fn is(&self, parent: Parent, cursor: &str) -> bool {
        self.hash(parent) == xxh3_64(cursor.as_bytes())
    }

    /// Whether a list is as far here as there.
    pub(super) fn is_as_in(&self, parent: Parent, others: &Self) -> bool {
        self.hash(parent) == others.hash(parent)
    }

    /// Takes note of how far a list has come now.
    pub(super) fn moved(&mut self, parent: Parent, cursor: &str) {
        let (hash, spot) = (xxh3_64(cursor.as_bytes()), Spot::default());
        self.lists.insert(parent, Known { hash, spot });
    }

    fn hash(&self, parent: Parent) -> u64 {
        let known = self.lists.get(&parent);
        known.map_or_else(|| xxh3_64(b""), |known| known.hash)
    }

    fn texts(&self) -> MutexGuard<'_, Texts> {
        self.texts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_as_far_as_they_were_put_or_moved() {
        let mut cursors = Cursors::default();
        let (one, other, new) = (Parent::project(1), Parent::project(2), Parent::group(1));
        for text in ["old", "new"] {
            cursors.put(one, text).unwrap();
            cursors.put(other, text).unwrap();
        }
        assert_eq!(cursors.text(one).unwrap(), "new");
        assert!(cursors.is(one, "new") && !cursors.is(one, "old"));
        cursors.moved(other, "further");
        assert!(cursors.is(other, "further") && !cursors.is(other, "new"));
        assert!(cursors.is(new, "") && !cursors.is(new, "further"));
        assert_eq!(cursors.text(new).unwrap(), "");
        assert!(cursors.has(one) && !cursors.has(new));
        assert!(cursors.is_as_in(one, &cursors) && !cursors.is_as_in(one, &Cursors::default()));
    }
}
