//! Cursors of a stream's lists, out of the way until their list is read.
//!
//! In memory is where the text of each is, and a hash to tell whether it has moved: 32 bytes a list.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use labtower_extract::Parent;
use xxhash_rust::xxh3::xxh3_64;

use crate::texts::{Spot, Texts};

/// How far each list has come.
#[derive(Debug, Default)]
pub(super) struct Cursors {
    /// Whose lists they are, ascending.
    parents: Arc<[Parent]>,
    /// In the same order.
    lists: Vec<Known>,
    /// Shared by the streams that were asked for together.
    texts: Arc<Mutex<Texts>>,
}

#[derive(Debug, Clone, Copy)]
struct Known {
    hash: u64,
    /// Where its text is; nowhere of one that has moved, whose list is being read or was.
    spot: Spot,
    /// Whether there is a cursor at all.
    is_there: bool,
    /// Whether this run has begun to read the list.
    is_begun: bool,
}

impl Cursors {
    /// None yet, of the lists of these parents; their texts will be with others.
    pub(super) fn among(texts: &Arc<Mutex<Texts>>, parents: Arc<[Parent]>) -> Self {
        let never = Known {
            hash: xxh3_64(b""),
            spot: Spot::default(),
            is_there: false,
            is_begun: false,
        };
        Self {
            lists: vec![never; parents.len()],
            parents,
            texts: texts.clone(),
        }
    }

    /// Puts a cursor of a sink away, in the place of an older one of its list. That of another's list is left out.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(super) fn put(&mut self, parent: Parent, text: &str) -> io::Result<()> {
        if let Some(at) = self.at(parent) {
            let spot = self.texts().put(text)?;
            self.set(at, text, spot);
        }
        Ok(())
    }

    /// The text of a list's cursor, empty of one that was never read; it is told once, before the list is read.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(super) fn begin(&mut self, parent: Parent) -> io::Result<String> {
        let Some(at) = self.at(parent) else {
            return Ok(String::new());
        };
        self.lists[at].is_begun = true;
        let spot = self.lists[at].spot;
        self.texts().get(spot)
    }

    /// Takes note of how far a list has come now.
    pub(super) fn moved(&mut self, parent: Parent, cursor: &str) {
        if let Some(at) = self.at(parent) {
            self.set(at, cursor, Spot::default());
        }
    }

    /// Whether a list was ever read.
    pub(super) fn has(&self, parent: Parent) -> bool {
        self.at(parent).is_some_and(|at| self.lists[at].is_there)
    }

    /// Whether a list has come as far as this cursor says, and no further.
    pub(super) fn is(&self, parent: Parent, cursor: &str) -> bool {
        self.at(parent)
            .is_some_and(|at| self.lists[at].hash == xxh3_64(cursor.as_bytes()))
    }

    /// Lists of the same parents that this run has begun, and that are further or less far there.
    pub(super) fn begun_unlike(&self, there: &Self) -> impl Iterator<Item = Parent> {
        let both = self.lists.iter().zip(&there.lists);
        let unlike = |(ours, theirs): (&Known, &Known)| ours.is_begun && ours.hash != theirs.hash;
        let parents = self.parents.iter().zip(both);
        parents.filter_map(move |(parent, both)| unlike(both).then_some(*parent))
    }

    /// Takes over which lists this run has begun.
    pub(super) fn begun_as(&mut self, before: &Self) {
        for (list, before) in self.lists.iter_mut().zip(&before.lists) {
            list.is_begun = before.is_begun;
        }
    }

    fn set(&mut self, at: usize, text: &str, spot: Spot) {
        self.lists[at] = Known {
            hash: xxh3_64(text.as_bytes()),
            spot,
            is_there: true,
            is_begun: self.lists[at].is_begun,
        };
    }

    fn at(&self, parent: Parent) -> Option<usize> {
        self.parents.binary_search(&parent).ok()
    }

    fn texts(&self) -> MutexGuard<'_, Texts> {
        self.texts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cursors() -> Cursors {
        let parents: Vec<Parent> = (1..=3).map(Parent::project).collect();
        Cursors::among(&Arc::default(), parents.into())
    }

    #[test]
    fn lists_are_as_far_as_they_were_put_or_moved() {
        let mut cursors = cursors();
        let [one, other, new] = [1, 2, 3].map(Parent::project);
        for text in ["old", "new"] {
            cursors.put(one, text).unwrap();
            cursors.put(other, text).unwrap();
        }
        assert_eq!(cursors.begin(one).unwrap(), "new");
        assert!(cursors.is(one, "new") && !cursors.is(one, "old"));
        cursors.moved(other, "further");
        assert!(cursors.is(other, "further") && !cursors.is(other, "new"));
        assert!(cursors.is(new, "") && !cursors.is(new, "further"));
        assert_eq!(cursors.begin(new).unwrap(), "");
        assert!(cursors.has(one) && !cursors.has(new));
        // A list of nobody we know.
        let theirs = Parent::group(7);
        cursors.put(theirs, "theirs").unwrap();
        assert!(!cursors.has(theirs));
    }

    #[test]
    fn lists_that_were_begun_are_compared() {
        let (mut ours, mut theirs) = (cursors(), cursors());
        let [one, other, new] = [1, 2, 3].map(Parent::project);
        ours.put(one, "same").unwrap();
        theirs.put(one, "same").unwrap();
        theirs.put(other, "theirs").unwrap();
        theirs.put(new, "theirs").unwrap();
        ours.begin(one).unwrap();
        ours.begin(other).unwrap();
        assert_eq!(ours.begun_unlike(&theirs).collect::<Vec<_>>(), [other]);
        theirs.begun_as(&ours);
        theirs.moved(one, "further");
        assert_eq!(theirs.begun_unlike(&ours).collect::<Vec<_>>(), [one, other]);
    }
}
