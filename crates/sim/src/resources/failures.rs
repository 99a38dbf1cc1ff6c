//! The ground truth about failed jobs: what made them fail, and what their logs leak.

use serde::{Deserialize, Serialize};

use super::stacks::{self, Cause, Run, Stack, Task};
use super::trace::{TraceFacts, failure_of, leaks, run_of};
use super::traces::facts;
use crate::app::Simulation;
use crate::world::{FIRST_PIPELINE, JobKind, Status};

/// Why a job failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrueFailure {
    /// The job.
    pub job_id: u64,
    /// Its pipeline.
    pub pipeline_id: u64,
    /// Its project.
    pub project_id: u64,
    /// Names the cause: failures with the same text are the same failure. Empty where nothing tells.
    pub cause: String,
    /// Kinds of failure that are right to call it, the best first.
    pub categories: Vec<String>,
    /// Whether a later run of the same job in the same pipeline passed.
    pub passed_on_retry: bool,
    /// Secrets its log leaks.
    pub secrets: Vec<String>,
}

impl Simulation {
    /// The truth about every failed job, by job.
    pub(crate) fn failures(&self) -> Vec<TrueFailure> {
        let moment = self.moment().punctual();
        let hidden = &self.faults().forbidden_projects;
        let mut failures = Vec::new();
        for index in (0..moment.pipelines.len() as u32).filter(|index| moment.exists(*index)) {
            let project = &moment.projects[moment.pipelines[index as usize].project as usize];
            if hidden.contains(&project.id) {
                continue;
            }
            let pipeline = moment.pipeline(index);
            let jobs = moment.jobs(index);
            for job in jobs.iter().filter(|job| job.status == Status::Failed) {
                let facts = facts(&moment, job, &pipeline);
                let run = run_of(&facts);
                let (cause, categories) = match job.kind {
                    JobKind::Build => judged(&facts, &run),
                    _ => unscripted(facts.failure_reason, false),
                };
                failures.push(TrueFailure {
                    job_id: job.id,
                    pipeline_id: FIRST_PIPELINE + u64::from(index),
                    project_id: project.id,
                    cause,
                    categories: categories.iter().map(|word| (*word).to_owned()).collect(),
                    passed_on_retry: job.retried
                        && jobs
                            .iter()
                            .any(|other| other.name == job.name && other.status == Status::Success),
                    secrets: leaks(&run).into_iter().map(|leak| leak.secret).collect(),
                });
            }
        }
        failures.sort_by_key(|failure| failure.job_id);
        failures
    }
}

/// Cause and kinds of a failed build.
fn judged(facts: &TraceFacts<'_>, run: &Run<'_>) -> (String, &'static [&'static str]) {
    let Some(cause) = failure_of(facts, run) else {
        let prepared = run.dice.of("prepared").chance(0.4);
        let unprepared = facts.started.is_some()
            && !prepared
            && facts.failure_reason == Some("runner_system_failure");
        // The runner says the same of all of these: it lost its machine.
        let lost = ["runner_system_failure", "api_failure", "unknown_failure"];
        if facts.started.is_some()
            && !unprepared
            && facts
                .failure_reason
                .is_some_and(|reason| lost.contains(&reason))
        {
            return (
                "machine lost".to_owned(),
                &["runner", "network", "killed", "unknown"],
            );
        }
        return unscripted(facts.failure_reason, unprepared);
    };
    let stack = match run.stack {
        Stack::Cargo => "cargo",
        Stack::Pytest => "pytest",
        Stack::Jest => "jest",
        Stack::Go => "go",
        Stack::Maven => "maven",
    };
    match cause {
        Cause::Tests(cases) => {
            let first = cases.first().copied().unwrap_or_default();
            let case = stacks::case(run, first);
            (
                format!(
                    "test {} {stack} {} {}",
                    run.project, case.classname, case.name
                ),
                &["test"],
            )
        }
        Cause::Compile if run.stack == Stack::Pytest => (
            "import".to_owned(),
            &["test", "compile", "dependency", "config"],
        ),
        Cause::Compile => (
            format!("compile {stack} {}", stacks::compile_message(run)),
            &["compile"],
        ),
        Cause::Lint => (
            format!("lint {stack} {}", stacks::lint_place(run)),
            &["lint"],
        ),
        Cause::Work if run.task == Task::Deploy => stacks::deploy_cause(run),
        Cause::Work => stacks::image_cause(run),
        Cause::Network => stacks::network_cause(run),
        Cause::Outage => ("outage".to_owned(), &["network"]),
        Cause::OutOfMemory => ("oom".to_owned(), &["oom", "killed"]),
        Cause::DiskFull => ("disk".to_owned(), &["disk"]),
        Cause::Missing => (
            format!("missing {}", stacks::missing_tool(run)),
            &["config", "dependency"],
        ),
    }
}

/// Cause and kinds of what GitLab's reason tells alone, or the runner's last line.
fn unscripted(reason: Option<&str>, unprepared: bool) -> (String, &'static [&'static str]) {
    let Some(reason) = reason else {
        return (String::new(), &["unknown"]);
    };
    let kinds: &[&str] = match reason {
        "runner_system_failure" | "runner_configuration_error" if unprepared => {
            return (format!("{reason}, no image"), &["registry", "runner"]);
        }
        "job_execution_timeout" => &["timeout"],
        "missing_dependency_failure" => &["artifacts", "dependency"],
        "unmet_prerequisites" => &["deploy"],
        "downstream_pipeline_creation_failed" => &["config"],
        "unknown_failure" => &["unknown", "runner", "network"],
        _ => &["runner", "network", "killed", "registry", "unknown"],
    };
    (reason.to_owned(), kinds)
}
