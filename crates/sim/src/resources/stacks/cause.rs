//! Why a script failed: the same (project, job name) tends to fail for the same cause for a few days.

use super::{Run, Task, case_count};
use crate::resources::Dice;

/// Why a script failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cause {
    /// The test cases with these numbers failed.
    Tests(Vec<u64>),
    /// The code does not compile.
    Compile,
    /// A style or type check found something.
    Lint,
    /// The tool's own work failed: an image's build step, a rollout.
    Work,
    /// Another machine could not be reached.
    Network,
    /// A machine that all need is down for a day.
    Outage,
    /// The kernel ended the process.
    OutOfMemory,
    /// No space was left.
    DiskFull,
    /// A command of the script does not exist.
    Missing,
}

impl Cause {
    /// The exit code the shell reports.
    pub(crate) const fn exit_code(&self, task: Task) -> i64 {
        match (self, task) {
            (Self::OutOfMemory, _) => 137,
            (Self::Missing, _) => 127,
            (Self::Compile, _) | (Self::Tests(_), Task::Build) => 101,
            (Self::Lint, _) => 2,
            _ => 1,
        }
    }
}

/// Length of a spell of equal failures, in days.
const SPELL_DAYS: i64 = 2;

/// The cause of a failed script of `run`, begun on `day` (days since 1970); exit codes that mean one thing decide.
pub(crate) fn cause_of(run: &Run<'_>, day: i64, exit_code: Option<i64>) -> Cause {
    match exit_code {
        Some(137) => return Cause::OutOfMemory,
        Some(127) => return Cause::Missing,
        _ => {}
    }
    if run.world.of("outage").at(day as u64).chance(0.08) && run.dice.of("outage").chance(0.4) {
        return Cause::Outage;
    }
    let spell = run
        .code
        .of("spell")
        .of(run.job)
        .at(day.div_euclid(SPELL_DAYS) as u64);
    let mut own = run.dice.of("cause");
    let mut dice = if own.chance(0.7) { spell } else { own };
    let roll = dice.unit();
    match run.task {
        Task::Test if roll < 0.64 => Cause::Tests(failing_cases(run, dice)),
        Task::Test if roll < 0.76 => Cause::Compile,
        Task::Build if roll < 0.70 => Cause::Compile,
        Task::Lint if roll < 0.85 => Cause::Lint,
        Task::Image if roll < 0.50 => Cause::Work,
        Task::Deploy if roll < 0.75 => Cause::Work,
        _ if dice.chance(0.6) => Cause::Network,
        _ if dice.chance(0.6) => Cause::OutOfMemory,
        _ => Cause::DiskFull,
    }
}

/// One to four cases, ascending and different.
fn failing_cases(run: &Run<'_>, mut dice: Dice) -> Vec<u64> {
    let count = case_count(run);
    let wanted = 1 + dice.below(4).saturating_mul(dice.below(2));
    let mut cases: Vec<u64> = (0..wanted).map(|_| dice.below(count)).collect();
    cases.sort_unstable();
    cases.dedup();
    cases
}
