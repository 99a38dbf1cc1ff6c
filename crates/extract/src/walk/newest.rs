//! Lists of what never changes, newest first, read until a page has nothing new.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use super::List;
use crate::{ExtractError, Row, cursor};

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct State {
    /// Hashes of the ids that were given out.
    known: BTreeSet<u64>,
    /// Where history begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    since: Option<Timestamp>,
    /// A reading was broken off: what is below the first known rows may be missing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    open: bool,
}

pub(crate) struct Newest {
    state: State,
    query: Option<String>,
    /// Whether this reading must go to the end of the list.
    whole: bool,
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
        let Some(query) = self.query.take() else {
            return Ok(None);
        };
        let page = list
            .pages
            .page(list.stream.path, &list.address("").0, &query, false)
            .await?;
        let mut rows = Vec::new();
        let mut past = false;
        for raw in &page.rows {
            let (row, _) = list.row(raw)?;
            past |= row.updated_at.is_some() && row.updated_at < self.state.since;
            if self.state.known.insert(xxh3_64(row.id.as_bytes())) {
                rows.push(row);
            }
        }
        // Pages shift downwards when something new comes: what is then seen twice is known.
        let more = !rows.is_empty() || self.whole;
        self.query = page.next.clone().filter(|_| more && !past);
        self.state.open = self.query.is_some();
        rows.retain(|row| row.updated_at.is_none() || row.updated_at >= self.state.since);
        Ok(Some(rows))
    }
}
