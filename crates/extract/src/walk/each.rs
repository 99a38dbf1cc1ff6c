//! What belongs to the rows of another list: read anew for every version of such a row.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use super::outer::Outer;
use super::{List, Visit, paged};
use crate::{ExtractError, Row, Shape, body, cursor};

/// Refusals one after another until the stream counts as one this token may not see.
const REFUSALS: usize = 3;

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct State {
    /// Cursors of the other lists: whatever they cover has been looked into.
    outer: Vec<String>,
    /// Hash of what was given out last, by id of the other row and id.
    known: BTreeMap<String, BTreeMap<String, u64>>,
}

pub(crate) struct Each<'v> {
    state: State,
    shape: Shape,
    outer: Outer<'v>,
    /// Rows of the other list that wait to be looked into.
    queue: VecDeque<Row>,
    refused: usize,
    /// Whether something was there: a later refusal is then about one row.
    allowed: bool,
}

impl<'v> Each<'v> {
    pub(crate) fn new(
        visit: &'v Visit,
        list: &List<'v>,
        of: &'static [&'static str],
        shape: Shape,
        text: &str,
    ) -> Result<Self, ExtractError> {
        let mut state: State = cursor::read(list.stream.name, text)?;
        if list.options.again {
            state.outer.clear();
        }
        Ok(Self {
            outer: Outer::new(visit, list, of, &state.outer)?,
            state,
            shape,
            queue: VecDeque::new(),
            refused: 0,
            allowed: false,
        })
    }

    pub(crate) fn cursor(&self) -> String {
        if self.state == State::default() {
            return String::new();
        }
        cursor::write(&self.state)
    }

    pub(crate) async fn next(&mut self, list: List<'_>) -> Result<Option<Vec<Row>>, ExtractError> {
        let Some(outer) = self.queue.front().cloned() else {
            // All that was given to us is looked into, so the cursor may move.
            self.state.outer = self.outer.cursors();
            return match self.outer.read_on().await? {
                Some(rows) => {
                    self.queue.extend(rows);
                    if self.queue.is_empty() {
                        self.state.outer = self.outer.cursors();
                    }
                    Ok(Some(Vec::new()))
                }
                None => Ok(None),
            };
        };
        let rows = if outer.deleted {
            self.without(&outer.id, &BTreeSet::new())
        } else {
            self.look_into(list, &outer).await?
        };
        self.queue.pop_front();
        if self.queue.is_empty() {
            self.state.outer = self.outer.cursors();
        }
        Ok(Some(rows))
    }

    async fn look_into(&mut self, list: List<'_>, outer: &Row) -> Result<Vec<Row>, ExtractError> {
        let owner = body::parsed(list.stream, &outer.body)?;
        let bodies = match self.bodies(list, &owner).await {
            Ok(bodies) => {
                self.allowed = true;
                bodies
            }
            Err(error) if error.is_skip() => {
                self.refused += 1;
                if !self.allowed && self.refused >= REFUSALS {
                    return Err(error);
                }
                return Ok(Vec::new());
            }
            Err(error) => return Err(error),
        };
        let known = self.state.known.entry(outer.id.clone()).or_default();
        let mut rows = Vec::new();
        let mut seen = BTreeSet::new();
        for raw in bodies {
            let (row, _) = body::row(list.stream, list.parent, Some(&owner), &raw)?;
            seen.insert(row.id.clone());
            if known.insert(row.id.clone(), row.hash) != Some(row.hash) {
                rows.push(row);
            }
        }
        rows.extend(self.without(&outer.id, &seen));
        Ok(rows)
    }

    /// What is at the row's address.
    async fn bodies(
        &self,
        list: List<'_>,
        owner: &Value,
    ) -> Result<Vec<Box<RawValue>>, ExtractError> {
        let (stream, pages) = (list.stream, list.pages);
        let Some(address) = stream.address(list.parent.id, Some(owner)) else {
            // The row lacks what the address names: it has no such list.
            return Ok(Vec::new());
        };
        let (path, query) = address.split_once('?').unwrap_or((&address, ""));
        match self.shape {
            Shape::One => Ok(vec![pages.object(stream.path, path, query).await?]),
            Shape::Text => {
                let text = pages.text(stream.path, path, query).await?;
                Ok(vec![body::text_body(stream, &text)?])
            }
            Shape::List => {
                let (path, first) = paged(&address, "");
                let mut query = Some(first);
                let mut bodies = Vec::new();
                while let Some(asked) = query.take() {
                    let page = pages.page(stream.path, &path, &asked, true).await?;
                    bodies.extend(page.rows.iter().cloned());
                    query.clone_from(&page.next);
                }
                Ok(bodies)
            }
        }
    }

    /// Tombstones of what a row had and has no longer.
    fn without(&mut self, outer: &str, seen: &BTreeSet<String>) -> Vec<Row> {
        let Some(known) = self.state.known.get_mut(outer) else {
            return Vec::new();
        };
        let gone: Vec<String> = known
            .keys()
            .filter(|id| !seen.contains(*id))
            .cloned()
            .collect();
        for id in &gone {
            known.remove(id);
        }
        if known.is_empty() {
            self.state.known.remove(outer);
        }
        gone.iter().map(|id| body::tombstone(id)).collect()
    }
}
