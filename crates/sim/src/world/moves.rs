//! What happened to a pipeline between two moments.

use super::Moment;
use super::layout::Kind;
use super::pipeline::NONE;
use super::status::Status;
use super::time::Time;

/// A change of status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Move {
    pub(crate) at: Time,
    /// The job; none for the pipeline itself.
    pub(crate) job: Option<u64>,
}

impl Moment<'_> {
    /// Changes of the pipeline at this index and of its builds, later than `after` and by `until`, in order.
    ///
    /// Several changes of one of them at one moment are one; a pipeline that was only created has not changed.
    pub(crate) fn moves(&self, pipeline: u32, after: Time, until: Time) -> Vec<Move> {
        let row = &self.pipelines[pipeline as usize];
        let (from, to) = (after.since(row.created), until.since(row.created));
        let within = |at: i64| from < at && at <= to;
        let plan = self.plan(row);
        let layout = self.layout_of(pipeline);
        let own = plan
            .moves
            .iter()
            .filter(|(at, status)| within(*at) && (*at > 0 || *status != Status::Created));
        let mut moves: Vec<Move> = own
            .map(|(at, _)| Move {
                at: row.created.plus(*at),
                job: None,
            })
            .collect();
        let mut block = row.first_block;
        while block != NONE {
            let ids = &self.blocks[block as usize];
            for offset in 0..ids.rows {
                let job = &plan.jobs[(ids.first_row + offset) as usize];
                if layout.jobs[job.template as usize].kind != Kind::Build {
                    continue;
                }
                let own = job.moves.iter().filter(|(at, _)| within(*at));
                moves.extend(own.map(|(at, _)| Move {
                    at: row.created.plus(*at),
                    job: Some(ids.first_id + u64::from(offset)),
                }));
            }
            block = ids.next;
        }
        moves.sort_unstable();
        moves.dedup();
        moves
    }

    /// When the pipeline at this index or one of its jobs next changes after `after`, whether or not it has by now.
    pub(crate) fn next_move(&self, pipeline: u32, after: Time) -> Option<Time> {
        let row = &self.pipelines[pipeline as usize];
        if row.settled <= after {
            return None;
        }
        let from = after.since(row.created);
        let plan = self.plan(row);
        let own = plan.moves.iter().map(|(at, _)| *at);
        let of_jobs = plan
            .jobs
            .iter()
            .flat_map(|job| &job.moves)
            .map(|(at, _)| *at);
        let next = own.chain(of_jobs).filter(|at| *at > from).min();
        next.map(|at| row.created.plus(at))
    }
}
