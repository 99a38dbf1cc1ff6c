//! One word on a job, from the evidence.

use jiff::Timestamp;

use super::evidence::streaks;
use super::{BROKEN_PIPELINES, Evidence, Flake, JobRun, MIN_RUNS, Outcome};
use crate::JobId;

/// What a job is; the first that holds, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Fewer than [`MIN_RUNS`] runs.
    NotEnoughData,
    /// Its last three pipelines or more failed, and that is not how often it fails anyway.
    Broken,
    /// It flipped on the same commit, or stood between passes twice (once, if the failure is known from elsewhere).
    Flaky,
    /// Its last one or two pipelines failed: too early to tell.
    Failing,
    /// Only failures of the infrastructure.
    Infra,
    /// It failed, and passes again: mended, as far as one can tell.
    Recovered,
    /// No failure.
    Healthy,
}

impl Verdict {
    /// `not_enough_data`, `broken`, `flaky`, `failing`, `infra`, `recovered` or `healthy`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotEnoughData => "not_enough_data",
            Self::Broken => "broken",
            Self::Flaky => "flaky",
            Self::Failing => "failing",
            Self::Infra => "infra",
            Self::Recovered => "recovered",
            Self::Healthy => "healthy",
        }
    }
}

/// The failures that the runs end with; transient ones aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Streak {
    /// The first failure.
    pub first: JobId,
    /// Its commit.
    pub sha: Option<String>,
    /// When it was created.
    pub since: Timestamp,
    /// The commit of the last pass before it.
    pub green_sha: Option<String>,
    /// Pipelines that failed.
    pub pipelines: usize,
    /// Runs that failed, retries included.
    pub runs: usize,
}

/// A streak that the job's own rate of flakes gives this often is no sign that it is broken.
const BY_CHANCE: f64 = 0.05;

/// The failures that `runs`, which are in order, end with.
pub(super) fn streak(runs: &[JobRun]) -> Option<Streak> {
    let last = streaks(runs).pop().filter(|streak| streak.lasts)?;
    let first = *last.runs.first()?;
    let green_sha = runs
        .iter()
        .rev()
        .find(|run| run.outcome == Outcome::Passed)
        .and_then(|run| run.sha.clone());
    Some(Streak {
        first: first.job_id,
        sha: first.sha.clone(),
        since: first.created_at,
        green_sha,
        pipelines: last.pipelines(),
        runs: last.runs.len(),
    })
}

/// The verdict on `runs`, which are in order.
pub(super) fn verdict(runs: &[JobRun], evidence: &[Flake], streak: Option<&Streak>) -> Verdict {
    if runs.len() < MIN_RUNS {
        return Verdict::NotEnoughData;
    }
    let flaky = is_flaky(runs, evidence);
    if let Some(streak) = streak
        && streak.pipelines >= BROKEN_PIPELINES
        && !(flaky && by_chance(runs, evidence, streak))
    {
        return Verdict::Broken;
    }
    if flaky {
        return Verdict::Flaky;
    }
    if streak.is_some() {
        return Verdict::Failing;
    }
    let failed = |outcome| runs.iter().any(|run| run.outcome == outcome);
    if failed(Outcome::Failed) {
        Verdict::Recovered
    } else if failed(Outcome::Transient) {
        Verdict::Infra
    } else {
        Verdict::Healthy
    }
}

fn is_flaky(runs: &[JobRun], evidence: &[Flake]) -> bool {
    let is = |kind: Evidence| move |flake: &&Flake| flake.evidence == kind;
    if evidence
        .iter()
        .any(|flake| is(Evidence::SameCommit)(&flake))
    {
        return true;
    }
    let sandwiches: Vec<&Flake> = evidence.iter().filter(is(Evidence::Sandwich)).collect();
    // Failures between passes on other commits look the same as something that was broken and mended at once;
    // that they come again, or are known from elsewhere, tells them apart.
    let times = streaks(runs)
        .iter()
        .filter(|streak| {
            let first = streak.runs.first().map(|run| run.job_id);
            sandwiches.iter().any(|flake| Some(flake.job_id) == first)
        })
        .count();
    times >= 2 || sandwiches.iter().any(|flake| flake.recurring)
}

/// Whether a job that flakes as often as this one fails so many times in a row now and then.
fn by_chance(runs: &[JobRun], evidence: &[Flake], streak: &Streak) -> bool {
    let flakes = evidence
        .iter()
        .filter(|flake| flake.evidence != Evidence::Transient)
        .count();
    let passes = runs
        .iter()
        .filter(|run| run.outcome == Outcome::Passed)
        .count();
    let rate = flakes as f64 / (flakes + passes).max(1) as f64;
    rate.powi(i32::try_from(streak.runs).unwrap_or(i32::MAX)) >= BY_CHANCE
}

#[cfg(test)]
mod tests {
    use super::super::flakiness;
    use super::super::tests::runs;
    use super::*;

    fn of(text: &str) -> Verdict {
        flakiness(runs(text)).verdict
    }

    #[test]
    fn each_verdict_has_its_case() {
        for (text, verdict) in [
            ("PPPFrPP", Verdict::NotEnoughData),
            ("PPPPPPPP", Verdict::Healthy),
            ("PPPPP FFF", Verdict::Broken),
            ("FFFFFFFF", Verdict::Broken),
            ("PPPPPPP FrP P", Verdict::Flaky),
            ("PP FP PP FP P", Verdict::Flaky),
            ("PPPPPPPP F", Verdict::Failing),
            ("PPPPPPPP FrFrF", Verdict::Failing),
            ("PPPP T PPP", Verdict::Infra),
            ("PPP FFFF PPP", Verdict::Recovered),
            ("PPPPP F PPP", Verdict::Recovered),
            ("PPPPP FrFF PPP", Verdict::Recovered),
        ] {
            assert_eq!(of(text), verdict, "{text}");
        }
    }

    #[test]
    fn one_sandwich_is_enough_when_the_failure_is_known_from_elsewhere() {
        let mut known = runs("PPPPP F PPP");
        known[5].recurring = true;
        let found = flakiness(known);
        assert_eq!((found.verdict, found.recurring()), (Verdict::Flaky, 1));
    }

    #[test]
    fn a_job_that_fails_every_other_time_is_not_broken_after_three() {
        assert_eq!(of("P1F1 P2F2 P3F3 P4F4 P5 FFF"), Verdict::Flaky);
        assert_eq!(of("P1F1 P2F2 P3F3 P4F4 P5 FFFFFFF"), Verdict::Broken);
    }

    #[test]
    fn a_streak_names_its_first_failure_and_the_last_green_commit() {
        let streak = flakiness(runs("PPPP P7 F8 T F rF F")).streak.unwrap();
        assert_eq!((streak.first, streak.sha.as_deref()), (JobId(6), Some("8")));
        assert_eq!(streak.green_sha.as_deref(), Some("7"));
        assert_eq!((streak.pipelines, streak.runs), (3, 4));
        assert_eq!(flakiness(runs("FFFP")).streak, None);
    }
}
