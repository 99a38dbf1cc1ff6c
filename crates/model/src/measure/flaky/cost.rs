//! What flakes cost.

use std::collections::HashSet;

use super::{Flake, JobRun, Outcome};
use crate::PipelineId;

/// What the flakes of a job cost; transient failures included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cost {
    /// Runner time of failures that were flakes: seconds.
    pub seconds: i64,
    /// Runs that repeated an earlier one of the same pipeline.
    pub retries: u64,
    /// Time from the end of a flake to the end of the next pass: the median, seconds.
    pub to_green: Option<i64>,
}

/// The cost in `runs`, which are in order.
pub(super) fn cost(runs: &[JobRun], evidence: &[Flake]) -> Cost {
    let flakes: HashSet<_> = evidence.iter().map(|flake| flake.job_id).collect();
    let mut cost = Cost::default();
    let mut seen: HashSet<PipelineId> = HashSet::new();
    let mut waits = Vec::new();
    for (place, run) in runs.iter().enumerate() {
        cost.retries += u64::from(!seen.insert(run.pipeline_id));
        if flakes.contains(&run.job_id) {
            cost.seconds += run.duration.unwrap_or(0);
            waits.extend(to_green(run, &runs[place + 1..]));
        }
    }
    waits.sort_unstable();
    cost.to_green = waits.get(waits.len().saturating_sub(1) / 2).copied();
    cost
}

/// Seconds from the end of `flake` to the end of the first pass among `later`.
fn to_green(flake: &JobRun, later: &[JobRun]) -> Option<i64> {
    let pass = later.iter().find(|run| run.outcome == Outcome::Passed)?;
    let seconds = pass.finished_at?.as_second() - flake.finished_at?.as_second();
    Some(seconds.max(0))
}

#[cfg(test)]
mod tests {
    use super::super::flakiness;
    use super::super::tests::runs;
    use super::*;

    #[test]
    fn flakes_cost_their_own_time_and_the_wait_for_green() {
        // Three flakes of 50 s; green one, two and one hour later; one retry.
        let found = flakiness(runs("PPP FrP PP F TP PP"));
        assert_eq!(
            found.cost,
            Cost {
                seconds: 150,
                retries: 1,
                to_green: Some(3600),
            }
        );
    }

    #[test]
    fn what_is_broken_is_no_flake_and_costs_nothing_here() {
        assert_eq!(flakiness(runs("PPPPP FFFF PP")).cost, Cost::default());
    }
}
