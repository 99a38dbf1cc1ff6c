//! How many jobs of a project are flaky, kept in memory: the verdict takes every run of 28 days.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use labtower_model::ProjectId;
use labtower_model::flaky::Verdict;
use labtower_store::{Reader, StoreError};

use super::kept::{Instance, Kept, SETTLED, lock};
use super::verdict::{RUNS, VERDICT_DAYS, by_job, judge, recurring, since};

/// Counts by project, shared by all requests.
#[derive(Debug, Default)]
pub(crate) struct FlakyJobs(Mutex<HashMap<ProjectId, Kept<u32>>>);

impl FlakyJobs {
    /// Flaky jobs of the default branch of each project, as its page has them.
    ///
    /// Counts for so long at most: an old figure is better than none then, and `None` is one that a later request
    /// counts.
    pub(crate) fn of(
        &self,
        reader: &Reader<'_>,
        projects: impl Iterator<Item = ProjectId>,
        instance: Instance,
        budget: Duration,
    ) -> Result<Vec<Option<u32>>, StoreError> {
        let begun = Instant::now();
        let mut found = Vec::new();
        for project in projects {
            let kept = lock(&self.0).get(&project).cloned();
            let fresh = kept
                .as_ref()
                .is_some_and(|kept| kept.holds(instance, SETTLED));
            if fresh || begun.elapsed() > budget {
                found.push(kept.map(|kept| *kept.value));
                continue;
            }
            let count = count(reader, project, instance.now)?;
            lock(&self.0).insert(project, Kept::new(count, instance));
            found.push(Some(count));
        }
        Ok(found)
    }
}

fn count(reader: &Reader<'_>, project: ProjectId, now: Timestamp) -> Result<u32, StoreError> {
    let runs = reader.unsteady_runs(project, since(now, VERDICT_DAYS), RUNS)?;
    let known = recurring(reader, &runs, now)?;
    let jobs = by_job(&runs).into_values();
    Ok(jobs
        .filter(|runs| judge(runs.iter().copied(), &known).verdict == Verdict::Flaky)
        .count() as u32)
}
