//! Pipelines per day and status.

use std::collections::HashMap;

use jiff::{Span, civil::Date};
use serde::Serialize;

use super::Filter;
use crate::{Reader, StoreError};

/// How many pipelines of one status were created on one day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TrendCell {
    /// UTC day of `created_at`.
    pub date: Date,
    /// Status in REST spelling.
    pub status: String,
    /// Pipelines.
    pub count: u64,
}

impl Reader<'_> {
    /// Pipelines per UTC day and status: newest day first, then by status.
    pub fn trend(&self, filter: &Filter) -> Result<Vec<TrendCell>, StoreError> {
        let Some(scope) = self.scope_in_data(filter)? else {
            return Ok(Vec::new());
        };
        let mut counts: HashMap<(i64, i64), i64> = HashMap::new();
        self.cells(&scope, &mut |cell| {
            *counts.entry((cell.day, cell.status)).or_default() += cell.sign * cell.count;
        })?;
        let mut statuses: HashMap<i64, String> = HashMap::new();
        let mut trend = Vec::with_capacity(counts.len());
        for ((day, status), count) in counts {
            if count == 0 {
                continue;
            }
            let status = match statuses.get(&status) {
                Some(text) => text.clone(),
                None => statuses.entry(status).or_insert(self.word(status)?).clone(),
            };
            trend.push(TrendCell {
                date: date_of(day)?,
                status,
                count: count as u64,
            });
        }
        trend.sort_unstable_by(|a, b| b.date.cmp(&a.date).then_with(|| a.status.cmp(&b.status)));
        Ok(trend)
    }
}

/// The calendar date of a day since 1970.
fn date_of(day: i64) -> Result<Date, StoreError> {
    Span::new()
        .try_days(day)
        .and_then(|span| Date::constant(1970, 1, 1).checked_add(span))
        .map_err(|error| StoreError::Corrupt {
            what: format!("the time of a pipeline, day {day}"),
            detail: error.to_string(),
        })
}
