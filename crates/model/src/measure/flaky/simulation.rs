//! Verdicts against jobs whose nature is known: the simulator knows what it broke.

use jiff::Timestamp;

use super::{JobRun, MIN_RUNS, Outcome, Verdict, flakiness};
use crate::{JobId, PipelineId};

/// What a simulated job is.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Nature {
    Healthy,
    /// Fails with this probability, whatever the commit.
    Flaky(f64),
    /// Always fails from this pipeline on.
    Broken(usize),
    /// Always fails from one pipeline to before another.
    Mended(usize, usize),
    /// The infrastructure fails from one pipeline to before another, with this probability.
    Outage(usize, usize, f64),
}

impl Nature {
    fn verdict(self) -> Verdict {
        match self {
            Self::Healthy => Verdict::Healthy,
            Self::Flaky(_) => Verdict::Flaky,
            Self::Broken(_) => Verdict::Broken,
            Self::Mended(..) => Verdict::Recovered,
            Self::Outage(..) => Verdict::Infra,
        }
    }
}

/// Numbers that look random and are the same each time (SplitMix64).
struct Dice(u64);

impl Dice {
    fn share(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn chance(&mut self, probability: f64) -> bool {
        self.share() < probability
    }

    fn below(&mut self, end: usize) -> usize {
        (self.share() * end as f64) as usize
    }

    fn nature(&mut self) -> Nature {
        match self.below(5) {
            0 => Nature::Healthy,
            1 => Nature::Flaky(0.1 + 0.3 * self.share()),
            2 => Nature::Broken(8 + self.below(14)),
            3 => {
                let from = 2 + self.below(10);
                // Mended after one pipeline or after nine.
                Nature::Mended(from, from + 1 + self.below(9))
            }
            _ => {
                let from = 2 + self.below(10);
                Nature::Outage(from, from + 2 + self.below(8), 0.3 + 0.7 * self.share())
            }
        }
    }

    /// `count` runs of a job: every other one on a new commit, half of the failures retried.
    fn runs(&mut self, nature: Nature, count: usize) -> Vec<JobRun> {
        let mut runs: Vec<JobRun> = Vec::new();
        let (mut pipeline, mut commit) = (0, 0);
        let mut retries = 0;
        while runs.len() < count {
            let outcome = self.outcome(nature, pipeline);
            let at = |seconds| {
                Timestamp::from_second(2_000_000 + 7200 * runs.len() as i64 + seconds).unwrap()
            };
            runs.push(JobRun {
                job_id: JobId(runs.len() as i64 + 1),
                pipeline_id: PipelineId(pipeline as i64 + 1),
                sha: Some(commit.to_string()),
                created_at: at(0),
                finished_at: Some(at(300)),
                duration: Some(290),
                outcome,
                recurring: false,
            });
            if outcome != Outcome::Passed && retries < 2 && self.chance(0.5) {
                retries += 1;
                continue;
            }
            retries = 0;
            pipeline += 1;
            // A job is broken or mended by a commit.
            let turned = match nature {
                Nature::Broken(from) => pipeline == from,
                Nature::Mended(from, to) => pipeline == from || pipeline == to,
                _ => false,
            };
            commit += usize::from(turned || self.chance(0.5));
        }
        runs
    }

    fn outcome(&mut self, nature: Nature, pipeline: usize) -> Outcome {
        match nature {
            Nature::Flaky(probability) if self.chance(probability) => Outcome::Failed,
            Nature::Broken(from) if pipeline >= from => Outcome::Failed,
            Nature::Mended(from, to) if (from..to).contains(&pipeline) => Outcome::Failed,
            Nature::Outage(from, to, probability)
                if (from..to).contains(&pipeline) && self.chance(probability) =>
            {
                // One in twenty is not known as a failure of the infrastructure.
                if self.chance(0.05) {
                    Outcome::Failed
                } else {
                    Outcome::Transient
                }
            }
            _ => Outcome::Passed,
        }
    }
}

/// Harmonic mean of precision and recall of one verdict.
fn f1(seen: &[(Verdict, Verdict)], verdict: Verdict) -> f64 {
    let count = |truth: bool, found: bool| {
        seen.iter()
            .filter(|(is, said)| (*is == verdict) == truth && (*said == verdict) == found)
            .count() as f64
    };
    let hits = count(true, true);
    2.0 * hits / (2.0 * hits + count(false, true) + count(true, false))
}

fn judged(seed: u64, jobs: usize, runs: usize) -> Vec<(Verdict, Verdict)> {
    let mut dice = Dice(seed);
    (0..jobs)
        .map(|_| {
            let nature = dice.nature();
            let found = flakiness(dice.runs(nature, runs)).verdict;
            (nature.verdict(), found)
        })
        .collect()
}

#[test]
fn thirty_runs_tell_what_a_job_is() {
    for seed in [1, 20_261_121, 987_654_321] {
        let seen = judged(seed, 2000, 30);
        for (verdict, bar) in [
            (Verdict::Flaky, 0.9),
            (Verdict::Broken, 0.9),
            (Verdict::Recovered, 0.9),
            (Verdict::Infra, 0.9),
        ] {
            let score = f1(&seen, verdict);
            assert!(score >= bar, "{verdict:?} F1 {score:.3} with seed {seed}");
        }
    }
}

#[test]
fn a_job_that_was_broken_is_hardly_ever_called_flaky() {
    let seen = judged(3, 4000, 30);
    let wrong = seen
        .iter()
        .filter(|(is, said)| {
            *said == Verdict::Flaky && matches!(is, Verdict::Broken | Verdict::Recovered)
        })
        .count();
    let called = seen
        .iter()
        .filter(|(_, said)| *said == Verdict::Flaky)
        .count();
    assert!(wrong * 50 <= called, "{wrong} of {called}");
}

#[test]
fn below_eight_runs_nothing_is_guessed() {
    for runs in 0..MIN_RUNS {
        for (_, said) in judged(5, 200, runs) {
            assert_eq!(said, Verdict::NotEnoughData);
        }
    }
}
