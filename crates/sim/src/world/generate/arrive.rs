//! What happens: pushes, merge requests, tags, nightly runs, children, retried jobs.

use super::{What, World};
use crate::world::pipeline::{Block, NONE, Row, Source, Target};
use crate::world::plan::{Brief, Occasion, Plan, child_seed};
use crate::world::project::{Branch, Commit, MergeRequest, Project, Tag};
use crate::world::random::{Rng, mix};
use crate::world::time::{DAY, HOUR, SECOND, Time};

impl World {
    /// Draws when something next starts a pipeline in the project, after `after`.
    pub(super) fn queue_arrival(&mut self, project: u32, after: Time) {
        let rate = self.projects[project as usize].pipelines_per_day;
        if rate <= 0.0 {
            return;
        }
        let rng = &mut self.arrivals[project as usize];
        let mut at = after;
        // Draws come at the busiest hour's rate and are thinned out at quiet hours.
        loop {
            at = at.plus(rng.waiting(DAY as f64 / (rate * BUSIEST)) as i64 + 1);
            if rng.unit() * BUSIEST < busyness(at) {
                break;
            }
        }
        self.queue(at, What::Arrival { project });
    }

    /// Somebody pushes, opens a merge request, tags, or presses a button.
    pub(super) fn arrive(&mut self, project: u32, at: Time) {
        let users = self.users.len() as u64;
        let row = &mut self.projects[project as usize];
        let mut rng = Rng::new(mix(row.seed, 0x4000_0000 + u64::from(row.roots)));
        let author = people(&mut rng, users);
        let (source, target, commit) = match rng.below(100) {
            0..34 => (
                Source::Push,
                Target::Default,
                push(row, Branch::Default, author, at),
            ),
            34..48 => {
                let iid = merge_request(row, &mut rng, author, at);
                (
                    Source::Push,
                    Target::Branch(iid),
                    row.merge_requests[iid as usize - 1].head,
                )
            }
            48..84 => {
                let iid = merge_request(row, &mut rng, author, at);
                (
                    Source::MergeRequestEvent,
                    Target::MergeRequest(iid),
                    row.merge_requests[iid as usize - 1].head,
                )
            }
            84..87 => {
                let commit = row.head;
                row.tags.push(Tag { at, commit });
                (Source::Push, Target::Tag(row.tags.len() as u32 - 1), commit)
            }
            87..93 => (Source::Web, Target::Default, row.head),
            93..97 => (Source::Api, Target::Default, row.head),
            _ => (Source::Trigger, Target::Default, row.head),
        };
        // Deleted users leave pipelines without one.
        let user = if rng.chance(12) { NONE } else { author };
        self.start(
            project,
            at,
            Start {
                source,
                target,
                commit,
                user,
            },
        );
        self.queue_arrival(project, at);
    }

    /// A schedule is due.
    pub(super) fn nightly(&mut self, schedule: u32, at: Time) {
        let row = &self.schedules[schedule as usize];
        let (project, owner) = (row.project, row.owner);
        let commit = self.projects[project as usize].head;
        self.start(
            project,
            at,
            Start {
                source: Source::Schedule,
                target: Target::Default,
                commit,
                user: owner,
            },
        );
        self.queue_nightly(schedule, at);
    }

    fn start(&mut self, project: u32, at: Time, start: Start) {
        let row = &mut self.projects[project as usize];
        let seed = mix(row.seed, 0x8000_0000 + u64::from(row.roots));
        row.roots += 1;
        self.add(project, at, start, seed, (NONE, 0));
    }

    /// A bridge starts its child.
    pub(super) fn start_child(&mut self, parent: u32, job: u16, at: Time) {
        let row = &self.pipelines[parent as usize];
        let (project, target, commit, user) = (row.project, row.target, row.commit, row.user);
        let salt = self.plan(row).jobs[job as usize].salt;
        let child = self.pipelines.len() as u32;
        let start = Start {
            source: Source::ParentPipeline,
            target,
            commit,
            user,
        };
        self.add(project, at, start, child_seed(salt), (parent, job));
        let next = self.pipelines[parent as usize].first_child;
        self.pipelines[child as usize].next_sibling = next;
        self.pipelines[parent as usize].first_child = child;
    }

    fn add(&mut self, project: u32, at: Time, start: Start, seed: u64, parent: (u32, u16)) {
        let index = self.pipelines.len() as u32;
        let owner = &mut self.projects[project as usize];
        owner.pipelines.push(index);
        let mut row = Row {
            seed,
            created: at,
            settled: at,
            project,
            iid: owner.pipelines.len() as u32,
            commit: start.commit,
            user: start.user,
            target: start.target,
            source: start.source,
            last: Plan::default().state(at, 0),
            first_block: NONE,
            parent: parent.0,
            parent_job: parent.1,
            first_child: NONE,
            next_sibling: NONE,
        };
        let plan = self.plan(&row);
        row.settled = at.plus(plan.settled);
        row.last = plan.state(at, plan.settled);
        self.pipelines.push(row);
        let first = plan.first_batch();
        if first > 0 {
            self.give_job_ids(index, 0, first);
        }
        for (first_row, rows, after) in plan.late_batches() {
            self.queue(
                at.plus(after),
                What::Jobs {
                    pipeline: index,
                    first_row,
                    rows,
                },
            );
        }
        for (job, child) in plan
            .jobs
            .iter()
            .enumerate()
            .filter_map(|(job, row)| Some((job, row.child?)))
        {
            self.queue(
                at.plus(child),
                What::Child {
                    pipeline: index,
                    job: job as u16,
                },
            );
        }
    }

    /// Gives the next ids to jobs that just came into being.
    pub(super) fn give_job_ids(&mut self, pipeline: u32, first_row: u16, rows: u16) {
        let block = self.blocks.len() as u32;
        self.blocks.push(Block {
            first_id: self.next_job,
            pipeline,
            first_row,
            rows,
            next: NONE,
        });
        self.next_job += u64::from(rows);
        let row = &mut self.pipelines[pipeline as usize];
        self.projects[row.project as usize].blocks.push(block);
        if row.first_block == NONE {
            row.first_block = block;
            return;
        }
        let mut last = row.first_block as usize;
        while self.blocks[last].next != NONE {
            last = self.blocks[last].next as usize;
        }
        self.blocks[last].next = block;
    }

    /// The whole life of a pipeline.
    pub(crate) fn plan(&self, row: &Row) -> Plan {
        let project = &self.projects[row.project as usize];
        let child = row.source == Source::ParentPipeline;
        Plan::of(Brief {
            seed: row.seed,
            layout: self.layout(row),
            child_layout: &project.child_layout,
            occasion: match (row.source, row.target) {
                _ if child => Occasion::Child,
                (Source::Schedule, _) => Occasion::Nightly,
                (_, Target::MergeRequest(_)) => Occasion::MergeRequest,
                (_, Target::Default | Target::Tag(_)) => Occasion::Release,
                (_, Target::Branch(_)) => Occasion::Branch,
            },
        })
    }
}

/// How a pipeline starts.
struct Start {
    source: Source,
    target: Target,
    commit: u32,
    user: u32,
}

/// Pushes a commit; returns its index.
fn push(project: &mut Project, branch: Branch, author: u32, at: Time) -> u32 {
    let commit = project.commits.len() as u32;
    let parent = match branch {
        Branch::Default => project.head,
        Branch::Feature(iid) => project
            .merge_request(iid)
            .map_or(project.head, |mr| mr.head),
    };
    // Committed some seconds to minutes before the push.
    let before = (mix(project.seed, u64::from(commit)) % 400_000) as i64 + 3 * SECOND;
    project.commits.push(Commit {
        at: at.plus(-before),
        author,
        parent: Some(parent),
        branch,
    });
    if branch == Branch::Default {
        project.head = commit;
    }
    commit
}

/// Opens a merge request or pushes to one of the last few; returns its iid.
fn merge_request(project: &mut Project, rng: &mut Rng, author: u32, at: Time) -> u32 {
    let known = project.merge_requests.len() as u32;
    if known == 0 || rng.chance(330) {
        let iid = known + 1;
        let opened = at.plus(-rng.between(SECOND, HOUR / 60));
        let head = project.head;
        project.merge_requests.push(MergeRequest {
            opened,
            author,
            head,
            pushed: at,
        });
        let head = push(project, Branch::Feature(iid), author, at);
        project.merge_requests[known as usize].head = head;
        return iid;
    }
    let iid = known - rng.below(u64::from(known.min(4))) as u32;
    if rng.chance(800) {
        let head = push(project, Branch::Feature(iid), author, at);
        let row = &mut project.merge_requests[iid as usize - 1];
        (row.head, row.pushed) = (head, at);
    }
    iid
}

/// Somebody at work today: a few do most.
fn people(rng: &mut Rng, users: u64) -> u32 {
    let skew = rng.unit() * rng.unit();
    (skew * users as f64) as u32
}

/// Share of the mean rate at the busiest hour.
const BUSIEST: f64 = 3.0;

/// How busy an hour is, around 1 over the week: people work by day, on weekdays.
fn busyness(at: Time) -> f64 {
    // 0 is Thursday, so 2 and 3 are the weekend.
    let weekend = matches!(at.weekday(), 2 | 3);
    let hour = at.0.div_euclid(HOUR).rem_euclid(24);
    let day = match hour {
        8..=11 | 13..=16 => BUSIEST,
        7 | 12 | 17 | 18 => 1.6,
        19..=22 => 0.5,
        _ => 0.15,
    };
    if weekend { day * 0.15 } else { day * 0.98 }
}
