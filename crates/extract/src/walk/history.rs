//! Commits: newest first as other lists, then what branches, tags and new commits lead to.
//!
//! A commit has the date of the machine it was made on, and may be pushed long after. Such a one is below pages that have
//! nothing new, but something new leads to it: a branch, a tag, or a commit that has it as a parent. Whatever is led to
//! and not known is asked for by its name, with what is below it, until all of it is known. So of everything that is
//! known all ancestors are known, and what branches and tags have costs nothing: those lists are read anyway.

use serde_json::Value;

use super::newest::Newest;
use super::{List, named, paged};
use crate::address::at;
use crate::{ExtractError, Row, Stream, body};

pub(crate) struct History {
    newest: Newest,
    /// Lists of branches and tags that are still to be looked at.
    tips: Vec<&'static Stream>,
    /// Query of the next page of the last of these.
    query: Option<String>,
}

impl History {
    pub(crate) fn new(
        list: &List<'_>,
        since: &'static str,
        tips: &'static [&'static str],
        text: &str,
    ) -> Result<Self, ExtractError> {
        let newest = Newest::new(list, since, text)?;
        let tips: Result<_, _> = tips.iter().map(|name| named(name)).collect();
        Ok(Self {
            newest,
            tips: tips?,
            query: None,
        })
    }

    pub(crate) fn cursor(&self) -> String {
        self.newest.cursor()
    }

    pub(crate) async fn next(&mut self, list: List<'_>) -> Result<Option<Vec<Row>>, ExtractError> {
        if let Some(rows) = self.newest.page(list).await? {
            return Ok(Some(self.led_to_by(rows)));
        }
        if self.newest.whole {
            // The list was read to its end, so all that there is is known.
            self.newest.state.wanted.clear();
            return Ok(None);
        }
        if let Some(tip) = self.tips.last().copied() {
            self.look_at(list, tip).await?;
            return Ok(Some(Vec::new()));
        }
        let Some(id) = self.newest.state.wanted.first().cloned() else {
            return Ok(None);
        };
        let rows = self.from(list, &id).await?;
        // Found or not: what GitLab does not show by its name is not there.
        self.newest.state.wanted.remove(&id);
        Ok(Some(rows))
    }

    /// Looks where a page of branches or tags leads to.
    async fn look_at(&mut self, list: List<'_>, tip: &'static Stream) -> Result<(), ExtractError> {
        let whole = tip.address(list.parent.id, None).unwrap_or_default();
        let (path, first) = paged(&whole, "");
        let query = self.query.take().unwrap_or(first);
        let page = match list.pages.page(tip.path, &path, &query, false).await {
            Err(error) if error.is_skip() => None,
            page => Some(page?),
        };
        for raw in page.iter().flat_map(|page| &page.rows) {
            let fields = body::parsed(tip, raw.get())?;
            let date = at(&fields, "commit.committed_date").and_then(body::time);
            let id = at(&fields, "commit.id").and_then(Value::as_str);
            if let Some(id) = id.filter(|_| !self.newest.state.is_past(date)) {
                self.want(id);
            }
        }
        self.query = page.and_then(|page| page.next.clone());
        if self.query.is_none() {
            self.tips.pop();
        }
        Ok(())
    }

    /// A commit with the newest of its ancestors, those of them that are new.
    async fn from(&mut self, list: List<'_>, id: &str) -> Result<Vec<Row>, ExtractError> {
        let Some(address) = list.stream.address_from(list.parent.id, id) else {
            return Ok(Vec::new());
        };
        let (path, query) = paged(&address, "");
        let page = list.pages.page(list.stream.path, &path, &query, true).await;
        let page = match page {
            Err(error) if error.is_skip() => return Ok(Vec::new()),
            page => page?,
        };
        let new = self.newest.state.note(list, &page)?;
        Ok(self.led_to_by(new.rows))
    }

    /// Notes what new rows lead to.
    fn led_to_by(&mut self, new: Vec<(Row, Value)>) -> Vec<Row> {
        for (_, fields) in &new {
            for parent in fields["parent_ids"].as_array().into_iter().flatten() {
                if let Some(id) = parent.as_str() {
                    self.want(id);
                }
            }
        }
        new.into_iter().map(|(row, _)| row).collect()
    }

    fn want(&mut self, id: &str) {
        if !self.newest.state.knows(id) {
            self.newest.state.wanted.insert(id.to_owned());
        }
    }
}
