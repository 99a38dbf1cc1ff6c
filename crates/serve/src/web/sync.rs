//! The synchronisation as people read it: states, requests, problems.

use jiff::Timestamp;
use labtower_store::{ProjectSync, SyncState};

use super::format;
use super::moment::Moment;
use crate::overview::{Overview, ProjectCounts};

/// Projects under way that are shown with a bar each.
const MAX_BARS: usize = 24;

/// State of the synchronisation.
#[derive(Debug)]
pub(crate) struct SyncView {
    pub(crate) counts: ProjectCounts,
    /// Parts of the bar of states, in percent of its length.
    pub(crate) states: Vec<StatePart>,
    pub(crate) lag: Option<String>,
    /// Whether the lag is more than ten polls.
    pub(crate) late: bool,
    pub(crate) last_cycle: Option<Moment>,
    pub(crate) last_cycle_took: Option<String>,
    pub(crate) cycles: String,
    pub(crate) requests: String,
    pub(crate) requests_remaining: Option<String>,
    pub(crate) gitlab_version: Option<String>,
    pub(crate) started: Option<Moment>,
    pub(crate) changes: String,
    pub(crate) size: String,
    pub(crate) problems: Vec<ProblemView>,
}

/// Part of the bar of project states.
#[derive(Debug, PartialEq)]
pub(crate) struct StatePart {
    pub(crate) name: &'static str,
    pub(crate) count: u64,
    pub(crate) x: f64,
    pub(crate) width: f64,
}

/// Something that does not work.
#[derive(Debug)]
pub(crate) struct ProblemView {
    pub(crate) scope: String,
    pub(crate) message: String,
    pub(crate) since: Moment,
    pub(crate) count: u64,
}

/// A project whose history is being read.
#[derive(Debug)]
pub(crate) struct ProjectBar {
    pub(crate) path: String,
    pub(crate) rows: String,
    pub(crate) total: String,
    pub(crate) percent: f64,
}

impl SyncView {
    /// The view of `overview` from `now`; late is what lags ten `poll_seconds` behind.
    pub(crate) fn new(overview: &Overview, poll_seconds: u64, now: Timestamp) -> Self {
        let run = overview.run.as_ref();
        let lag = overview.lag_seconds(now);
        Self {
            counts: overview.counts(),
            states: parts(&overview.counts()),
            late: lag.is_some_and(|lag| lag as u64 > 10 * poll_seconds.max(1)),
            lag: lag.map(format::duration),
            last_cycle: run
                .and_then(|run| run.last_cycle_at)
                .map(|at| Moment::new(at, now)),
            last_cycle_took: run
                .and_then(|run| run.last_cycle_seconds)
                .map(format::seconds),
            cycles: format::count(run.map_or(0, |run| run.cycles)),
            requests: format::count(run.map_or(0, |run| run.requests)),
            requests_remaining: run.and_then(|run| {
                let remaining = format::count(run.requests_remaining?);
                Some(match run.requests_limit {
                    Some(limit) => format!("{remaining} of {}", format::count(limit)),
                    None => remaining,
                })
            }),
            gitlab_version: run.and_then(|run| run.gitlab_version.clone()),
            started: run.map(|run| Moment::new(run.started_at, now)),
            changes: format::count(overview.totals.changes),
            size: format::bytes(overview.totals.size_bytes),
            problems: overview
                .problems
                .iter()
                .map(|problem| ProblemView {
                    scope: problem.scope.clone(),
                    message: problem.message.clone(),
                    since: Moment::new(problem.since, now),
                    count: problem.count,
                })
                .collect(),
        }
    }
}

/// Projects under way, the largest first.
pub(crate) fn bars(projects: &[ProjectSync]) -> Vec<ProjectBar> {
    let mut under_way: Vec<&ProjectSync> = projects
        .iter()
        .filter(|project| project.state == SyncState::Backfilling)
        .collect();
    under_way.sort_by_key(|project| std::cmp::Reverse(project.backfill_total));
    under_way
        .into_iter()
        .take(MAX_BARS)
        .map(|project| {
            let total = project.backfill_total.unwrap_or(0);
            ProjectBar {
                path: project.path_with_namespace.clone(),
                rows: format::count(project.rows),
                total: format::count(total),
                percent: (project.rows as f64 / total.max(1) as f64 * 100.0)
                    .min(100.0)
                    .floor(),
            }
        })
        .collect()
}

fn parts(counts: &ProjectCounts) -> Vec<StatePart> {
    let mut x = 0.0;
    let states = [
        ("live", counts.live),
        ("backfilling", counts.backfilling),
        ("pending", counts.pending),
        ("missing", counts.missing),
    ];
    let mut parts = Vec::new();
    for (name, count) in states {
        if count > 0 {
            let width = count as f64 / counts.total as f64 * 100.0;
            parts.push(StatePart {
                name,
                count,
                x,
                width,
            });
            x += width;
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_fill_the_bar_and_leave_out_what_is_not_there() {
        let counts = ProjectCounts {
            total: 4,
            live: 3,
            missing: 1,
            ..ProjectCounts::default()
        };
        let parts = parts(&counts);
        assert_eq!(parts.len(), 2);
        assert!((parts[1].x - 75.0).abs() < 1e-9 && (parts[1].width - 25.0).abs() < 1e-9);
    }
}
