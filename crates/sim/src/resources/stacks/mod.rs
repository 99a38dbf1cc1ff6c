//! What a job does and with which tool: one file per tool, each able to print a good and a bad run.
//!
//! Traces and test reports both read from here, so a failing test has one name in both.

mod cargo;
mod cases;
mod cause;
mod deploy;
mod docker;
mod go;
mod jest;
mod maven;
mod network;
mod pytest;
mod stack;

pub(crate) use cases::{Case, NOUNS, case, case_count, case_seconds};
pub(crate) use cause::{Cause, cause_of};
pub(crate) use deploy::cause as deploy_cause;
pub(crate) use docker::cause as image_cause;
pub(crate) use network::{missing_tool, network_cause, network_failure};
pub(crate) use stack::{Stack, Task};

use super::trace::Log;

/// One run of a script, as the tools print it.
pub(crate) struct Run<'a> {
    /// Repeatable chance of the job.
    pub(crate) dice: super::Dice,
    /// Repeatable chance of the project's code: the same file and test names in every job.
    pub(crate) code: super::Dice,
    /// Repeatable chance of the world: the same for all projects.
    pub(crate) world: super::Dice,
    /// The job's name.
    pub(crate) job: &'a str,
    /// Full path of the project, such as `acme/shop/api`.
    pub(crate) project: &'a str,
    /// What it does.
    pub(crate) task: Task,
    /// With what.
    pub(crate) stack: Stack,
}

impl Run<'_> {
    /// The last part of the project's path, which its package is named after.
    pub(crate) fn package(&self) -> &str {
        self.project.rsplit('/').next().unwrap_or(self.project)
    }
}

/// The commands of the script, in order.
pub(crate) fn commands(run: &Run<'_>) -> Vec<String> {
    match run.task {
        Task::Image => docker::commands(run),
        Task::Deploy => deploy::commands(run),
        _ => match run.stack {
            Stack::Cargo => cargo::commands(run),
            Stack::Pytest => pytest::commands(run),
            Stack::Jest => jest::commands(run),
            Stack::Go => go::commands(run),
            Stack::Maven => maven::commands(run),
        },
    }
}

/// What is printed before it is known how the script ends.
pub(crate) fn opening(log: &mut Log, run: &Run<'_>) {
    match run.task {
        Task::Image => docker::opening(log, run),
        Task::Deploy => deploy::opening(log, run),
        _ => match run.stack {
            Stack::Cargo => cargo::opening(log, run),
            Stack::Pytest => pytest::opening(log, run),
            Stack::Jest => jest::opening(log, run),
            Stack::Go => go::opening(log, run),
            Stack::Maven => maven::opening(log, run),
        },
    }
}

/// The end of a script that succeeded (`None`) or failed for a cause of its own.
pub(crate) fn ending(log: &mut Log, run: &Run<'_>, cause: Option<&Cause>) {
    match cause {
        Some(Cause::Network) => return network_failure(log, run),
        Some(Cause::Outage) => return network::outage(log, run),
        Some(Cause::OutOfMemory) => return network::out_of_memory(log, run),
        Some(Cause::DiskFull) => return network::disk_full(log, run),
        Some(Cause::Missing) => return network::command_missing(log, run),
        _ => {}
    }
    match run.task {
        Task::Image => docker::ending(log, run, cause),
        Task::Deploy => deploy::ending(log, run, cause),
        _ => match run.stack {
            Stack::Cargo => cargo::ending(log, run, cause),
            Stack::Pytest => pytest::ending(log, run, cause),
            Stack::Jest => jest::ending(log, run, cause),
            Stack::Go => go::ending(log, run, cause),
            Stack::Maven => maven::ending(log, run, cause),
        },
    }
}

/// What tells one compile error from another: the message, or the place where the message has it.
pub(crate) fn compile_message(run: &Run<'_>) -> String {
    match run.stack {
        Stack::Cargo => cargo::compile_error(run).0.to_owned(),
        Stack::Jest | Stack::Maven => {
            let case = case(run, run.code.of("compile error").below(case_count(run)));
            format!("{} {}", run.project, case.classname)
        }
        _ => String::new(),
    }
}

/// What tells one finding of a style check from another, likewise.
pub(crate) fn lint_place(run: &Run<'_>) -> String {
    match run.stack {
        Stack::Pytest => {
            let case = case(run, run.code.of("lint").below(case_count(run)));
            case.file.unwrap_or_default()
        }
        _ => String::new(),
    }
}

/// What the failing test number `index` prints: also the output in its report.
pub(crate) fn assertion(run: &Run<'_>, index: u64) -> String {
    match run.stack {
        Stack::Cargo => cargo::assertion(run, index),
        Stack::Pytest => pytest::assertion(run, index),
        Stack::Jest => jest::assertion(run, index),
        Stack::Go => go::assertion(run, index),
        Stack::Maven => maven::assertion(run, index),
    }
}
