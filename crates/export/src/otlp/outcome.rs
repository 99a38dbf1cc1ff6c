//! How a pipeline or job ended, in the words of the conventions for CI/CD.

use labtower_model::Status;
use labtower_store::{JobRow, PipelineRow};

/// Reasons that are not the fault of what was run.
const SYSTEM: [&str; 12] = [
    "unknown_failure",
    "api_failure",
    "runner_system_failure",
    "runner_configuration_error",
    "runner_external_dependency_failure",
    "runner_interrupted",
    "runner_unsupported",
    "scheduler_failure",
    "data_integrity_failure",
    "stuck_pending_no_matching_runners",
    "stuck_pending_with_matching_runners",
    "config_error",
];

/// Reasons that are a limit of time.
const TIMEOUT: [&str; 6] = [
    "job_execution_timeout",
    "stuck_or_timeout_failure",
    "no_updates_running",
    "no_updates_canceling",
    "server_timeout_running",
    "server_timeout_canceling",
];

/// `success`, `failure`, `error`, `timeout`, `cancellation` or `skip`; absent when it has not ended in a known way.
pub(super) fn result(status: &str, reason: Option<&str>) -> Option<&'static str> {
    let result = match Status::parse(status) {
        Status::Success => "success",
        Status::Failed => match reason {
            Some(reason) if SYSTEM.contains(&reason) => "error",
            Some(reason) if TIMEOUT.contains(&reason) => "timeout",
            _ => "failure",
        },
        Status::Canceled | Status::Canceling => "cancellation",
        // A manual job of a finished pipeline was not played.
        Status::Skipped | Status::Manual => "skip",
        _ => return None,
    };
    Some(result)
}

/// Why a job failed; absent unless it did.
pub(super) fn job_error(job: &JobRow) -> Option<&str> {
    failed(&job.status).then(|| job.failure_reason.as_deref().unwrap_or(OTHER))
}

/// Why a pipeline failed: its own reason, or that of the first job that made it fail; absent unless it did.
pub(super) fn pipeline_error<'a>(pipeline: &'a PipelineRow, jobs: &'a [JobRow]) -> Option<&'a str> {
    if !failed(&pipeline.status) {
        return None;
    }
    let culprit = || {
        jobs.iter()
            .filter(|job| failed(&job.status) && !job.retried && !job.allow_failure)
            .min_by_key(|job| (job.finished_at, job.id))
    };
    let own = pipeline.failure_reason.as_deref();
    Some(own.or_else(|| job_error(culprit()?)).unwrap_or(OTHER))
}

/// What the conventions call an error without a name.
const OTHER: &str = "_OTHER";

fn failed(status: &str) -> bool {
    Status::parse(status) == Status::Failed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_end_has_a_result_and_no_other_state_has() {
        for (status, reason, expected) in [
            ("success", None, Some("success")),
            ("failed", None, Some("failure")),
            ("failed", Some("script_failure"), Some("failure")),
            ("failed", Some("runner_system_failure"), Some("error")),
            ("failed", Some("job_execution_timeout"), Some("timeout")),
            ("canceled", None, Some("cancellation")),
            ("skipped", None, Some("skip")),
            ("manual", None, Some("skip")),
            ("running", None, None),
            ("a_new_word", None, None),
        ] {
            assert_eq!(result(status, reason), expected, "{status}");
        }
    }
}
