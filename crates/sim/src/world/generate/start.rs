//! The beginning: people, groups and projects, and the first events.

use std::collections::{BinaryHeap, HashMap};
use std::sync::Arc;

use super::{What, World, WorldSize};
use crate::world::group::{self, PARTNERS};
use crate::world::layout::{self, FLAVOURS, Layout};
use crate::world::names::{ROLES, THINGS, TOPICS};
use crate::world::people;
use crate::world::pipeline::Schedule;
use crate::world::project::{Branch, Commit, Project};
use crate::world::random::{Rng, mix};
use crate::world::time::{DAY, HOUR, MINUTE, Time};

impl World {
    /// A world of this size, its history played up to its start.
    pub(crate) fn new(size: &WorldSize) -> Self {
        let origin = size.start.plus(-i64::from(size.days) * DAY);
        let groups = group::groups(size.projects, origin);
        let runners = people::runners(size.seed, groups.len(), origin);
        let mut world = Self {
            seed: size.seed,
            origin,
            users: people::users(size.seed, 12 + size.projects / 5, origin),
            groups,
            runners,
            projects: Vec::new(),
            schedules: Vec::new(),
            pipelines: Vec::new(),
            blocks: Vec::new(),
            next_job: Self::first_job(),
            queue: BinaryHeap::new(),
            queued: 0,
            arrivals: Vec::new(),
            paths: HashMap::new(),
            project_ids: HashMap::new(),
        };
        world.make_projects(size);
        for project in 0..world.projects.len() as u32 {
            world.queue_arrival(project, origin);
        }
        for schedule in 0..world.schedules.len() as u32 {
            world.queue_nightly(schedule, origin);
        }
        world.play(size.start);
        world
    }

    fn make_projects(&mut self, size: &WorldSize) {
        let total = size.projects + size.shared_projects;
        let rates = rates(size, total);
        let mut layouts: HashMap<(u64, usize), Arc<Layout>> = HashMap::new();
        let children: Vec<Arc<Layout>> = (0..FLAVOURS)
            .map(|flavour| Arc::new(layout::child(flavour)))
            .collect();
        // Projects live in teams and squads, some directly in the root.
        let homes: Vec<u32> = (0..self.groups.len() as u32)
            .filter(|group| *group != PARTNERS)
            .collect();
        for (index, rate) in rates.into_iter().enumerate() {
            let seed = mix(size.seed, 0x9_0000 + index as u64);
            let mut rng = Rng::new(seed);
            let shared = index >= size.projects;
            let group = if shared {
                PARTNERS
            } else {
                homes[index % homes.len()]
            };
            let flavour = rng.below(FLAVOURS);
            let jobs = (size.jobs_per_pipeline as f64 * (0.6 + 0.8 * rng.unit()))
                .round()
                .max(1.0) as usize;
            let layout = Arc::clone(
                layouts
                    .entry((flavour, jobs))
                    .or_insert_with(|| Arc::new(layout::layout(flavour, jobs))),
            );
            let child_layout = Arc::clone(&children[flavour as usize]);
            let archived = !shared && index + size.archived_projects >= size.projects;
            self.make_project(
                seed,
                &mut rng,
                index,
                Home {
                    group,
                    shared,
                    archived,
                },
                layout,
                child_layout,
                rate,
            );
        }
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "one caller, and a struct would say the same twice"
    )]
    fn make_project(
        &mut self,
        seed: u64,
        rng: &mut Rng,
        index: usize,
        home: Home,
        layout: Arc<Layout>,
        child_layout: Arc<Layout>,
        rate: f64,
    ) {
        let thing = THINGS[index % THINGS.len()];
        let role = ROLES[(index / THINGS.len()) % ROLES.len()];
        let round = index / (THINGS.len() * ROLES.len());
        let path = if round == 0 {
            format!("{thing}-{role}")
        } else {
            format!("{thing}-{role}-{round}")
        };
        let name = match index % 9 {
            4 => format!("{} für {role}", capital(thing)),
            7 => format!("{}・{role}", capital(thing)),
            _ => format!("{} {role}", capital(thing)),
        };
        let above = &self.groups[home.group as usize].full_path;
        let full_path = format!("{above}/{path}");
        let old_path = (index % 17 == 3).then(|| format!("{above}/old-{path}"));
        let created = self.origin.plus(-(400 * DAY) + index as i64 * HOUR / 24);
        let number = self.projects.len() as u32;
        let author = rng.below(self.users.len() as u64) as u32;
        let project = Project {
            id: 101 + 3 * index as u64,
            seed,
            group: home.group,
            description: (index % 5 != 4).then(|| {
                format!(
                    "The {thing} {role} of {}.",
                    above.split('/').next_back().unwrap_or_default()
                )
            }),
            default_branch: if index % 13 == 6 { "master" } else { "main" },
            visibility: rng.pick(&["private", "private", "internal", "public"]),
            archived: home.archived,
            shared: home.shared,
            topics: if index % 3 == 2 {
                Vec::new()
            } else {
                vec![TOPICS[index % TOPICS.len()]]
            },
            created,
            creator: author,
            layout,
            child_layout,
            pipelines_per_day: if home.archived { 0.0 } else { rate },
            pipelines: Vec::new(),
            blocks: Vec::new(),
            commits: vec![Commit {
                at: self.origin.plus(-rng.between(HOUR, 20 * DAY)),
                author,
                parent: None,
                branch: Branch::Default,
            }],
            head: 0,
            tags: Vec::new(),
            merge_requests: Vec::new(),
            roots: 0,
            path,
            name,
            full_path,
            old_path,
        };
        self.paths.insert(project.full_path.to_lowercase(), number);
        if let Some(old) = &project.old_path {
            self.paths.insert(old.to_lowercase(), number);
        }
        self.project_ids.insert(project.id, number);
        self.arrivals.push(Rng::new(mix(seed, 2)));
        if rng.chance(450) && !project.archived {
            self.schedules.push(Schedule {
                id: 21 + self.schedules.len() as u64,
                project: number,
                description: rng.pick(&[
                    "Nightly",
                    "Nightly tests",
                    "Nächtlicher Lauf",
                    "Dependency update",
                ]),
                hour: rng.below(6) as u8,
                minute: rng.below(60) as u8,
                active: !rng.chance(100),
                owner: project.creator,
                created,
            });
        }
        self.projects.push(project);
    }

    /// Queues the next run of a schedule after `after`.
    pub(super) fn queue_nightly(&mut self, schedule: u32, after: Time) {
        let row = &self.schedules[schedule as usize];
        if !row.active {
            return;
        }
        let minute = i64::from(row.hour) * 60 + i64::from(row.minute);
        // Some seconds late, as the cron worker is.
        let late = (mix(row.id, after.0 as u64) % 40_000) as i64;
        let midnight = Time(after.0.div_euclid(DAY) * DAY);
        let mut at = midnight.plus(minute * MINUTE + late);
        if at <= after {
            at = at.plus(DAY);
        }
        self.queue(at, What::Nightly { schedule });
    }
}

/// Where a project lives.
struct Home {
    group: u32,
    shared: bool,
    archived: bool,
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

/// Pipelines per day of every project: few busy ones, many quiet ones, the mean as asked for.
fn rates(size: &WorldSize, total: usize) -> Vec<f64> {
    // Ranks in an order that has nothing to do with ids.
    let mut ranks: Vec<usize> = (0..total).collect();
    let mut rng = Rng::new(mix(size.seed, 0x2A7E));
    for index in (1..total).rev() {
        ranks.swap(index, rng.below(index as u64 + 1) as usize);
    }
    let weight = |rank: usize| 1.0 / (rank as f64 + 2.0).powf(0.8);
    let sum: f64 = (0..total).map(weight).sum();
    ranks
        .into_iter()
        .map(|rank| weight(rank) / sum * total as f64 * size.pipelines_per_day)
        .collect()
}
