//! The lists whose rows others belong to, read one after another as if they were one.

use super::{List, Visit, Walk, named};
use crate::{ExtractError, Row};

pub(crate) struct Outer<'v> {
    walks: Vec<Walk<'v>>,
    at: usize,
}

impl<'v> Outer<'v> {
    /// Goes on from the cursors of each list.
    pub(crate) fn new(
        visit: &'v Visit,
        list: &List<'v>,
        of: &'static [&'static str],
        cursors: &[String],
    ) -> Result<Self, ExtractError> {
        let mut walks = Vec::with_capacity(of.len());
        for (index, name) in of.iter().enumerate() {
            let cursor = cursors.get(index).map_or("", String::as_str);
            walks.push(visit.walk(named(name)?, list.parent, cursor)?);
        }
        Ok(Self { walks, at: 0 })
    }

    /// The next rows; `None` at the end of the last list.
    pub(crate) async fn read_on(&mut self) -> Result<Option<Vec<Row>>, ExtractError> {
        while let Some(walk) = self.walks.get_mut(self.at) {
            if let Some(rows) = walk.read_on().await? {
                return Ok(Some(rows));
            }
            self.at += 1;
        }
        Ok(None)
    }

    /// Where each list goes on.
    pub(crate) fn cursors(&self) -> Vec<String> {
        let cursors: Vec<String> = self.walks.iter().map(Walk::cursor).collect();
        if cursors.iter().all(String::is_empty) {
            return Vec::new();
        }
        cursors
    }
}
