//! Why a job failed: GraphQL's sentences back to REST's words.
//!
//! GraphQL has no `failure_reason` on a job, only `failureMessage`, the sentence GitLab shows people.
//! A failed job without a sentence failed in its script.

/// Reason in REST's words for the message of a failed job.
///
/// `None` or an empty message means `script_failure`. A sentence this table does not know
/// (another language, a newer GitLab) is kept as it came, without the help link GitLab may append.
/// The sentence about the maximum execution time stands for two reasons; both are `job_execution_timeout` here.
///
/// Source: GraphQL `CiJob.failureMessage`.
pub fn failure_reason(message: Option<&str>) -> String {
    let text = message.map(str::trim).unwrap_or_default();
    if text.is_empty() {
        return "script_failure".to_owned();
    }
    OPENINGS
        .iter()
        .find(|(_, opening)| text.starts_with(opening))
        .map_or_else(
            || text.split('<').next().unwrap_or(text).trim().to_owned(),
            |(reason, _)| (*reason).to_owned(),
        )
}

/// Reason, and the words its sentence opens with: enough to tell it from all others.
const OPENINGS: &[(&str, &str)] = &[
    ("unknown_failure", "There is an unknown failure"),
    ("api_failure", "There has been an API failure"),
    (
        "stuck_or_timeout_failure",
        "There has been a timeout failure or the job got stuck",
    ),
    (
        "runner_system_failure",
        "There has been a runner system failure",
    ),
    (
        "runner_configuration_error",
        "There has been a configuration error",
    ),
    (
        "runner_external_dependency_failure",
        "The runner could not reach an external dependency",
    ),
    ("runner_interrupted", "The runner process was interrupted"),
    (
        "missing_dependency_failure",
        "There has been a missing dependency failure",
    ),
    ("runner_unsupported", "No runners support the requirements"),
    ("runner_unsupported", "Your runner is outdated"),
    ("stale_schedule", "Delayed job could not be executed"),
    (
        "job_execution_timeout",
        "The script exceeded the maximum execution time",
    ),
    (
        "stuck_pending_with_matching_runners",
        "The job was stuck in pending state with matching",
    ),
    (
        "stuck_pending_no_matching_runners",
        "The job was stuck in pending state with no matching",
    ),
    (
        "no_updates_running",
        "The job was running but showed no activity",
    ),
    (
        "no_updates_canceling",
        "The job was canceling but showed no activity",
    ),
    (
        "server_timeout_running",
        "The running job exceeded the maximum execution time",
    ),
    (
        "server_timeout_canceling",
        "The canceling job exceeded the maximum execution time",
    ),
    ("archived_failure", "The job is archived"),
    (
        "unmet_prerequisites",
        "The job failed to complete prerequisite tasks",
    ),
    ("scheduler_failure", "The scheduler failed to assign job"),
    (
        "data_integrity_failure",
        "There has been an unknown job problem",
    ),
    (
        "data_integrity_failure",
        "There has been a structural integrity problem",
    ),
    (
        "forward_deployment_failure",
        "The deployment job is older than the previously succeeded",
    ),
    (
        "failed_outdated_deployment_job",
        "The deployment job is older than the latest deployment",
    ),
    (
        "pipeline_loop_detected",
        "This job could not be executed because it would create infinitely",
    ),
    (
        "insufficient_upstream_permissions",
        "This job could not be executed because of insufficient permissions to track",
    ),
    (
        "insufficient_bridge_permissions",
        "This job could not be executed because of insufficient permissions to create",
    ),
    (
        "upstream_bridge_project_not_found",
        "This job could not be executed because upstream bridge",
    ),
    (
        "invalid_bridge_trigger",
        "This job could not be executed because downstream pipeline trigger",
    ),
    (
        "downstream_project_trigger_resolved_to_empty",
        "This job could not be executed because the trigger:project",
    ),
    (
        "downstream_bridge_project_not_found",
        "This job could not be executed because downstream bridge",
    ),
    (
        "environment_creation_failure",
        "This job could not be executed because it would create an env",
    ),
    (
        "ip_restriction_failure",
        "This job could not be executed because group IP",
    ),
    (
        "protected_environment_failure",
        "The environment this job is deploying to is protected",
    ),
    (
        "bridge_pipeline_is_child_pipeline",
        "This job belongs to a child pipeline",
    ),
    (
        "downstream_pipeline_creation_failed",
        "The downstream pipeline could not be created",
    ),
    (
        "secrets_provider_not_found",
        "The secrets provider can not be found",
    ),
    (
        "secrets_manager_access_denied",
        "This job could not retrieve secrets",
    ),
    (
        "reached_max_descendant_pipelines_depth",
        "You reached the maximum depth",
    ),
    (
        "reached_max_pipeline_hierarchy_size",
        "The downstream pipeline tree is too large",
    ),
    ("project_deleted", "The job belongs to a deleted project"),
    ("user_blocked", "The user who created this job is blocked"),
    ("ci_quota_exceeded", "No more compute minutes"),
    ("ci_quota_exceeded", "No more CI minutes"),
    ("no_matching_runner", "No matching runner"),
    ("trace_size_exceeded", "The job log size limit"),
    ("builds_disabled", "The CI/CD is disabled"),
    ("deployment_rejected", "This deployment job was rejected"),
    ("duo_workflow_not_allowed", "Duo Agent Platform cannot run"),
    (
        "duo_workflow_connection_failure",
        "The Duo Workflow job failed",
    ),
    (
        "reached_downstream_pipeline_trigger_rate_limit",
        "Too many downstream pipelines",
    ),
    ("job_router_failure", "The Job Router failed"),
    ("job_token_expired", "The CI job token has expired"),
    (
        "id_token_burned_project_path",
        "ID token issuance is disabled",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_means_the_script_failed() {
        assert_eq!(failure_reason(None), "script_failure");
        assert_eq!(failure_reason(Some("  ")), "script_failure");
    }

    #[test]
    fn known_sentence_gives_its_reason_and_a_help_link_does_not_matter() {
        let message = "This job could not be executed because it would create an environment with \
                       an invalid parameter. <a href=\"/help\">How do I fix it?</a>";
        assert_eq!(
            failure_reason(Some(message)),
            "environment_creation_failure"
        );
    }

    #[test]
    fn unknown_sentence_is_kept() {
        assert_eq!(
            failure_reason(Some("Der Runner schläft <a>?</a>")),
            "Der Runner schläft"
        );
    }

    #[test]
    fn no_opening_hides_another() {
        for (index, (reason, opening)) in OPENINGS.iter().enumerate() {
            let first = OPENINGS
                .iter()
                .position(|(_, other)| opening.starts_with(other));
            assert_eq!(first, Some(index), "{reason} is hidden");
        }
    }
}
