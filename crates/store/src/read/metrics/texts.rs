//! Texts by their id.

use std::collections::HashMap;

use crate::{Reader, StoreError};

/// Texts that were asked for, by their id in `words`. A committed id never gets another text, so this may be kept.
#[derive(Debug, Default)]
pub struct Texts {
    known: HashMap<i64, Box<str>>,
}

impl Texts {
    /// The text with this id; empty for 0, which stands for none.
    pub fn get<'t>(&'t mut self, reader: &Reader<'_>, id: i64) -> Result<&'t str, StoreError> {
        use std::collections::hash_map::Entry;
        if id == 0 {
            return Ok("");
        }
        match self.known.entry(id) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(place) => Ok(place.insert(reader.word(id)?.into())),
        }
    }
}
