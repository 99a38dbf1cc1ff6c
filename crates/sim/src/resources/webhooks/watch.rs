//! What happened to pipelines, jobs and branches since somebody last looked.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::happening::{Happening, What};
use crate::world::{Moment, NONE, Status, Target, Time};

/// A look at the world that goes on where the one before ended.
#[derive(Debug)]
pub(super) struct Watch {
    /// Everything up to then has been seen.
    at: Time,
    /// Index of the first pipeline that has not been seen.
    next: usize,
    /// Pipelines that will change, by when they next do.
    open: BinaryHeap<Reverse<(Time, u32)>>,
    /// Per project: commits and tags that have been seen.
    pushed: Vec<(u32, u32)>,
}

impl Watch {
    /// Begins at a moment: nothing before it is told.
    pub(super) fn new(moment: &Moment<'_>) -> Self {
        let at = moment.at();
        let next = moment.pipelines.partition_point(|row| row.created <= at);
        let open = (0..next as u32).filter_map(|pipeline| open(moment, pipeline, at));
        let pushed = moment.projects.iter();
        Self {
            at,
            next,
            open: open.collect(),
            pushed: pushed
                .map(|project| (project.commits.len() as u32, project.tags.len() as u32))
                .collect(),
        }
    }

    /// Up to when everything has been seen.
    pub(super) fn at(&self) -> Time {
        self.at
    }

    /// What happened up to this moment, in order.
    pub(super) fn look(&mut self, moment: &Moment<'_>) -> Vec<Happening> {
        let until = moment.at();
        let mut found = Vec::new();
        if until <= self.at {
            return found;
        }
        while let Some(row) = moment.pipelines.get(self.next)
            && row.created <= until
        {
            let (commits, tags) = &mut self.pushed[row.project as usize];
            let mut push = |what| {
                found.push(Happening {
                    at: row.created,
                    project: row.project,
                    what,
                });
            };
            if row.commit >= *commits {
                *commits = row.commit + 1;
                push(What::Push(row.commit));
            }
            if let Target::Tag(tag) = row.target
                && tag >= *tags
            {
                *tags = tag + 1;
                push(What::TagPush(tag));
            }
            self.open.push(Reverse((row.created, self.next as u32)));
            self.next += 1;
        }
        while let Some(Reverse((at, pipeline))) = self.open.peek().copied()
            && at <= until
        {
            self.open.pop();
            self.moved(moment, pipeline, until, &mut found);
            self.open.extend(open(moment, pipeline, until));
        }
        self.at = until;
        // A push comes before what it starts, and a pipeline before its jobs.
        found.sort_by_key(|happening| {
            let rank = match happening.what {
                What::Push(_) | What::TagPush(_) => 0,
                What::Pipeline(_) => 1,
                _ => 2,
            };
            (happening.at, rank)
        });
        found
    }

    /// Changes of a pipeline and its jobs; those of blocked users are not told.
    fn moved(&self, moment: &Moment<'_>, pipeline: u32, until: Time, found: &mut Vec<Happening>) {
        let row = &moment.pipelines[pipeline as usize];
        if row.user != NONE && moment.users[row.user as usize].blocked {
            return;
        }
        for step in moment.moves(pipeline, self.at, until) {
            let mut push = |what| {
                found.push(Happening {
                    at: step.at,
                    project: row.project,
                    what,
                });
            };
            match step.job {
                None => push(What::Pipeline(pipeline)),
                Some(job) => {
                    push(What::Job(job));
                    if deploys(moment, job, step.at) {
                        push(What::Deployment(job));
                    }
                }
            }
        }
    }
}

/// When a pipeline next changes after `after`; none when nothing changes any more.
fn open(moment: &Moment<'_>, pipeline: u32, after: Time) -> Option<Reverse<(Time, u32)>> {
    let next = moment.next_move(pipeline, after)?;
    Some(Reverse((next, pipeline)))
}

/// Whether a change of a job at `at` is one of its deployment.
fn deploys(moment: &Moment<'_>, job: u64, at: Time) -> bool {
    // As it is now will do: where it deploys to never changes.
    let Some(job) = moment.job(job).filter(|job| job.environment.is_some()) else {
        return false;
    };
    job.started == Some(at) || job.finished == Some(at) && job.status != Status::Skipped
}
