//! What trends are drawn from, kept in memory: counting the jobs of ninety days takes seconds where there are millions.
//!
//! Days that are over hardly change: they are counted once and looked at again each hour. One request counts for
//! [`BUDGET`] at most, the newest days first, and tells how many it has; the next goes on.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use labtower_store::{FailureTally, JobUsage, Mended, Reader, StoreError};

/// How long one request may count days.
const BUDGET: Duration = Duration::from_millis(1500);
/// Days that still change: today and yesterday.
const OPEN_DAYS: i64 = 2;
/// How old figures of such days, and of failures, may be while data moves.
const FRESH: SignedDuration = SignedDuration::from_secs(60);
/// The same for days that are over.
const SETTLED: SignedDuration = SignedDuration::from_hours(1);
/// Seconds of a day.
const DAY: i64 = 86_400;

/// Figures of days, shared by all requests.
#[derive(Debug, Default)]
pub(crate) struct Days {
    usage: Mutex<BTreeMap<i64, Kept<JobUsage>>>,
    failures: Mutex<HashMap<u16, Kept<Failures>>>,
}

/// A figure, and when and of which data it was read.
#[derive(Debug)]
struct Kept<T> {
    value: Arc<T>,
    read_at: Timestamp,
    generation: u64,
}

/// What failed, and how long it stayed so.
#[derive(Debug)]
pub(super) struct Failures {
    pub(super) tallies: Vec<FailureTally>,
    pub(super) mended: Vec<Mended>,
}

/// The state of the data and the present.
#[derive(Debug, Clone, Copy)]
pub(super) struct Instance {
    pub(super) now: Timestamp,
    pub(super) generation: u64,
}

impl<T> Clone for Kept<T> {
    fn clone(&self) -> Self {
        Self {
            value: Arc::clone(&self.value),
            ..*self
        }
    }
}

impl<T> Kept<T> {
    fn new(value: T, instance: Instance) -> Self {
        Self {
            value: Arc::new(value),
            read_at: instance.now,
            generation: instance.generation,
        }
    }

    /// Whether it may be shown: the data stands still, or it is young enough.
    fn holds(&self, instance: Instance, longest: SignedDuration) -> bool {
        let age = instance.now.duration_since(self.read_at);
        let young = age < longest && !age.is_negative();
        young || self.generation == instance.generation
    }
}

impl Days {
    /// What jobs took on each day, as far as it is counted; days are those since 1970 in UTC, both ends included.
    pub(super) fn usage(
        &self,
        reader: &Reader<'_>,
        first: i64,
        last: i64,
        instance: Instance,
    ) -> Result<BTreeMap<i64, Arc<JobUsage>>, StoreError> {
        let begun = Instant::now();
        let today = instance.now.as_second().div_euclid(DAY);
        let mut found = BTreeMap::new();
        for day in (first..=last).rev() {
            let longest = if day > today - OPEN_DAYS {
                FRESH
            } else {
                SETTLED
            };
            let kept = lock(&self.usage).get(&day).cloned();
            let fresh = kept
                .as_ref()
                .is_some_and(|kept| kept.holds(instance, longest));
            // An old figure is better than none when there is no time for a new one.
            if fresh || begun.elapsed() > BUDGET {
                found.extend(kept.map(|kept| (day, kept.value)));
                continue;
            }
            let at = |day: i64| Timestamp::from_second(day * DAY).unwrap_or(Timestamp::MIN);
            let counted = Kept::new(reader.job_usage(at(day), at(day + 1))?, instance);
            found.insert(day, Arc::clone(&counted.value));
            lock(&self.usage).insert(day, counted);
        }
        lock(&self.usage).retain(|day, _| *day >= today - 400);
        Ok(found)
    }

    /// What failed in so many days.
    pub(super) fn failures(
        &self,
        reader: &Reader<'_>,
        days: u16,
        since: Timestamp,
        instance: Instance,
    ) -> Result<Arc<Failures>, StoreError> {
        let kept = lock(&self.failures).get(&days).cloned();
        if let Some(kept) = kept.filter(|kept| kept.holds(instance, FRESH)) {
            return Ok(kept.value);
        }
        let read = Failures {
            tallies: reader.failure_tallies(since)?,
            mended: reader.mended(since)?,
        };
        let kept = Kept::new(read, instance);
        let value = Arc::clone(&kept.value);
        lock(&self.failures).insert(days, kept);
        Ok(value)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_holds_while_data_stands_still_or_it_is_young() {
        let at = |second, generation| Instance {
            now: Timestamp::from_second(second).unwrap(),
            generation,
        };
        let kept = Kept::new(1, at(1000, 7));
        assert!(kept.holds(at(900_000, 7), FRESH));
        assert!(kept.holds(at(1030, 8), FRESH));
        assert!(!kept.holds(at(1100, 8), FRESH));
        assert!(kept.holds(at(1100, 8), SETTLED));
        assert!(!kept.holds(at(9000, 8), SETTLED));
    }
}
