//! Is this job flaky? The verdict on a job (project, name, kind of ref) from its runs, with the evidence for it.
//!
//! A failure is a flake when the same commit passed as well ([`Evidence::SameCommit`]) or when it stands between passes
//! ([`Evidence::Sandwich`]); a failure of the infrastructure that goes away by itself is counted apart
//! ([`Evidence::Transient`]). Failures in [`BROKEN_PIPELINES`] pipelines in a row are no flakes: something was broken.
//!
//! Start at [`flakiness`]. Runs are those of [`DAYS`] days; below [`MIN_RUNS`] there is no verdict, only counts.

mod cost;
mod evidence;
#[cfg(test)]
mod simulation;
mod verdict;

use jiff::Timestamp;

use super::wilson::{Interval, wilson};
use crate::{JobId, PipelineId};

pub use cost::Cost;
pub use evidence::{Evidence, Flake};
pub use verdict::{Streak, Verdict};

/// Days that a verdict looks back.
pub const DAYS: i64 = 28;
/// Fewer runs than this allow no verdict.
pub const MIN_RUNS: usize = 8;
/// A failure that lasts for this many pipelines in a row is no flake.
pub const BROKEN_PIPELINES: usize = 3;

/// One finished run of a job.
#[derive(Debug, Clone, PartialEq)]
pub struct JobRun {
    /// The job.
    pub job_id: JobId,
    /// Its pipeline: a second run there is a retry.
    pub pipeline_id: PipelineId,
    /// Commit it ran on.
    pub sha: Option<String>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it finished.
    pub finished_at: Option<Timestamp>,
    /// Running time: seconds.
    pub duration: Option<i64>,
    /// How it ended.
    pub outcome: Outcome,
    /// Whether the same failure came up in other projects before and went away (only of failures).
    pub recurring: bool,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It passed.
    Passed,
    /// It failed.
    Failed,
    /// It failed for a reason outside the code that comes and goes: network, registry, runner.
    Transient,
}

/// What the runs of a job say.
#[derive(Debug, Clone, PartialEq)]
pub struct Flakiness {
    /// The verdict.
    pub verdict: Verdict,
    /// Runs looked at.
    pub runs: u64,
    /// Runs that passed.
    pub passes: u64,
    /// Runs that failed, for whatever reason.
    pub failures: u64,
    /// Failures that were flakes or transient, oldest first.
    pub evidence: Vec<Flake>,
    /// Flakes among them: those that are not transient.
    pub flakes: u64,
    /// Flakes of passes and flakes: 0 to 1; absent without either.
    pub rate: Option<f64>,
    /// Where the true rate lies with 95 % confidence.
    pub bounds: Option<Interval>,
    /// The failures that the runs end with.
    pub streak: Option<Streak>,
    /// What the flakes cost.
    pub cost: Cost,
}

impl Flakiness {
    /// Evidence of one kind.
    pub fn count(&self, kind: Evidence) -> u64 {
        self.evidence
            .iter()
            .filter(|flake| flake.evidence == kind)
            .count() as u64
    }

    /// Flakes whose failure came up in other projects and went away.
    pub fn recurring(&self) -> u64 {
        self.evidence.iter().filter(|flake| flake.recurring).count() as u64
    }
}

/// Looks at the runs of a job, in any order.
pub fn flakiness(mut runs: Vec<JobRun>) -> Flakiness {
    runs.sort_by_key(|run| (run.created_at, run.job_id));
    evidence::spread_outages(&mut runs);
    let evidence = evidence::evidence(&runs);
    let passes = runs
        .iter()
        .filter(|run| run.outcome == Outcome::Passed)
        .count() as u64;
    let flakes = evidence
        .iter()
        .filter(|flake| flake.evidence != Evidence::Transient)
        .count() as u64;
    let streak = verdict::streak(&runs);
    Flakiness {
        verdict: verdict::verdict(&runs, &evidence, streak.as_ref()),
        runs: runs.len() as u64,
        passes,
        failures: runs.len() as u64 - passes,
        flakes,
        rate: (passes + flakes > 0).then(|| flakes as f64 / (passes + flakes) as f64),
        bounds: wilson(flakes, passes + flakes),
        cost: cost::cost(&runs, &evidence),
        evidence,
        streak,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Runs by letters, each of a pipeline of its own: `P` passed, `F` failed, `T` transient. A digit after a letter
    /// names the commit, else each has its own; `r` before it makes it a retry in the pipeline before.
    pub(crate) fn runs(text: &str) -> Vec<JobRun> {
        let mut runs: Vec<JobRun> = Vec::new();
        let mut retry = false;
        for letter in text.chars().filter(|letter| !letter.is_whitespace()) {
            let place = runs.len() as i64;
            let outcome = match letter {
                'r' => {
                    retry = true;
                    continue;
                }
                'P' => Outcome::Passed,
                'F' => Outcome::Failed,
                'T' => Outcome::Transient,
                digit => {
                    runs.last_mut().unwrap().sha = Some(digit.to_string());
                    continue;
                }
            };
            let before = runs.last().filter(|_| std::mem::take(&mut retry));
            let at = |seconds| Timestamp::from_second(1_000_000 + 3600 * place + seconds).unwrap();
            runs.push(JobRun {
                job_id: JobId(place + 1),
                pipeline_id: before.map_or(PipelineId(100 + place), |run| run.pipeline_id),
                sha: before.map_or_else(|| Some(format!("own{place}")), |run| run.sha.clone()),
                created_at: at(0),
                finished_at: Some(at(60)),
                duration: Some(50),
                outcome,
                recurring: false,
            });
        }
        runs
    }

    #[test]
    fn rate_is_flakes_of_passes_and_flakes_with_bounds() {
        let found = flakiness(runs("PPPP FrP PPPP FrP PPPP TrP PPP"));
        assert_eq!(
            (found.runs, found.passes, found.failures, found.flakes),
            (21, 18, 3, 2)
        );
        assert!((found.rate.unwrap() - 0.1).abs() < 1e-12);
        let bounds = found.bounds.unwrap();
        assert!(bounds.low > 0.02 && bounds.high < 0.32);
        assert_eq!(found.count(Evidence::SameCommit), 2);
        assert_eq!(found.count(Evidence::Transient), 1);
        assert_eq!(found.verdict, Verdict::Flaky);
    }

    #[test]
    fn order_of_the_rows_does_not_matter() {
        let mut shuffled = runs("PPF1rP PPPPPF PP");
        shuffled.reverse();
        assert_eq!(flakiness(shuffled), flakiness(runs("PPF1rP PPPPPF PP")));
    }

    #[test]
    fn nothing_is_no_verdict_and_no_rate() {
        let found = flakiness(Vec::new());
        assert_eq!(found.verdict, Verdict::NotEnoughData);
        assert_eq!((found.rate, found.bounds), (None, None));
    }
}
