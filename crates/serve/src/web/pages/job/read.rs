//! The history of a job, from the store.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use labtower_model::{Histogram, Place, Project};
use labtower_store::{GroupId, HistoryFilter, Reader, Run};

use super::super::link;
use super::super::value::{Count, Maybe, Seconds, When};
use super::super::verdict::{Concentrated, Judged, concentrated, judge, outcome, recurring, since};
use super::runs::rows;
use super::{GroupCount, JobHistory, PAGE, RUNS, Wanted};
use crate::answer::AnswerError;
use crate::error::ApiError;

/// The runs of a job and what they come to.
pub(super) fn read(
    reader: &Reader<'_>,
    project: &str,
    name: &str,
    wanted: Wanted,
    now: Timestamp,
) -> Result<JobHistory, AnswerError> {
    let Some(stored) = reader.project_at(project)? else {
        return Err(ApiError::no_such_path(&format!("/{}", link::project(project))).into());
    };
    let refs = refs(&stored, &wanted);
    let from = since(now, wanted.days);
    let runs = reader.job_history(&HistoryFilter {
        project: project.to_owned(),
        names: vec![name.to_owned()],
        from,
        refs: refs.clone(),
        sources: wanted.sources.clone(),
        limit: RUNS,
    })?;
    let found = judge(&runs, &recurring(reader, &runs, now)?);
    let other_projects = reader
        .jobs_named(name, from)?
        .iter()
        .filter(|other| other.project_id != stored.id)
        .count() as u64;
    let (durations, queue) = (
        times(&runs, |run| run.duration.map(|s| s as f64)),
        times(&runs, |run| run.queued_duration),
    );
    Ok(JobHistory {
        project: project.to_owned(),
        job: name.to_owned(),
        days: wanted.days,
        refs,
        sources: wanted.sources,
        duration_p50: quantile(&durations, 0.5),
        duration_p95: quantile(&durations, 0.95),
        queue_p50: quantile(&queue, 0.5),
        queue_p95: quantile(&queue, 0.95),
        groups: groups(&runs),
        concentrations: places(&runs),
        other_projects: Count(other_projects),
        next_offset: (wanted.offset + PAGE < runs.len()).then_some(wanted.offset + PAGE),
        total_runs: Count(runs.len() as u64),
        runs: rows(runs.iter().skip(wanted.offset).take(PAGE), &found),
        judged: Judged::new(&found),
    })
}

/// The default branch unless asked otherwise; everything where it is not known.
fn refs(project: &Project, wanted: &Wanted) -> Vec<String> {
    if wanted.any_ref || !wanted.refs.is_empty() {
        return wanted.refs.clone();
    }
    project.default_branch.iter().cloned().collect()
}

/// Times of the runs that passed or failed.
pub(in super::super) fn times(runs: &[Run], time: impl Fn(&Run) -> Option<f64>) -> Histogram {
    let mut histogram = Histogram::default();
    for run in runs.iter().filter(|run| outcome(run).is_some()) {
        if let Some(seconds) = time(run) {
            histogram.add(seconds);
        }
    }
    histogram
}

/// A quantile as a figure.
pub(in super::super) fn quantile(times: &Histogram, share: f64) -> Maybe<Seconds> {
    Maybe(times.quantile(share).map(Seconds))
}

pub(in super::super) fn groups(runs: &[Run]) -> Vec<GroupCount> {
    let mut counts: BTreeMap<GroupId, GroupCount> = BTreeMap::new();
    // Newest first: what a group is shown by is its newest failure.
    for run in runs {
        let Some(group_id) = run.group_id else {
            continue;
        };
        counts
            .entry(group_id)
            .or_insert_with(|| GroupCount {
                group_id,
                headline: run.headline.clone().unwrap_or_default(),
                category: run.category.clone(),
                failures: Count(0),
                last_at: When(run.created_at),
            })
            .failures
            .0 += 1;
    }
    let mut groups: Vec<GroupCount> = counts.into_values().collect();
    groups.sort_by(|a, b| {
        b.failures
            .cmp(&a.failures)
            .then_with(|| a.group_id.cmp(&b.group_id))
    });
    groups
}

/// Runners and tags where the job fails more than elsewhere.
fn places(runs: &[Run]) -> Vec<Concentrated> {
    let mut tags: HashMap<&str, (u64, u64)> = HashMap::new();
    let mut runners: HashMap<String, (u64, u64)> = HashMap::new();
    let mut total = (0, 0);
    for run in runs.iter().filter(|run| outcome(run).is_some()) {
        let failed = u64::from(run.status == "failed");
        total = (total.0 + failed, total.1 + 1);
        let add = |cell: &mut (u64, u64)| *cell = (cell.0 + failed, cell.1 + 1);
        for tag in &run.tags {
            add(tags.entry(tag).or_default());
        }
        if let Some(runner) = run.runner_id {
            add(runners.entry(format!("#{runner}")).or_default());
        }
    }
    let place = |value: &str, (failures, runs): (u64, u64)| Place {
        value: value.to_owned(),
        failures,
        runs,
    };
    let tags: Vec<Place> = tags
        .into_iter()
        .map(|(tag, cell)| place(tag, cell))
        .collect();
    let runners: Vec<Place> = runners
        .iter()
        .map(|(runner, cell)| place(runner, *cell))
        .collect();
    let mut found = concentrated("tag", &tags, Some(total));
    found.extend(concentrated("runner", &runners, Some(total)));
    found
}
