//! A filter with every text resolved to its id.

use jiff::Timestamp;

use super::Filter;
use super::cover::{DAY, day_of};
use crate::{Reader, StoreError};

/// Which rows are meant, in ids; lists are sorted, `None` is no condition.
#[derive(Debug, Clone)]
pub(super) struct Scope {
    /// Projects meant, without the excluded ones.
    pub(super) projects: Option<Vec<i64>>,
    /// Projects left out; empty when `projects` is given.
    pub(super) excluded: Vec<i64>,
    pub(super) refs: Option<Vec<i64>>,
    pub(super) statuses: Option<Vec<i64>>,
    pub(super) sources: Option<Vec<i64>>,
    /// First and last second of `created_at`, inclusive.
    pub(super) lo: i64,
    pub(super) hi: i64,
}

impl Scope {
    /// Whether a row belongs to the scope, its time aside. Id 0 stands for a missing ref or source.
    pub(super) fn holds(&self, project: i64, reference: i64, status: i64, source: i64) -> bool {
        self.holds_status(status)
            && self.holds_source(source)
            && self.holds_project(project)
            && holds(self.refs.as_deref(), reference)
    }

    /// Whether the project is meant.
    pub(super) fn holds_project(&self, project: i64) -> bool {
        holds(self.projects.as_deref(), project) && self.excluded.binary_search(&project).is_err()
    }

    /// Whether nothing but the time, and projects left out, restricts it.
    pub(super) fn holds_nearly_all(&self) -> bool {
        let lists = [&self.projects, &self.refs, &self.statuses, &self.sources];
        lists.iter().all(|list| list.is_none())
    }

    /// What the scope would hold of the excluded projects, were they not excluded.
    pub(super) fn of_excluded(&self) -> Self {
        Self {
            projects: Some(self.excluded.clone()),
            excluded: Vec::new(),
            ..self.clone()
        }
    }

    /// Whether the status is meant.
    pub(super) fn holds_status(&self, status: i64) -> bool {
        holds(self.statuses.as_deref(), status)
    }

    /// Whether the source is meant.
    pub(super) fn holds_source(&self, source: i64) -> bool {
        holds(self.sources.as_deref(), source)
    }
}

/// Whether a sorted list has `id`; no list has all.
pub(super) fn holds(list: Option<&[i64]>, id: i64) -> bool {
    list.is_none_or(|ids| ids.binary_search(&id).is_ok())
}

impl Reader<'_> {
    /// Resolves a filter; `None` when it names only things that are not stored, so that nothing can match.
    pub(super) fn scope(&self, filter: &Filter) -> Result<Option<Scope>, StoreError> {
        let excluded = self.project_ids(&filter.exclude_projects)?;
        let mut scope = Scope {
            projects: None,
            excluded,
            refs: self.named_words(&filter.refs)?,
            statuses: self.named_words(&filter.statuses)?,
            sources: self.named_words(&filter.sources)?,
            lo: filter.from.map_or(i64::MIN, ceil_second),
            hi: filter.to.map_or(i64::MAX, floor_second),
        };
        if !filter.projects.is_empty() {
            let mut projects = self.project_ids(&filter.projects)?;
            projects.retain(|id| scope.excluded.binary_search(id).is_err());
            scope.projects = Some(projects);
            scope.excluded.clear();
        }
        let nothing = [
            &scope.projects,
            &scope.refs,
            &scope.statuses,
            &scope.sources,
        ]
        .into_iter()
        .flatten()
        .any(Vec::is_empty);
        Ok((!nothing && scope.lo <= scope.hi).then_some(scope))
    }

    /// Like [`Reader::scope`], its times narrowed to the days that have pipelines: an end that lies outside
    /// of the stored time becomes the edge of a whole day, which rollups answer alone.
    pub(super) fn scope_in_data(&self, filter: &Filter) -> Result<Option<Scope>, StoreError> {
        let Some(mut scope) = self.scope(filter)? else {
            return Ok(None);
        };
        let mut statement = self.conn.prepare_cached(
            "SELECT (SELECT min(created_at) FROM pipelines), (SELECT max(created_at) FROM pipelines)",
        )?;
        let stored: (Option<i64>, Option<i64>) =
            statement.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let (Some(first), Some(last)) = stored else {
            return Ok(None);
        };
        if scope.lo <= first {
            scope.lo = day_of(first) * DAY;
        }
        if scope.hi >= last {
            scope.hi = day_of(last) * DAY + DAY - 1;
        }
        Ok((scope.lo <= scope.hi).then_some(scope))
    }

    /// `None` for no condition, else the ids of the words that are stored.
    pub(super) fn named_words(&self, texts: &[String]) -> Result<Option<Vec<i64>>, StoreError> {
        if texts.is_empty() {
            return Ok(None);
        }
        self.word_ids(texts).map(Some)
    }

    /// Whether rollups lag behind (a backfill is under way), so that only raw rows give the exact answer.
    pub(super) fn rollups_deferred(&self) -> Result<bool, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM meta WHERE key = 'rollup_mode' AND value = 'deferred')",
        )?;
        Ok(statement.query_row([], |row| row.get(0))?)
    }
}

/// First whole second that is not before `at`; stored times are whole seconds.
fn ceil_second(at: Timestamp) -> i64 {
    at.as_second() + i64::from(at.subsec_nanosecond() > 0)
}

/// Last whole second that is not after `at`.
fn floor_second(at: Timestamp) -> i64 {
    at.as_second() - i64::from(at.subsec_nanosecond() < 0)
}
