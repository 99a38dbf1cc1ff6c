//! One log from the facts of its job.

use jiff::Timestamp;

use super::{Log, Outcome, secrets};
use crate::resources::Dice;
use crate::resources::stacks::{self, Cause, Run, Stack, Task, cause_of};

/// What a log follows from.
#[derive(Debug, Clone)]
pub(crate) struct TraceFacts<'a> {
    /// The world's seed.
    pub(crate) seed: u64,
    /// Id of the job.
    pub(crate) job_id: u64,
    /// Id of its project.
    pub(crate) project_id: u64,
    /// Full path of its project.
    pub(crate) project: &'a str,
    /// Name of the job.
    pub(crate) name: &'a str,
    /// Stage of the job.
    pub(crate) stage: &'a str,
    /// Whether it runs tests and leaves their report.
    pub(crate) tests: bool,
    /// GitLab's status.
    pub(crate) status: &'a str,
    /// GitLab's failure reason, of failed jobs.
    pub(crate) failure_reason: Option<&'a str>,
    /// Exit code of the script, if the world says.
    pub(crate) exit_code: Option<i64>,
    /// Branch, tag or merge request ref.
    pub(crate) ref_name: &'a str,
    /// Commit.
    pub(crate) sha: &'a str,
    /// Description of the runner.
    pub(crate) runner: &'a str,
    /// Whether it leaves artifacts.
    pub(crate) artifacts: bool,
    /// When it started.
    pub(crate) started: Option<Timestamp>,
    /// When it ended.
    pub(crate) finished: Option<Timestamp>,
    /// The present.
    pub(crate) now: Timestamp,
}

/// The whole log at `facts.now`; empty if the job never started.
pub(crate) fn trace(facts: &TraceFacts<'_>) -> String {
    let run = run_of(facts);
    let outcome = outcome_of(facts, &run);
    let Some(started) = facts.started.filter(|_| outcome != Outcome::NeverStarted) else {
        return String::new();
    };
    // Some runners write timestamps and some are older: it depends on the runner, not on the job.
    let stamped = Dice::new(facts.seed)
        .of("stamps")
        .of(facts.runner)
        .chance(0.6);
    let mut log = Log::new(started, facts.finished, facts.now, stamped);
    let mut dice = run.dice.of("trace");

    log.line("\u{1b}[0KRunning with gitlab-runner 18.5.0 (bda84871)\u{1b}[0;m");
    log.line(&format!(
        "\u{1b}[0K  on {} {}, system ID: s_{}\u{1b}[0;m",
        facts.runner,
        Dice::new(facts.seed).of(facts.runner).hex(9),
        Dice::new(facts.seed).of("system").of(facts.runner).hex(12)
    ));
    prepare(&mut log, &run, &outcome);
    if outcome.script_ran() {
        environment(&mut log, facts, &mut dice);
        sources(&mut log, facts);
        script(&mut log, facts, &run, &outcome);
    }
    outcome.last_line(&mut log);
    log.finish()
}

/// The run of tools behind a job.
pub(crate) fn run_of<'a>(facts: &TraceFacts<'a>) -> Run<'a> {
    let code = Dice::new(facts.seed).of("code").at(facts.project_id);
    Run {
        dice: Dice::new(facts.seed).of("job").at(facts.job_id),
        code,
        world: Dice::new(facts.seed),
        job: facts.name,
        project: facts.project,
        task: if facts.tests {
            Task::Test
        } else {
            Task::of(facts.name, facts.stage)
        },
        stack: Stack::of(facts.name, code),
    }
}

/// Why the script of a failed job failed; `None` for jobs whose script did not fail.
pub(crate) fn failure_of(facts: &TraceFacts<'_>, run: &Run<'_>) -> Option<Cause> {
    let scripted = matches!(facts.failure_reason, None | Some("script_failure"));
    let day = facts.started?.as_second().div_euclid(86_400);
    (facts.status == "failed" && scripted).then(|| cause_of(run, day, facts.exit_code))
}

fn outcome_of(facts: &TraceFacts<'_>, run: &Run<'_>) -> Outcome {
    let exit_code = facts
        .exit_code
        .or_else(|| failure_of(facts, run).map(|cause| cause.exit_code(run.task)));
    let prepared = run.dice.of("prepared").chance(0.4);
    Outcome::of(
        facts.status,
        facts.failure_reason,
        exit_code,
        facts.started.is_some(),
        prepared,
    )
}

fn prepare(log: &mut Log, run: &Run<'_>, outcome: &Outcome) {
    let image = run.stack.image();
    let name = image.split(':').next().unwrap_or(image);
    log.open("prepare_executor", "Preparing the \"docker\" executor");
    log.line(&format!(
        "\u{1b}[0KUsing Docker executor with image {image} ...\u{1b}[0;m"
    ));
    log.line(&format!(
        "\u{1b}[0KPulling docker image {image} ...\u{1b}[0;m"
    ));
    log.wait(2.0);
    // An image stays what it is from run to run.
    let mut digests = run.world.of("digests").of(image);
    if *outcome == Outcome::Preparation {
        Outcome::preparation_failed(log, run.stack);
    } else {
        log.line(&format!(
            "\u{1b}[0KUsing docker image sha256:{} for {image} with digest {name}@sha256:{} ...\u{1b}[0;m",
            digests.hex(64),
            digests.hex(64)
        ));
    }
    log.close("prepare_executor");
}

fn environment(log: &mut Log, facts: &TraceFacts<'_>, dice: &mut Dice) {
    log.open("prepare_script", "Preparing environment");
    log.wait(0.4);
    log.line(&format!(
        "Running on runner-{}-project-{}-concurrent-{} via {}...",
        dice.hex(9),
        facts.project_id,
        dice.below(8),
        facts.runner
    ));
    log.close("prepare_script");
}

fn sources(log: &mut Log, facts: &TraceFacts<'_>) {
    log.open("get_sources", "Getting source from Git repository");
    log.line("\u{1b}[32;1mFetching changes with git depth set to 20...\u{1b}[0;m");
    log.line(&format!(
        "Initialized empty Git repository in /builds/{}/.git/",
        facts.project
    ));
    log.line("\u{1b}[32;1mCreated fresh repository.\u{1b}[0;m");
    log.wait(1.5);
    log.line(&format!(
        "\u{1b}[32;1mChecking out {} as detached HEAD (ref is {})...\u{1b}[0;m",
        facts.sha.get(..8).unwrap_or(facts.sha),
        facts.ref_name
    ));
    log.line("");
    log.line("\u{1b}[32;1mSkipping Git submodules setup\u{1b}[0;m");
    log.close("get_sources");
}

fn script(log: &mut Log, facts: &TraceFacts<'_>, run: &Run<'_>, outcome: &Outcome) {
    log.open(
        "step_script",
        "Executing \"step_script\" stage of the job script",
    );
    for command in stacks::commands(run) {
        log.line(&format!("\u{1b}[32;1m$ {command}\u{1b}[0;m"));
    }
    stacks::opening(log, run);
    secrets::print(log, run);
    if outcome.script_ended() {
        stacks::ending(log, run, failure_of(facts, run).as_ref());
    }
    if *outcome == Outcome::Running {
        return;
    }
    log.close("step_script");
    if outcome.script_ended() && facts.artifacts {
        upload(log, facts, *outcome == Outcome::Success);
    }
    log.open(
        "cleanup_file_variables",
        "Cleaning up project directory and file based variables",
    );
    log.wait(0.4);
    log.close("cleanup_file_variables");
}

fn upload(log: &mut Log, facts: &TraceFacts<'_>, success: bool) {
    let section = if success {
        "upload_artifacts_on_success"
    } else {
        "upload_artifacts_on_failure"
    };
    let header = if success {
        "Uploading artifacts for successful job"
    } else {
        "Uploading artifacts for failed job"
    };
    log.open(section, header);
    log.line("\u{1b}[32;1mUploading artifacts...\u{1b}[0;m");
    log.wait(1.2);
    log.line(&format!(
        "Uploading artifacts as \"archive\" to coordinator... 201 Created  id\u{1b}[0;m={} responseStatus\u{1b}[0;m=201 Created",
        facts.job_id
    ));
    log.close(section);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(name: &'static str, status: &'static str) -> TraceFacts<'static> {
        let started: Timestamp = "2026-03-04T05:06:07.089Z".parse().unwrap();
        TraceFacts {
            seed: 1,
            job_id: 77,
            project_id: 5,
            project: "acme/shop/api",
            name,
            stage: "test",
            tests: false,
            status,
            failure_reason: (status == "failed").then_some("script_failure"),
            exit_code: None,
            ref_name: "main",
            sha: "0123456789abcdef0123456789abcdef01234567",
            runner: "shared-1",
            artifacts: true,
            started: Some(started),
            finished: (status != "running").then(|| started + jiff::SignedDuration::from_secs(300)),
            now: started + jiff::SignedDuration::from_secs(9_000),
        }
    }

    const NAMES: &[&str] = &[
        "cargo test",
        "cargo clippy",
        "cargo build",
        "pytest",
        "ruff",
        "jest",
        "eslint",
        "go test",
        "golangci",
        "maven verify tests",
        "maven package",
        "build image",
        "deploy production",
    ];

    #[test]
    fn a_job_that_never_started_has_an_empty_log() {
        let mut facts = facts("cargo test", "pending");
        facts.started = None;
        facts.finished = None;
        assert_eq!(trace(&facts), "");
    }

    #[test]
    fn every_section_opened_by_a_finished_job_is_closed() {
        for name in NAMES {
            for status in ["success", "failed", "canceled"] {
                let text = trace(&facts(name, status));
                assert_eq!(
                    text.matches("section_start:").count(),
                    text.matches("section_end:").count(),
                    "{name} {status}"
                );
                assert!(
                    text.matches("section_start:").count() >= 4,
                    "{name} {status}"
                );
            }
        }
    }

    #[test]
    fn the_last_line_follows_from_the_failure_reason() {
        let last = |facts: &TraceFacts<'_>| {
            trace(facts)
                .trim_end()
                .lines()
                .last()
                .unwrap_or_default()
                .to_owned()
        };
        for name in NAMES {
            assert!(
                last(&facts(name, "success")).contains("Job succeeded"),
                "{name}"
            );
            assert!(
                last(&facts(name, "failed")).contains("ERROR: Job failed: exit code "),
                "{name}"
            );
            assert!(
                last(&facts(name, "canceled")).contains("ERROR: Job failed: canceled"),
                "{name}"
            );
        }
        let mut timeout = facts("cargo test", "failed");
        timeout.failure_reason = Some("job_execution_timeout");
        assert!(last(&timeout).contains("execution took longer than"));
        let mut killed = facts("jest", "failed");
        killed.exit_code = Some(137);
        assert!(trace(&killed).contains("Killed"));
        assert!(last(&killed).contains("exit code 137"));
    }

    #[test]
    fn a_running_log_only_grows() {
        let mut at = facts("go test", "running");
        let started = at.started.unwrap();
        let mut before = String::new();
        for seconds in [0, 1, 3, 8, 20, 60, 299] {
            at.now = started + jiff::SignedDuration::from_secs(seconds);
            let text = trace(&at);
            assert!(text.starts_with(&before), "at {seconds} s");
            before = text;
        }
        let done = trace(&facts("go test", "success"));
        assert!(done.starts_with(&before) && done.len() > before.len());
    }

    #[test]
    fn failed_tests_are_named_in_the_log() {
        for name in [
            "cargo test",
            "pytest",
            "jest",
            "go test",
            "maven verify tests",
        ] {
            let mut named = 0;
            for job_id in 0..60 {
                let mut facts = facts(name, "failed");
                facts.job_id = job_id;
                facts.project_id = job_id % 7;
                let run = run_of(&facts);
                if let Some(Cause::Tests(cases)) = failure_of(&facts, &run) {
                    let text = trace(&facts);
                    for case in cases {
                        assert!(
                            text.contains(&stacks::case(&run, case).name),
                            "{name} {job_id}"
                        );
                        named += 1;
                    }
                }
            }
            assert!(named > 10, "{name}: {named}");
        }
    }
}
