//! From contributions to cells: which cells a pipeline counts in, and their sums over a transaction.

use std::collections::BTreeMap;

use super::facts::{Fact, Facts, Sign};
use super::packed::chunk;

/// Key of a row of `rollups`, in the order of its primary key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct RollupKey {
    pub(super) project_id: i64,
    pub(super) ref_id: i64,
    pub(super) day: i64,
    pub(super) status: i64,
    pub(super) ref_kind: i64,
    pub(super) source: i64,
}

/// A project within a span: those of a row of `spans` follow each other in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SpanKey {
    pub(super) ref_id: i64,
    pub(super) status: i64,
    pub(super) days: i64,
    pub(super) start: i64,
    /// Follows from the project.
    pub(super) chunk: i64,
    pub(super) project_id: i64,
}

impl SpanKey {
    /// What it has in common with the others of its row.
    pub(super) fn row(&self) -> [i64; 5] {
        [self.ref_id, self.status, self.days, self.start, self.chunk]
    }
}

/// How a cell changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Delta {
    pub(super) count: i64,
    pub(super) duration_count: i64,
    pub(super) duration_sum: i64,
    /// Durations and how much more often (or less, below zero) each is counted. Empty for spans.
    pub(super) durations: BTreeMap<i64, i64>,
}

/// Lengths of spans: days. Part of the stored form: whoever changes them must raise `rebuild::VERSION`.
pub(super) const SPAN_DAYS: [i64; 3] = [1, 7, 28];

/// The cells of `rollups` a pipeline counts in.
fn rollup_keys(fact: &Fact) -> impl Iterator<Item = RollupKey> {
    let cell = |project_id, ref_id| RollupKey {
        project_id,
        ref_id,
        day: fact.day(),
        status: fact.status,
        ref_kind: fact.ref_kind,
        source: fact.source.unwrap_or(0),
    };
    [cell(fact.project_id, 0), cell(0, 0)]
        .into_iter()
        .chain(fact.ref_id.map(|ref_id| cell(0, ref_id)))
}

/// The cells of `spans` a pipeline counts in.
fn span_keys(fact: &Fact) -> impl Iterator<Item = SpanKey> {
    let pairs = [(0, 0), (0, fact.status)]
        .into_iter()
        .chain(fact.ref_id.map(|ref_id| (ref_id, 0)));
    let (day, project_id) = (fact.day(), fact.project_id);
    pairs.flat_map(move |(ref_id, status)| {
        SPAN_DAYS.into_iter().map(move |days| SpanKey {
            ref_id,
            status,
            days,
            start: day - day.rem_euclid(days),
            chunk: chunk(project_id),
            project_id,
        })
    })
}

/// Sums contributions per cell of `rollups`.
pub(super) fn rollups(facts: &Facts) -> BTreeMap<RollupKey, Delta> {
    let mut cells: BTreeMap<RollupKey, Delta> = BTreeMap::new();
    for (sign, fact) in facts.iter() {
        for key in rollup_keys(fact) {
            let delta = cells.entry(key).or_default();
            let by = delta.count_one(*sign, fact);
            if let Some(duration) = fact.duration {
                *delta.durations.entry(duration).or_default() += by;
            }
        }
    }
    cells
}

/// Sums contributions per cell of `spans`.
pub(super) fn spans(facts: &Facts) -> BTreeMap<SpanKey, Delta> {
    let mut cells: BTreeMap<SpanKey, Delta> = BTreeMap::new();
    for (sign, fact) in facts.iter() {
        for key in span_keys(fact) {
            cells.entry(key).or_default().count_one(*sign, fact);
        }
    }
    cells
}

impl Delta {
    fn count_one(&mut self, sign: Sign, fact: &Fact) -> i64 {
        let by = match sign {
            Sign::Gained => 1,
            Sign::Lost => -1,
        };
        self.count += by;
        if let Some(duration) = fact.duration {
            self.duration_count += by;
            self.duration_sum += by * duration;
        }
        by
    }

    /// Whether the cell stays as it is.
    pub(super) fn is_nothing(&self) -> bool {
        self.count == 0
            && self.duration_count == 0
            && self.duration_sum == 0
            && self.durations.values().all(|by| *by == 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fact() -> Fact {
        Fact {
            id: 1,
            project_id: 7,
            ref_id: Some(20),
            created_at: 86_400 * 100,
            status: 7,
            ref_kind: 0,
            source: None,
            duration: Some(60),
            queued: None,
            failure_reason: None,
        }
    }

    #[test]
    fn pipeline_counts_in_three_rollups_and_nine_spans() {
        let mut facts = Facts::default();
        facts.add(fact());
        assert_eq!(rollups(&facts).len(), 3);
        assert_eq!(spans(&facts).len(), 9);
        let starts: Vec<i64> = spans(&facts).keys().map(|key| key.start).collect();
        assert!(starts.contains(&100) && starts.contains(&98) && starts.contains(&84));
    }

    #[test]
    fn pipeline_without_ref_counts_in_the_cells_of_all_refs() {
        let mut facts = Facts::default();
        facts.add(Fact {
            ref_id: None,
            ..fact()
        });
        assert!(rollups(&facts).keys().all(|key| key.ref_id == 0));
        assert_eq!(spans(&facts).len(), 6);
    }

    #[test]
    fn coming_and_going_is_nothing() {
        let mut facts = Facts::default();
        facts.add(fact());
        facts.remove(fact());
        assert!(rollups(&facts).values().all(Delta::is_nothing));
        assert!(spans(&facts).values().all(Delta::is_nothing));
    }
}
