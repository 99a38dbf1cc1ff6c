//! How a job ended, in the runner's words: the last lines of a log follow from `failure_reason`.

use super::Log;
use crate::resources::stacks::Stack;

/// How a job stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Never came to a runner: no log at all.
    NeverStarted,
    /// Still running.
    Running,
    /// Ended well.
    Success,
    /// The script ended with this exit code.
    Script {
        /// The shell's exit code.
        exit_code: i64,
    },
    /// The job's image or machine could not be made ready: no script ran.
    Preparation,
    /// The runner or its machine broke while the script ran.
    System(&'static str),
    /// Out of time.
    Timeout,
    /// Somebody stopped it.
    Canceled,
    /// The log was too long.
    TooLong,
}

impl Outcome {
    /// From GitLab's status and failure reason. Reasons this list does not know end like a broken runner.
    pub(crate) fn of(
        status: &str,
        failure_reason: Option<&str>,
        exit_code: Option<i64>,
        started: bool,
        prepared: bool,
    ) -> Self {
        if !started {
            return Self::NeverStarted;
        }
        match (status, failure_reason) {
            ("success", _) => Self::Success,
            ("canceled", _) => Self::Canceled,
            ("failed", None | Some("script_failure")) => Self::Script {
                exit_code: exit_code.unwrap_or(1),
            },
            (
                "failed",
                Some(
                    "job_execution_timeout"
                    | "job_execution_server_timeout"
                    | "server_timeout_running",
                ),
            ) => Self::Timeout,
            ("failed", Some("trace_size_exceeded")) => Self::TooLong,
            ("failed", Some("runner_system_failure" | "runner_configuration_error"))
                if !prepared =>
            {
                Self::Preparation
            }
            ("failed", Some("runner_interrupted")) => {
                Self::System("runner process is being shut down")
            }
            ("failed", Some("runner_unsupported")) => {
                Self::System("unsupported feature requested by the job")
            }
            ("failed", Some("runner_external_dependency_failure")) => Self::System(
                "failed to pull image: received unexpected HTTP status: 503 Service Unavailable",
            ),
            (
                "failed",
                Some("stuck_or_timeout_failure" | "no_updates_running" | "no_updates_canceling"),
            ) => {
                // The runner went silent: GitLab ended the job, the log just stops.
                Self::Running
            }
            ("failed", _) => {
                Self::System("error during connect: Post \"http://docker:2375/v1.48/exec\": EOF")
            }
            _ => Self::Running,
        }
    }

    /// Whether the script came to its own end.
    pub(crate) const fn script_ended(&self) -> bool {
        matches!(self, Self::Success | Self::Script { .. })
    }

    /// Whether the script got to run at all.
    pub(crate) const fn script_ran(&self) -> bool {
        !matches!(self, Self::NeverStarted | Self::Preparation)
    }

    /// The runner's last line.
    pub(super) fn last_line(&self, log: &mut Log) {
        let why = match self {
            Self::NeverStarted | Self::Running => return,
            Self::Success => {
                log.line("\u{1b}[32;1mJob succeeded\u{1b}[0;m");
                return;
            }
            Self::Script { exit_code } => format!(": exit code {exit_code}"),
            Self::Preparation => ": failed to pull image \"registry.example.com/ci/toolbox:7\" with specified policies [always]: Error response from daemon: manifest for registry.example.com/ci/toolbox:7 not found: manifest unknown".to_owned(),
            Self::System(what) => format!(" (system failure): {what}"),
            Self::Timeout => ": execution took longer than 1h0m0s seconds".to_owned(),
            Self::Canceled => ": canceled".to_owned(),
            Self::TooLong => {
                log.err("\u{1b}[33;1mJob's log exceeded limit of 4194304 bytes.\u{1b}[0;m");
                log.err("\u{1b}[33;1mJob execution will continue but no more output will be collected.\u{1b}[0;m");
                return;
            }
        };
        log.line(&format!("\u{1b}[31;1mERROR: Job failed{why}\u{1b}[0;m"));
    }

    /// What a machine that could not be made ready prints before that.
    pub(super) fn preparation_failed(log: &mut Log, stack: Stack) {
        for attempt in 1..=3 {
            log.err(&format!(
                "\u{1b}[0;33mWARNING: Failed to pull image with policy \"always\": manifest for {} unknown (manager.go:250:0s)\u{1b}[0;m",
                stack.image()
            ));
            if attempt < 3 {
                log.wait(10.0);
                log.err("\u{1b}[31;1mERROR: Preparation failed: failed to pull image\u{1b}[0;m");
                log.err("Will be retried in 3s ...");
                log.wait(3.0);
            }
        }
    }
}
