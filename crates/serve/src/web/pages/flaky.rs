//! How many jobs of a project are flaky, kept in memory: the verdict takes every run of 28 days.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use labtower_model::ProjectId;
use labtower_model::flaky::Verdict;
use labtower_store::{Reader, StoreError};

use crate::state::App;

use super::kept::{Instance, Kept, SETTLED, lock};
use super::verdict::{RUNS, VERDICT_DAYS, by_job, judge, recurring, since};

/// How long one count beside the requests takes at most; the next page goes on with it.
const BESIDE: Duration = Duration::from_secs(2);

/// Counts by project, shared by all requests.
#[derive(Debug, Default)]
pub(crate) struct FlakyJobs {
    counts: Mutex<HashMap<ProjectId, Kept<u32>>>,
    /// Somebody counts beside the requests.
    counting: AtomicBool,
}

/// What is known of some projects.
#[derive(Debug)]
pub(crate) struct Counted {
    /// Flaky jobs of each; `None` where they are not counted yet.
    pub(crate) jobs: Vec<Option<u32>>,
    /// Whether all of it is fresh.
    pub(crate) complete: bool,
}

impl FlakyJobs {
    /// Flaky jobs of the default branch of each project, as its page has them.
    ///
    /// Counts for so long at most; an old figure is better than none then.
    pub(crate) fn of(
        &self,
        reader: &Reader<'_>,
        projects: impl Iterator<Item = ProjectId>,
        instance: Instance,
        budget: Duration,
    ) -> Result<Counted, StoreError> {
        let begun = Instant::now();
        let mut found = Counted {
            jobs: Vec::new(),
            complete: true,
        };
        for project in projects {
            let kept = lock(&self.counts).get(&project).cloned();
            let fresh = kept
                .as_ref()
                .is_some_and(|kept| kept.holds(instance, SETTLED));
            if fresh || begun.elapsed() >= budget {
                found.jobs.push(kept.map(|kept| *kept.value));
                found.complete &= fresh;
                continue;
            }
            let count = count(reader, project, instance.now)?;
            lock(&self.counts).insert(project, Kept::new(count, instance));
            found.jobs.push(Some(count));
        }
        Ok(found)
    }

    /// Counts beside the requests, for the pages that come after; one such count at a time.
    pub(crate) fn count_beside(app: &App, projects: Vec<ProjectId>, instance: Instance) {
        if app.flaky().counting.swap(true, Ordering::AcqRel) {
            return;
        }
        let counting = Counting(app.clone());
        tokio::task::spawn_blocking(move || {
            let Counting(app) = &counting;
            let projects = projects.into_iter();
            let counted = app
                .store()
                .read(|reader| app.flaky().of(reader, projects, instance, BESIDE));
            if let Err(error) = counted {
                tracing::warn!(%error, "flaky jobs could not be counted");
            }
        });
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

/// Says that nobody counts any more, however the count ends.
struct Counting(App);

impl Drop for Counting {
    fn drop(&mut self) {
        self.0.flaky().counting.store(false, Ordering::Release);
    }
}
