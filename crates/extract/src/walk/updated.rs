//! Lists that can be asked for what changed since a moment.
//!
//! Rows come by ascending `updated_at`, and each full page moves the beginning of the question to its last row, so that
//! rows which change while we read move towards us and never past us. The beginning is inclusive: the rows at it come
//! twice and are known by their hash. There is no upper bound: a row that changes during the reading comes again.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::List;
use crate::{ExtractError, Row, cursor};

/// Readings of the pages of one moment, if they never hold still.
const MOST_PASSES: usize = 10;

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct State {
    /// The newest change that was read, never later than GitLab's clock was.
    at: Option<Timestamp>,
    /// Rows that changed within the overlap before it, by id, with hash.
    recent: BTreeMap<String, (Timestamp, u64)>,
}

pub(crate) struct Updated {
    state: State,
    order: &'static str,
    /// The newest change known when this reading began, and the newest one it has seen.
    began: Option<Timestamp>,
    newest: Option<Timestamp>,
    /// Where the question begins.
    from: Option<Timestamp>,
    /// Page of that question.
    page: usize,
    /// The server sorts or filters otherwise than asked: its list is read to its end as it is.
    plain: bool,
    /// The rows of one moment fill more than a page: whether this pass found something, and the number of the pass.
    pass: Option<(bool, usize)>,
    done: bool,
}

impl Updated {
    pub(crate) fn new(
        list: &List<'_>,
        order: &'static str,
        text: &str,
    ) -> Result<Self, ExtractError> {
        let mut state: State = cursor::read(list.stream.name, text)?;
        let from = match state.at {
            Some(at) => Some(at.checked_sub(list.options.overlap).unwrap_or(at)),
            None => list.options.since,
        };
        state.at = state.at.or(list.options.since);
        Ok(Self {
            began: state.at,
            newest: None,
            state,
            order,
            from,
            page: 1,
            plain: false,
            pass: None,
            done: false,
        })
    }

    pub(crate) fn cursor(&self) -> String {
        if self.state == State::default() {
            return String::new();
        }
        cursor::write(&self.state)
    }

    pub(crate) async fn next(&mut self, list: List<'_>) -> Result<Option<Vec<Row>>, ExtractError> {
        if self.done {
            return Ok(None);
        }
        let since = self
            .from
            .map_or_else(String::new, |at| format!("&updated_after={at}"));
        let more = format!("{}{since}&page={}", self.order, self.page);
        let (path, query) = list.address(&more);
        let fresh = self.pass.is_some_and(|(_, number)| number > 1);
        let page = list
            .pages
            .page(list.stream.path, &path, &query, fresh)
            .await?;
        let mut rows = Vec::new();
        let mut last = self.from;
        let mut newest = self.newest;
        for raw in &page.rows {
            let (row, _) = list.row(raw)?;
            let Some(at) = row.updated_at else {
                self.plain = true;
                self.keep(row, page.asked_at, &mut rows);
                continue;
            };
            if self.from.is_some_and(|from| at < from) {
                // Not asked for: this server knows no such filter.
                self.plain = true;
                continue;
            }
            self.plain |= last.is_some_and(|last| at < last);
            last = Some(at);
            newest = newest.max(last);
            self.keep(row, at, &mut rows);
        }
        self.newest = newest;
        self.go_on(page.next.is_some(), last, !rows.is_empty());
        if self.done || !self.plain {
            // A list without order is covered only when it is read to its end.
            let newest = newest.map(|at| at.min(page.asked_at));
            self.state.at = self.state.at.max(newest);
        } else {
            self.state.at = self.began;
        }
        self.forget(list);
        Ok(Some(rows))
    }

    /// Gives out a row unless this version of it was.
    fn keep(&mut self, row: Row, at: Timestamp, rows: &mut Vec<Row>) {
        let known = self.state.recent.insert(row.id.clone(), (at, row.hash));
        if known.is_none_or(|(_, hash)| hash != row.hash) {
            rows.push(row);
        }
    }

    /// Decides what to ask next.
    fn go_on(&mut self, more: bool, last: Option<Timestamp>, found: bool) {
        let moves = !self.plain && last > self.from;
        if more && !moves {
            // Further pages of the same question: all at one moment, or a server without order.
            self.page += 1;
            if !self.plain {
                let (before, number) = self.pass.unwrap_or((false, 1));
                self.pass = Some((before || found, number));
            }
            return;
        }
        if let Some((before, number)) = self.pass
            && (before || found)
            && number < MOST_PASSES
        {
            // Pages of one moment shift when one of its rows changes: read until nothing new turns up.
            self.pass = Some((false, number + 1));
            self.page = 1;
            return;
        }
        self.pass = None;
        self.page = 1;
        self.done = !more;
        if moves {
            self.from = last;
        }
    }

    /// Drops what no question will bring again.
    fn forget(&mut self, list: List<'_>) {
        let Some(at) = self.state.at else { return };
        let overlap = at.checked_sub(list.options.overlap).unwrap_or(at);
        let keep = self.from.map_or(overlap, |from| from.min(overlap));
        if !self.plain {
            self.state.recent.retain(|_, (at, _)| *at >= keep);
        }
    }
}
