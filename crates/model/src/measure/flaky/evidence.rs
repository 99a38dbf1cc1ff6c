//! Which failures were flakes, and what shows it.

use std::collections::HashSet;

use super::{BROKEN_PIPELINES, JobRun, Outcome};
use crate::JobId;

/// What shows that a failure says little about the code; strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Evidence {
    /// E1: the same commit passed as well, in a retry or in another pipeline.
    SameCommit,
    /// E2: the runs before and after passed, on other commits.
    Sandwich,
    /// E3: a failure of the infrastructure that comes and goes.
    Transient,
}

impl Evidence {
    /// `same_commit`, `sandwich` or `transient`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SameCommit => "same_commit",
            Self::Sandwich => "sandwich",
            Self::Transient => "transient",
        }
    }
}

/// A failure and what shows that it was a flake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flake {
    /// The failed job.
    pub job_id: JobId,
    /// What shows it.
    pub evidence: Evidence,
    /// E4: whether the same failure came up in other projects before and went away.
    pub recurring: bool,
}

/// Takes failures as transient where most failures of the same stretch without a pass are: an outage looks odd now and then.
pub(super) fn spread_outages(runs: &mut [JobRun]) {
    for stretch in runs.split_mut(|run| run.outcome == Outcome::Passed) {
        let transient = stretch
            .iter()
            .filter(|run| run.outcome == Outcome::Transient)
            .count();
        if transient * 2 > stretch.len() {
            for run in stretch {
                run.outcome = Outcome::Transient;
            }
        }
    }
}

/// Evidence in `runs`, which are in order; at most one piece for each failure.
pub(super) fn evidence(runs: &[JobRun]) -> Vec<Flake> {
    let passed: HashSet<&str> = runs
        .iter()
        .filter(|run| run.outcome == Outcome::Passed)
        .filter_map(|run| run.sha.as_deref())
        .collect();
    let mut found = Vec::new();
    let mut add = |run: &JobRun, evidence| {
        found.push((
            (run.created_at, run.job_id),
            Flake {
                job_id: run.job_id,
                evidence,
                recurring: run.recurring,
            },
        ));
    };
    for run in runs.iter().filter(|run| run.outcome == Outcome::Transient) {
        add(run, Evidence::Transient);
    }
    for streak in streaks(runs) {
        if streak.pipelines() >= BROKEN_PIPELINES {
            continue;
        }
        for run in &streak.runs {
            if run.sha.as_deref().is_some_and(|sha| passed.contains(sha)) {
                add(run, Evidence::SameCommit);
            } else if streak.between_passes {
                add(run, Evidence::Sandwich);
            }
        }
    }
    found.sort_by_key(|(place, _)| *place);
    found.into_iter().map(|(_, flake)| flake).collect()
}

/// Failures without a pass between them.
pub(super) struct FailStreak<'r> {
    /// In order, at least one.
    pub(super) runs: Vec<&'r JobRun>,
    /// Whether a pass came before and after.
    pub(super) between_passes: bool,
    /// Whether no pass came after.
    pub(super) lasts: bool,
}

impl FailStreak<'_> {
    /// How many pipelines failed; retries of one count once.
    pub(super) fn pipelines(&self) -> usize {
        let pipelines: HashSet<_> = self.runs.iter().map(|run| run.pipeline_id).collect();
        pipelines.len()
    }
}

/// All streaks of failures, in order. Transient failures neither make nor end one: they say nothing of the code.
pub(super) fn streaks(runs: &[JobRun]) -> Vec<FailStreak<'_>> {
    let mut found: Vec<FailStreak<'_>> = Vec::new();
    let mut current: Vec<&JobRun> = Vec::new();
    let mut passed_before = false;
    for run in runs {
        match run.outcome {
            Outcome::Transient => {}
            Outcome::Failed => current.push(run),
            Outcome::Passed => {
                if !current.is_empty() {
                    found.push(FailStreak {
                        runs: std::mem::take(&mut current),
                        between_passes: passed_before,
                        lasts: false,
                    });
                }
                passed_before = true;
            }
        }
    }
    if !current.is_empty() {
        found.push(FailStreak {
            runs: current,
            between_passes: false,
            lasts: true,
        });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::tests::runs;
    use super::*;

    fn kinds(text: &str) -> Vec<(i64, Evidence)> {
        evidence(&runs(text))
            .into_iter()
            .map(|flake| (flake.job_id.get(), flake.evidence))
            .collect()
    }

    #[test]
    fn a_retry_that_passes_shows_a_flake() {
        assert_eq!(kinds("PFrPP"), [(2, Evidence::SameCommit)]);
        assert_eq!(
            kinds("PFrFrFrP"),
            [2, 3, 4].map(|job| (job, Evidence::SameCommit))
        );
    }

    #[test]
    fn another_pipeline_of_the_same_commit_shows_it_too_before_or_after() {
        assert_eq!(kinds("P1F1F"), [(2, Evidence::SameCommit)]);
        assert_eq!(kinds("F1PP1"), [(1, Evidence::SameCommit)]);
    }

    #[test]
    fn up_to_two_failures_between_passes_are_flakes_and_three_are_not() {
        assert_eq!(kinds("PFP"), [(2, Evidence::Sandwich)]);
        assert_eq!(kinds("PFFP").len(), 2);
        assert!(kinds("PFFFP").is_empty());
        assert!(
            kinds("FP").is_empty() && kinds("PF").is_empty(),
            "no pass on one side"
        );
    }

    #[test]
    fn a_dependency_that_was_broken_for_days_is_no_flake_though_the_commit_is_the_same() {
        assert!(kinds("P1F1F1F1P1").is_empty());
    }

    #[test]
    fn transient_failures_are_apart_and_do_not_end_a_streak() {
        assert_eq!(kinds("PTP"), [(2, Evidence::Transient)]);
        assert_eq!(
            kinds("PFTFFP"),
            [(3, Evidence::Transient)],
            "three failures with a hole"
        );
    }

    #[test]
    fn an_odd_failure_amid_an_outage_is_part_of_it() {
        let mut outage = runs("PTFTP TFP");
        spread_outages(&mut outage);
        let kinds: Vec<Outcome> = outage.iter().map(|run| run.outcome).collect();
        assert_eq!(kinds[1..4], [Outcome::Transient; 3]);
        assert_eq!(kinds[6], Outcome::Failed, "one of two is not most of them");
    }

    #[test]
    fn runs_without_a_commit_are_no_flip() {
        let mut without = runs("PFF");
        for run in &mut without {
            run.sha = None;
        }
        assert!(evidence(&without).is_empty());
    }
}
