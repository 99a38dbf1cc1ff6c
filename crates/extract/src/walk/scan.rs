//! Lists without a filter: read whole each time. What has gone becomes a tombstone.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::List;
use crate::{ExtractError, Row, body, cursor};

/// Pages of one list after which something is wrong.
const MOST_PAGES: usize = 100_000;

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct State {
    /// Hash of what was given out last, by id.
    known: BTreeMap<String, u64>,
    /// Rows older than this were not given out when they were first seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    since: Option<Timestamp>,
}

pub(crate) struct Scan {
    state: State,
    query: Option<String>,
    seen: BTreeSet<String>,
    /// What the first pass did not show: gone, or missed because pages shifted. A second pass tells.
    missing: Option<BTreeSet<String>>,
    pages: usize,
}

impl Scan {
    pub(crate) fn new(list: &List<'_>, text: &str) -> Result<Self, ExtractError> {
        let mut state: State = cursor::read(list.stream.name, text)?;
        if text.is_empty() {
            state.since = list.options.since;
        }
        Ok(Self {
            state,
            query: Some(list.address("").1),
            seen: BTreeSet::new(),
            missing: None,
            pages: 0,
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
        let fresh = self.missing.is_some();
        let page = list
            .pages
            .page(list.stream.path, &list.address("").0, &query, fresh)
            .await?;
        let mut rows = Vec::new();
        for raw in &page.rows {
            let (row, _) = list.row(raw)?;
            self.seen.insert(row.id.clone());
            let known = self.state.known.insert(row.id.clone(), row.hash);
            let old =
                known.is_none() && row.updated_at < self.state.since && row.updated_at.is_some();
            if known != Some(row.hash) && !old {
                rows.push(row);
            }
        }
        self.pages += 1;
        self.query.clone_from(&page.next);
        if self.pages > MOST_PAGES {
            return Err(ExtractError::Row {
                stream: list.stream.name,
                detail: "its pages do not end".to_owned(),
            });
        }
        if self.query.is_none() {
            self.end_pass(list, &mut rows);
        }
        Ok(Some(rows))
    }

    fn end_pass(&mut self, list: List<'_>, rows: &mut Vec<Row>) {
        let seen = std::mem::take(&mut self.seen);
        let unseen = |id: &&String| !seen.contains(*id);
        match self.missing.take() {
            None => {
                let missing: BTreeSet<String> =
                    self.state.known.keys().filter(unseen).cloned().collect();
                if !missing.is_empty() {
                    self.missing = Some(missing);
                    self.query = Some(list.address("").1);
                }
            }
            Some(missing) => {
                for id in missing.iter().filter(unseen) {
                    self.state.known.remove(id);
                    rows.push(body::tombstone(id));
                }
            }
        }
    }
}
