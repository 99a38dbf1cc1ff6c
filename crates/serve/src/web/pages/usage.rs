//! What trends are drawn from, kept in memory: counting the jobs of ninety days takes seconds where there are millions.
//!
//! Days that are over hardly change: they are counted once and looked at again each hour. One request counts for
//! [`BUDGET`] at most, the newest days first, and tells how many it has; the next goes on.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use labtower_store::{FailureTally, JobUsage, Mended, Reader, StoreError};

use super::kept::{FRESH, Instance, Kept, SETTLED, lock};

/// How long one request may count days.
const BUDGET: Duration = Duration::from_millis(1500);
/// Days that still change: today and yesterday.
const OPEN_DAYS: i64 = 2;
/// Seconds of a day.
const DAY: i64 = 86_400;

/// Figures of days, shared by all requests.
#[derive(Debug, Default)]
pub(crate) struct Days {
    usage: Mutex<BTreeMap<i64, Kept<JobUsage>>>,
    failures: Mutex<HashMap<u16, Kept<Failures>>>,
}

/// What failed, and how long it stayed so.
#[derive(Debug)]
pub(super) struct Failures {
    pub(super) tallies: Vec<FailureTally>,
    pub(super) mended: Vec<Mended>,
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
