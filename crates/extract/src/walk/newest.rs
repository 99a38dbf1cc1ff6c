//! Lists of what never changes, newest first, read until a page has nothing new.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use xxhash_rust::xxh3::xxh3_64;

use super::List;
use crate::pages::Page;
use crate::{ExtractError, Row, cursor};

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    /// Hashes of the ids that were given out.
    known: BTreeSet<u64>,
    /// Where history begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) since: Option<Timestamp>,
    /// A reading was broken off: what is below the first known rows may be missing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    open: bool,
    /// Of a history, ids that others lead to and that were not given out.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(super) wanted: BTreeSet<String>,
}

pub(crate) struct Newest {
    pub(super) state: State,
    query: Option<String>,
    /// Whether this reading must go to the end of the list.
    pub(super) whole: bool,
}

/// What is new on a page.
pub(super) struct New {
    /// With their fields.
    pub(super) rows: Vec<(Row, Value)>,
    /// The page has rows from before history begins.
    past: bool,
}

impl State {
    pub(super) fn knows(&self, id: &str) -> bool {
        self.known.contains(&xxh3_64(id.as_bytes()))
    }

    /// Takes note of a page; the rows of it that are to be given out.
    pub(super) fn note(&mut self, list: List<'_>, page: &Page) -> Result<New, ExtractError> {
        let mut new = New {
            rows: Vec::new(),
            past: false,
        };
        for raw in &page.rows {
            let (row, fields) = list.row(raw)?;
            new.past |= self.is_past(row.updated_at);
            self.wanted.remove(&row.id);
            let is_new = self.known.insert(xxh3_64(row.id.as_bytes()));
            if is_new && !self.is_past(row.updated_at) {
                new.rows.push((row, fields));
            }
        }
        Ok(new)
    }

    /// Whether a moment is before history begins.
    pub(super) fn is_past(&self, at: Option<Timestamp>) -> bool {
        at.is_some() && at < self.since
    }
}

impl Newest {
    pub(crate) fn new(
        list: &List<'_>,
        since: &'static str,
        text: &str,
    ) -> Result<Self, ExtractError> {
        let mut state: State = cursor::read(list.stream.name, text)?;
        if text.is_empty() {
            state.since = list.options.since;
        }
        let filter = match state.since {
            Some(at) if !since.is_empty() => format!("{since}={at}"),
            _ => String::new(),
        };
        Ok(Self {
            whole: state.open || text.is_empty(),
            state,
            query: Some(list.address(&filter).1),
        })
    }

    pub(crate) fn cursor(&self) -> String {
        if self.state == State::default() {
            return String::new();
        }
        cursor::write(&self.state)
    }

    pub(crate) async fn next(&mut self, list: List<'_>) -> Result<Option<Vec<Row>>, ExtractError> {
        let Some(new) = self.page(list).await? else {
            return Ok(None);
        };
        Ok(Some(new.into_iter().map(|(row, _)| row).collect()))
    }

    /// The new rows of the next page with their fields; `None` at the end.
    pub(super) async fn page(
        &mut self,
        list: List<'_>,
    ) -> Result<Option<Vec<(Row, Value)>>, ExtractError> {
        let Some(query) = self.query.take() else {
            return Ok(None);
        };
        let page = list
            .pages
            .page(list.stream.path, &list.address("").0, &query, false)
            .await?;
        let New { rows, past } = self.state.note(list, &page)?;
        // Pages shift downwards when something new comes: what is then seen twice is known.
        let more = !rows.is_empty() || self.whole;
        self.query = page.next.clone().filter(|_| more && !past);
        self.state.open = self.query.is_some();
        Ok(Some(rows))
    }
}
