//! Reading a plan at some moment.

use super::{Job, Plan};
use crate::world::layout::Layout;
use crate::world::pipeline::State;
use crate::world::status::{Status, Tally};
use crate::world::time::Time;

/// The pipeline's own status changes, derived from its jobs'.
pub(super) fn pipeline_moves(jobs: &[Job], layout: &Layout) -> Vec<(i64, Status)> {
    // What happens to whom: a change of status, or (none) a newer run taking its place.
    let mut events: Vec<(i64, usize, Option<Status>)> = Vec::new();
    for (row, job) in jobs.iter().enumerate() {
        events.extend(
            job.moves
                .iter()
                .map(|(at, status)| (*at, row, Some(*status))),
        );
        events.extend(job.retried.map(|at| (at, row, None)));
    }
    // Stable: a job's own changes at the same moment keep their order.
    events.sort_by_key(|(at, row, status)| (*at, *row, status.is_none()));
    let mut current: Vec<Option<Status>> = vec![None; jobs.len()];
    let mut tally = Tally::default();
    let mut moves: Vec<(i64, Status)> = Vec::new();
    let mut events = events.into_iter().peekable();
    while let Some((at, row, status)) = events.next() {
        let allow_failure = layout.jobs[jobs[row].template as usize].allow_failure;
        if let Some(before) = current[row] {
            tally.remove(before, allow_failure);
        }
        current[row] = status;
        if let Some(status) = status {
            tally.add(status, allow_failure);
        }
        // All that happens at one moment counts as one change.
        if events.peek().is_some_and(|(next, ..)| *next == at) {
            continue;
        }
        let status = tally.status();
        if moves.last().is_none_or(|(_, last)| *last != status) {
            moves.push((at, status));
        }
    }
    moves
}

impl Plan {
    /// The pipeline's own columns `at` milliseconds after its creation at `created`.
    pub(crate) fn state(&self, created: Time, at: i64) -> State {
        let mut state = State {
            status: Status::Created,
            updated: created,
            started: None,
            finished: None,
            duration: None,
        };
        for (moved, status) in self.moves.iter().take_while(|(moved, _)| *moved <= at) {
            state.status = *status;
            state.updated = created.plus(*moved);
            if *status == Status::Running && state.started.is_none() {
                state.started = Some(created.plus(*moved));
            }
            // A finished pipeline that runs again keeps its old finish and duration until the next.
            if status.is_finished() {
                state.finished = Some(created.plus(*moved));
            }
            if (status.is_finished() || *status == Status::Manual) && state.started.is_some() {
                state.duration = Some(self.duration(*moved));
            }
        }
        state
    }

    /// Time in which at least one of the newest runs ran, up to `at`: whole seconds.
    fn duration(&self, at: i64) -> u32 {
        let mut periods: Vec<(i64, i64)> = self
            .jobs
            .iter()
            .filter(|job| job.retried.is_none_or(|retried| retried > at))
            .filter_map(|job| {
                let started = job.started.filter(|started| *started <= at)?;
                Some((
                    started,
                    job.finished.map_or(at, |finished| finished.min(at)),
                ))
            })
            .collect();
        periods.sort_unstable();
        let mut total = 0;
        let mut covered = i64::MIN;
        for (from, to) in periods {
            total += (to - from.max(covered)).max(0);
            covered = covered.max(to);
        }
        (total / 1_000) as u32
    }
}

impl Job {
    /// Where the job stands `at` milliseconds after the pipeline's creation; none before it exists.
    pub(crate) fn status(&self, at: i64) -> Option<Status> {
        self.moves
            .iter()
            .take_while(|(moved, _)| *moved <= at)
            .last()
            .map(|(_, status)| *status)
    }
}
