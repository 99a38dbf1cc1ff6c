//! The order of rows, kept from one window to the next as long as the data stands still.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use labtower_store::{Grid, GridPlan, NightFilter, Reader, StoreError};

/// Orders kept: a few people with a few choices each.
const KEPT: usize = 32;

/// Orders by the generation of the data and what was asked; the one used last comes last.
#[derive(Debug, Default)]
pub(crate) struct Plans(Mutex<Vec<(u64, NightFilter, Arc<GridPlan>)>>);

impl Plans {
    /// A window of the grid. `generation` is that of the data before the question.
    pub(crate) fn window(
        &self,
        reader: &Reader<'_>,
        generation: u64,
        filter: &NightFilter,
        (offset, limit): (usize, usize),
    ) -> Result<Grid, StoreError> {
        let plan = self.plan(reader, generation, filter)?;
        reader.grid_window(filter, &plan, offset, limit)
    }

    fn plan(
        &self,
        reader: &Reader<'_>,
        generation: u64,
        filter: &NightFilter,
    ) -> Result<Arc<GridPlan>, StoreError> {
        // What is late, and which night is the last one, changes with time; nobody needs it to the second.
        let asked = NightFilter {
            now: minute(filter.now),
            ..filter.clone()
        };
        if let Some(plan) = self.known(generation, &asked) {
            return Ok(plan);
        }
        let plan = Arc::new(reader.grid_plan(&asked)?);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // What an older state was asked is never asked again.
        kept.retain(|(known, filter, _)| *known == generation && *filter != asked);
        if kept.len() >= KEPT {
            kept.remove(0);
        }
        kept.push((generation, asked, Arc::clone(&plan)));
        Ok(plan)
    }

    fn known(&self, generation: u64, asked: &NightFilter) -> Option<Arc<GridPlan>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_it =
            |(known, filter, _): &(u64, NightFilter, _)| *known == generation && filter == asked;
        let place = kept.iter().position(is_it)?;
        let found = kept.remove(place);
        let plan = Arc::clone(&found.2);
        kept.push(found);
        Some(plan)
    }
}

/// The minute that `now` is in.
fn minute(now: Timestamp) -> Timestamp {
    let second = now.as_second();
    Timestamp::from_second(second - second.rem_euclid(60)).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_are_cut_off_not_rounded() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let cut = minute(at("2026-11-21T07:00:59.9Z"));
        assert_eq!(cut, at("2026-11-21T07:00:00Z"));
    }
}
