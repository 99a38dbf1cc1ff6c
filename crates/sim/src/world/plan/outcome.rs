//! Why things fail, and the sentences GitLab says about it.

use crate::world::random::Rng;

/// Why a job failed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Failure {
    /// REST's word.
    pub(crate) reason: &'static str,
    /// Exit code of the script.
    pub(crate) exit_code: Option<i64>,
}

/// Why a pipeline failed without a job to blame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct PipelineFailure {
    /// GitLab's word.
    pub(crate) reason: &'static str,
    /// Errors in the CI configuration.
    pub(crate) yaml_errors: Option<&'static str>,
}

/// What the script or the runner did wrong.
pub(super) fn build_failure(rng: &mut Rng) -> Failure {
    const RARE: &[&str] = &[
        "api_failure",
        "missing_dependency_failure",
        "runner_unsupported",
        "unmet_prerequisites",
        "runner_interrupted",
        "unknown_failure",
        "trace_size_exceeded",
    ];
    let of = |reason| Failure {
        reason,
        exit_code: None,
    };
    match rng.below(100) {
        0..80 => Failure {
            reason: "script_failure",
            exit_code: Some(rng.pick(&[1, 1, 1, 1, 2, 101, 127, 137])),
        },
        80..88 => of("runner_system_failure"),
        88..94 => of("job_execution_timeout"),
        _ => of(rng.pick(RARE)),
    }
}

/// The sentence GraphQL shows for a reason; none for a failed script, as GitLab.
pub(crate) fn failure_message(reason: &str) -> Option<&'static str> {
    Some(match reason {
        "unknown_failure" => "There is an unknown failure, please try again",
        "api_failure" => "There has been an API failure, please try again",
        "stuck_pending_no_matching_runners" => {
            "The job was stuck in pending state with no matching runners available to pick it up"
        }
        "runner_system_failure" => "There has been a runner system failure, please try again",
        "runner_interrupted" => "The runner process was interrupted before the job could complete",
        "missing_dependency_failure" => "There has been a missing dependency failure",
        "runner_unsupported" => "No runners support the requirements to run this job.",
        "job_execution_timeout" => "The script exceeded the maximum execution time set for the job",
        "unmet_prerequisites" => "The job failed to complete prerequisite tasks",
        "trace_size_exceeded" => "The job log size limit was reached",
        "downstream_pipeline_creation_failed" => "The downstream pipeline could not be created",
        _ => return None,
    })
}
