//! Users and runners.

use super::names::{FAMILY, GIVEN, username};
use super::random::{Rng, mix};
use super::time::{DAY, Time};

/// A person or bot.
#[derive(Debug, Clone)]
pub(crate) struct User {
    pub(crate) id: u64,
    pub(crate) username: String,
    pub(crate) name: String,
    pub(crate) created: Time,
    pub(crate) bot: bool,
    pub(crate) blocked: bool,
}

/// Who may use a runner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RunnerKind {
    /// Every project.
    Instance,
    /// The projects of one group (index into the world's groups).
    Group(u32),
}

/// A machine that runs jobs.
#[derive(Debug, Clone)]
pub(crate) struct Runner {
    pub(crate) id: u64,
    pub(crate) description: String,
    pub(crate) kind: RunnerKind,
    pub(crate) tags: &'static [&'static str],
    pub(crate) paused: bool,
    pub(crate) online: bool,
    pub(crate) version: &'static str,
    pub(crate) created: Time,
}

/// The world's users; the first is the owner of the simulator's token, the second a bot.
pub(crate) fn users(seed: u64, count: usize, origin: Time) -> Vec<User> {
    let mut rng = Rng::new(mix(seed, 0x0075_5e85));
    (0..count.max(4))
        .map(|index| {
            let given = GIVEN[index % GIVEN.len()];
            // The family names turn one step further with every round of given names.
            let family = FAMILY[(index + index / GIVEN.len()) % FAMILY.len()];
            let created = origin.plus(-rng.between(30, 1_500) * DAY);
            let bot = index == 1;
            User {
                id: 2 + 3 * index as u64,
                username: if bot {
                    "acme-bot".to_owned()
                } else {
                    username(given, family, index)
                },
                name: if bot {
                    "Acme Bot".to_owned()
                } else {
                    format!("{given} {family}")
                },
                created,
                bot,
                blocked: index % 23 == 22,
            }
        })
        .collect()
}

/// Instance runners first, then one per fourth group.
pub(crate) fn runners(seed: u64, groups: usize, origin: Time) -> Vec<Runner> {
    const TAGS: &[&[&str]] = &[
        &["docker", "linux"],
        &["docker", "linux", "large"],
        &["docker", "gpu", "linux"],
        &["macos"],
        &["arm64", "linux"],
    ];
    const VERSIONS: &[&str] = &["18.4.0", "18.5.0", "18.6.1", "18.7.0"];
    let mut rng = Rng::new(mix(seed, 0x0072_0e25));
    let instance = (0..8).map(|index| (RunnerKind::Instance, index));
    let group = (1..groups)
        .step_by(4)
        .map(|group| (RunnerKind::Group(group as u32), group));
    instance
        .chain(group)
        .enumerate()
        .map(|(index, (kind, number))| {
            let tags = if kind == RunnerKind::Instance {
                TAGS[number % TAGS.len()]
            } else {
                TAGS[0]
            };
            let what = if kind == RunnerKind::Instance {
                "shared"
            } else {
                "group"
            };
            Runner {
                id: 11 + 2 * index as u64,
                description: format!("{what}-{}-{number:02}", tags[0]),
                kind,
                tags,
                paused: index == 7,
                online: index != 6,
                version: rng.pick(VERSIONS),
                created: origin.plus(-rng.between(10, 700) * DAY),
            }
        })
        .collect()
}
