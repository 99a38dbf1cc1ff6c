//! Making the world, and letting it live: a queue of what happens when, played in order.

mod arrive;
mod start;

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use super::group::Group;
use super::people::{Runner, User};
use super::pipeline::{Block, FIRST_JOB, Row, Schedule};
use super::project::Project;
use super::random::Rng;
use super::time::Time;

/// How big a world to make.
#[derive(Debug, Clone)]
pub(crate) struct WorldSize {
    pub(crate) seed: u64,
    pub(crate) projects: usize,
    /// Days of history before `start`.
    pub(crate) days: u32,
    /// Mean pipelines per project and day.
    pub(crate) pipelines_per_day: f64,
    /// Typical jobs per pipeline.
    pub(crate) jobs_per_pipeline: usize,
    /// How many of the projects are archived.
    pub(crate) archived_projects: usize,
    /// How many projects of another group are shared with `acme`, on top of `projects`.
    pub(crate) shared_projects: usize,
    /// End of history, beginning of life.
    pub(crate) start: Time,
}

/// Everything that exists, whenever it came to be.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) seed: u64,
    /// Begin of history: no pipeline is older.
    pub(crate) origin: Time,
    pub(crate) groups: Vec<Group>,
    /// By ascending id.
    pub(crate) projects: Vec<Project>,
    pub(crate) users: Vec<User>,
    pub(crate) runners: Vec<Runner>,
    pub(crate) schedules: Vec<Schedule>,
    /// By ascending id and creation time.
    pub(crate) pipelines: Vec<Row>,
    /// By ascending job id.
    pub(crate) blocks: Vec<Block>,
    next_job: u64,
    queue: BinaryHeap<Reverse<Event>>,
    /// Number of events queued so far: breaks ties, so that order never depends on luck.
    queued: u64,
    /// One stream of arrivals per project.
    arrivals: Vec<Rng>,
    paths: HashMap<String, u32>,
    project_ids: HashMap<u64, u32>,
}

/// Something that will happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Event {
    at: Time,
    order: u64,
    what: What,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    /// Somebody does something that starts a pipeline in this project.
    Arrival { project: u32 },
    /// The schedule at this index is due.
    Nightly { schedule: u32 },
    /// The bridge at row `job` of this pipeline starts its child.
    Child { pipeline: u32, job: u16 },
    /// Retried jobs of this pipeline come into being.
    Jobs {
        pipeline: u32,
        first_row: u16,
        rows: u16,
    },
}

impl World {
    /// Plays all that happens up to and including `until`.
    pub(crate) fn play(&mut self, until: Time) {
        while let Some(Reverse(event)) = self.queue.peek().copied() {
            if event.at > until {
                return;
            }
            self.queue.pop();
            match event.what {
                What::Arrival { project } => self.arrive(project, event.at),
                What::Nightly { schedule } => self.nightly(schedule, event.at),
                What::Child { pipeline, job } => self.start_child(pipeline, job, event.at),
                What::Jobs {
                    pipeline,
                    first_row,
                    rows,
                } => self.give_job_ids(pipeline, first_row, rows),
            }
        }
    }

    /// When something happens next; [`World::play`] up to before that changes nothing.
    pub(crate) fn next_event(&self) -> Option<Time> {
        self.queue.peek().map(|Reverse(event)| event.at)
    }

    /// Index of the project with this id.
    pub(crate) fn project_index(&self, id: u64) -> Option<u32> {
        self.project_ids.get(&id).copied()
    }

    /// Index of the project at this path, old paths included; paths are compared without case.
    pub(crate) fn project_at(&self, path: &str) -> Option<u32> {
        self.paths.get(&path.to_lowercase()).copied()
    }

    /// Gives a project a new full path, and with it a group; the path it had answers 301 from now on.
    /// False when there is no such project or group, or the path is another project's.
    pub(crate) fn move_project(&mut self, id: u64, to: &str) -> bool {
        let Some((above, path)) = to.rsplit_once('/') else {
            return false;
        };
        let (Some(index), Some(group)) = (self.project_index(id), self.group_index(above)) else {
            return false;
        };
        if self.project_at(to).is_some_and(|other| other != index) {
            return false;
        }
        let project = &mut self.projects[index as usize];
        let old = std::mem::replace(&mut project.full_path, to.to_owned());
        project.old_path = Some(old);
        path.clone_into(&mut project.path);
        project.group = group;
        self.paths.insert(to.to_lowercase(), index);
        true
    }

    /// Index of the group with this id or full path.
    pub(crate) fn group_index(&self, id_or_path: &str) -> Option<u32> {
        let found = match id_or_path.parse::<u64>() {
            Ok(id) => self.groups.iter().position(|group| group.id == id),
            Err(_) => self
                .groups
                .iter()
                .position(|group| group.full_path.eq_ignore_ascii_case(id_or_path)),
        };
        found.map(|index| index as u32)
    }

    /// Whether `group` is `ancestor` or inside it.
    pub(crate) fn is_within(&self, group: u32, ancestor: u32) -> bool {
        let mut at = Some(group);
        while let Some(group) = at {
            if group == ancestor {
                return true;
            }
            at = self.groups[group as usize].parent;
        }
        false
    }

    fn queue(&mut self, at: Time, what: What) {
        let order = self.queued;
        self.queued += 1;
        self.queue.push(Reverse(Event { at, order, what }));
    }

    fn first_job() -> u64 {
        FIRST_JOB
    }
}
