//! Questions on failures: nights, reasons, groups, issues, and what is left to do.

mod concentration;
mod grid;
mod groups;
mod health;
mod history;
mod issues;
mod list;
mod marks;
mod missing;
mod nights;
mod plan;
mod preview;
mod reason;
mod selection;
mod stale;
mod todo;
mod unsteady;
mod window;

pub use concentration::{GroupSpread, Share};
pub use grid::{Cell, CellJob, Grid, GridRow, GridTotals};
pub use groups::{GroupFilter, GroupRow, GroupSignature, GroupSort};
pub use health::{FailureHealth, WrongReasons};
pub use history::{HistoryFilter, Run};
pub use issues::{IssueMatch, LinkedIssue};
pub use list::{FailureFilter, FailureRow};
pub use nights::{IssueFilter, Mark, NightFilter, NightGrouping, NightSort, RefChoice};
pub use plan::{GridPlan, GridSection};
pub use preview::{GreenHashes, History, IssuesBySubject, ReasonLines};
pub use reason::{Explained, Judgement, ReasonRow};
pub use stale::StaleReason;
pub use todo::{GreenCandidate, JobToExplain, KnownSignature, ReasonText, StaleSignature};

use std::collections::HashMap;

use rusqlite::types::FromSql;
use serde::de::DeserializeOwned;

use crate::{GroupId, Reader, StoreError};

/// Which group each merged group went into in the end; groups that stand for themselves are not in it.
#[derive(Debug, Default)]
pub(super) struct Roots {
    merged: HashMap<i64, i64>,
}

impl Roots {
    /// The group as people know it.
    pub(super) fn of(&self, group: i64) -> i64 {
        let mut at = group;
        // As many steps as there are merges; more would be a circle, which the writer never makes.
        for _ in 0..=self.merged.len() {
            match self.merged.get(&at) {
                Some(next) => at = *next,
                None => return at,
            }
        }
        at
    }

    /// The same for one that may be absent.
    pub(super) fn id(&self, group: Option<i64>) -> Option<GroupId> {
        group.map(|group| GroupId(self.of(group)))
    }

    /// A group and all that went into it.
    pub(super) fn members(&self, root: i64) -> Vec<i64> {
        if self.merged.is_empty() {
            return vec![root];
        }
        let mut members: Vec<i64> = self
            .merged
            .keys()
            .copied()
            .filter(|group| self.of(*group) == root)
            .collect();
        members.push(root);
        members.sort_unstable();
        members
    }
}

impl Reader<'_> {
    /// All merges that hold now.
    pub(super) fn roots(&self) -> Result<Roots, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, merged_into FROM failure_groups INDEXED BY failure_groups_merged WHERE merged_into IS NOT NULL",
        )?;
        let merged = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(Roots {
            merged: merged.collect::<Result<_, _>>()?,
        })
    }

    /// Rows of one column.
    fn column<T: FromSql>(
        &self,
        sql: &str,
        params: impl rusqlite::Params,
    ) -> Result<Vec<T>, StoreError> {
        let mut statement = self.conn.prepare_cached(sql)?;
        let rows = statement.query_map(params, |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// Texts of words, each read once.
#[derive(Default)]
struct Words {
    texts: HashMap<i64, String>,
}

impl Words {
    /// The text; empty for 0, which stands for none.
    fn text(&mut self, reader: &Reader<'_>, id: i64) -> Result<String, StoreError> {
        if id == 0 {
            return Ok(String::new());
        }
        if let Some(text) = self.texts.get(&id) {
            return Ok(text.clone());
        }
        let text = reader.word(id)?;
        self.texts.insert(id, text.clone());
        Ok(text)
    }

    /// The same for one that may be absent.
    fn optional(
        &mut self,
        reader: &Reader<'_>,
        id: Option<i64>,
    ) -> Result<Option<String>, StoreError> {
        id.map(|id| self.text(reader, id)).transpose()
    }
}

/// Reads JSON that was compressed.
fn unpacked<T: DeserializeOwned>(bytes: &[u8], what: &str) -> Result<T, StoreError> {
    serde_json::from_slice(&plain(bytes, what)?).map_err(|error| corrupt(what, &error))
}

fn plain(bytes: &[u8], what: &str) -> Result<Vec<u8>, StoreError> {
    zstd::stream::decode_all(bytes).map_err(|error| corrupt(what, &error))
}

fn json<T: DeserializeOwned>(text: &str, what: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| corrupt(what, &error))
}

fn corrupt(what: &str, error: &dyn std::fmt::Display) -> StoreError {
    StoreError::Corrupt {
        what: what.to_owned(),
        detail: error.to_string(),
    }
}
