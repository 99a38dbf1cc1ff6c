//! Lists by keyset whose ids only grow, such as jobs: newest first, down to what is known.
//!
//! What is not final is read again when the row of another list it is linked to has changed: the jobs of a pipeline.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::outer::Outer;
use super::{List, Visit, paged};
use crate::{ExtractError, Row, body, cursor};

/// Statuses after which a job does not change. Others may, whatever their names.
const FINAL: [&str; 4] = ["success", "failed", "canceled", "skipped"];

/// The query that pages by id, newest first.
const KEYSET: &str = "pagination=keyset&order_by=id&sort=desc";
/// Pattern of what is linked to one row.
const LINKED: &str = "projects/:id/pipelines/:pipeline_id/jobs";

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct State {
    /// The newest known row.
    top: i64,
    top_at: Option<Timestamp>,
    /// Rows within the overlap before it: GitLab gives out ids before it shows the rows.
    recent: BTreeMap<i64, (Timestamp, u64)>,
    /// Rows that may still change, with hash and the id of the row they are linked to.
    unfinished: BTreeMap<i64, (u64, i64)>,
    /// What is still to be read below rows that were.
    gap: Option<Gap>,
    /// Cursors of the other lists.
    changed: Vec<String>,
    /// Where history begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    since: Option<Timestamp>,
}

/// A stretch of the list that was not read yet.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
struct Gap {
    /// Query of its first page.
    query: String,
    /// The known row at which it ends, and when that one was created.
    low: i64,
    low_at: Option<Timestamp>,
}

pub(crate) struct Ids<'v> {
    state: State,
    link: &'static str,
    changed: Outer<'v>,
    /// What is left to do: the other list first, so that no change falls between the two.
    step: Step,
}

#[derive(Clone, Copy, PartialEq)]
enum Step {
    Changed,
    /// What an earlier run left.
    OldGap,
    Top,
    Gap,
    Done,
}

impl<'v> Ids<'v> {
    pub(crate) fn new(
        visit: &'v Visit,
        list: &List<'v>,
        of: &'static [&'static str],
        link: &'static str,
        text: &str,
    ) -> Result<Self, ExtractError> {
        let mut state: State = cursor::read(list.stream.name, text)?;
        if text.is_empty() {
            state.since = list.options.since;
        }
        Ok(Self {
            changed: Outer::new(visit, list, of, &state.changed)?,
            state,
            link,
            step: Step::Changed,
        })
    }

    pub(crate) fn cursor(&self) -> String {
        if self.state == State::default() {
            return String::new();
        }
        cursor::write(&self.state)
    }

    pub(crate) async fn next(&mut self, list: List<'_>) -> Result<Option<Vec<Row>>, ExtractError> {
        match self.step {
            Step::Changed => {
                if let Some(outers) = self.changed.read_on().await? {
                    let rows = self.refreshed(list, &outers).await?;
                    self.state.changed = self.changed.cursors();
                    return Ok(Some(rows));
                }
                let broken_off = self.state.gap.is_some();
                self.step = if broken_off { Step::OldGap } else { Step::Top };
                Ok(Some(Vec::new()))
            }
            Step::OldGap | Step::Gap => {
                let gap = self.state.gap.clone().unwrap_or_default();
                let rows = self.page(list, &gap).await?;
                if self.state.gap.is_none() {
                    let old = self.step == Step::OldGap;
                    self.step = if old { Step::Top } else { Step::Done };
                }
                Ok(Some(rows))
            }
            Step::Top => {
                let first = Gap {
                    query: list.address(KEYSET).1,
                    low: self.state.top,
                    low_at: self.state.top_at,
                };
                let rows = self.page(list, &first).await?;
                let more = self.state.gap.is_some();
                self.step = if more { Step::Gap } else { Step::Done };
                Ok(Some(rows))
            }
            Step::Done => Ok(None),
        }
    }

    /// A page of a gap; what is left of the gap afterwards is in the state.
    async fn page(&mut self, list: List<'_>, gap: &Gap) -> Result<Vec<Row>, ExtractError> {
        let (path, _) = list.address("");
        let page = list
            .pages
            .page(list.stream.path, &path, &gap.query, true)
            .await?;
        let overlap = list.options.overlap;
        let floor = gap.low_at.map(|at| at.checked_sub(overlap).unwrap_or(at));
        let mut rows = Vec::new();
        let mut reached = false;
        for raw in &page.rows {
            let (row, fields) = list.row(raw)?;
            let (id, at) = (id_of(list, &row)?, row.updated_at);
            let past = self.state.since.is_some() && at < self.state.since;
            reached |= past || (id <= gap.low && at < floor);
            if !reached && self.keep(&row, id, &fields) {
                rows.push(row);
            }
        }
        let next = page.next.clone().filter(|_| !reached);
        self.state.gap = next.map(|query| Gap {
            query,
            ..gap.clone()
        });
        self.forget(list);
        Ok(rows)
    }

    /// The rows linked to those that changed, if some of them are not final.
    async fn refreshed(
        &mut self,
        list: List<'_>,
        outers: &[Row],
    ) -> Result<Vec<Row>, ExtractError> {
        let mut rows = Vec::new();
        for outer in outers {
            let Ok(link) = outer.id.parse::<i64>() else {
                continue;
            };
            if !self.state.unfinished.values().any(|(_, of)| *of == link) {
                continue;
            }
            let owner = body::parsed(list.stream, &outer.body)?;
            let Some(address) = list.stream.address_of_linked(list.parent.id, &owner) else {
                continue;
            };
            let (path, first) = paged(&address, "");
            let mut query = Some(first);
            let mut gone: Vec<i64> = self.linked(link);
            while let Some(asked) = query.take() {
                let page = match list.pages.page(LINKED, &path, &asked, true).await {
                    Err(error) if error.is_skip() => break,
                    page => page?,
                };
                for raw in &page.rows {
                    let (row, fields) = list.row(raw)?;
                    let id = id_of(list, &row)?;
                    gone.retain(|other| *other != id);
                    // What is new comes with the list itself, which alone knows what was read.
                    if self.state.unfinished.contains_key(&id) && self.keep(&row, id, &fields) {
                        rows.push(row);
                    }
                }
                query.clone_from(&page.next);
            }
            for id in gone {
                self.state.unfinished.remove(&id);
                rows.push(body::tombstone(&id.to_string()));
            }
        }
        Ok(rows)
    }

    fn linked(&self, link: i64) -> Vec<i64> {
        let all = self.state.unfinished.iter();
        all.filter(|(_, (_, of))| *of == link)
            .map(|(id, _)| *id)
            .collect()
    }

    /// Notes a version; whether it is to be given out.
    fn keep(&mut self, row: &Row, id: i64, fields: &Value) -> bool {
        let ended = fields["status"]
            .as_str()
            .is_some_and(|it| FINAL.contains(&it));
        let link = body::number(fields, self.link).unwrap_or(0);
        let known = self.state.unfinished.remove(&id).map(|(hash, _)| hash);
        let recent = row
            .updated_at
            .and_then(|at| self.state.recent.insert(id, (at, row.hash)));
        if !ended {
            self.state.unfinished.insert(id, (row.hash, link));
        }
        if id > self.state.top {
            self.state.top = id;
        }
        self.state.top_at = self.state.top_at.max(row.updated_at);
        known != Some(row.hash) && recent.is_none_or(|(_, hash)| hash != row.hash)
    }

    fn forget(&mut self, list: List<'_>) {
        let Some(at) = self.state.top_at else { return };
        let keep = at.checked_sub(list.options.overlap).unwrap_or(at);
        self.state.recent.retain(|_, (at, _)| *at >= keep);
    }
}

fn id_of(list: List<'_>, row: &Row) -> Result<i64, ExtractError> {
    row.id.parse().map_err(|_| ExtractError::Row {
        stream: list.stream.name,
        detail: format!("its id `{}` is no number", row.id),
    })
}
