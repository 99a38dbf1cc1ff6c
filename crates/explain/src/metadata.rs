//! GitLab's `failure_reason`: every value, what it means, and whether the log can add to it.
//!
//! Source: GitLab 19's `CommitStatus.failure_reasons`; the API gives the word. Words of the future pass as unknown.

use crate::{Category, Whose};

/// What a `failure_reason` tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reason {
    /// GitLab's word.
    pub word: &'static str,
    /// Kind of failure.
    pub category: Category,
    /// Whose it is.
    pub whose: Whose,
    /// The log may know more.
    pub log_knows_more: bool,
    /// A sentence for people, without final stop.
    pub sentence: &'static str,
}

/// Looks a word up; `None` for a word this table does not have.
pub fn reason(word: &str) -> Option<&'static Reason> {
    REASONS.iter().find(|reason| reason.word == word)
}

/// Does a filter on `wanted` take a job whose reason is `actual`?
///
/// GitLab split two reasons into finer ones, and the old word means all of them.
pub fn matches_reason(wanted: &str, actual: &str) -> bool {
    let finer: &[&str] = match wanted {
        "stuck_or_timeout_failure" => &[
            "stuck_pending_with_matching_runners",
            "stuck_pending_no_matching_runners",
            "no_updates_running",
            "no_updates_canceling",
        ],
        "job_execution_timeout" => &["server_timeout_running", "server_timeout_canceling"],
        _ => &[],
    };
    wanted == actual || finer.contains(&actual)
}

const fn row(
    word: &'static str,
    category: Category,
    whose: Whose,
    log_knows_more: bool,
    sentence: &'static str,
) -> Reason {
    Reason {
        word,
        category,
        whose,
        log_knows_more,
        sentence,
    }
}

use Category as C;
use Whose as W;

/// The whole enum.
const REASONS: &[Reason] = &[
    row(
        "unknown_failure",
        C::Unknown,
        W::Unknown,
        true,
        "The reason is unknown to GitLab",
    ),
    row(
        "script_failure",
        C::Unknown,
        W::Code,
        true,
        "The script failed",
    ),
    row(
        "api_failure",
        C::Runner,
        W::Unknown,
        true,
        "GitLab's API failed during the job",
    ),
    row(
        "stuck_or_timeout_failure",
        C::Runner,
        W::Infra,
        false,
        "The job got stuck or timed out",
    ),
    row(
        "runner_system_failure",
        C::Runner,
        W::Infra,
        true,
        "The runner's system failed",
    ),
    row(
        "missing_dependency_failure",
        C::Artifacts,
        W::Config,
        false,
        "Artifacts of an earlier job are missing",
    ),
    row(
        "runner_unsupported",
        C::Runner,
        W::Infra,
        false,
        "No runner supports what the job requires",
    ),
    row(
        "stale_schedule",
        C::Deploy,
        W::Config,
        false,
        "The delayed job could not run in time",
    ),
    row(
        "job_execution_timeout",
        C::Timeout,
        W::Unknown,
        true,
        "The job took longer than its timeout",
    ),
    row(
        "archived_failure",
        C::Policy,
        W::Config,
        false,
        "The job is archived and cannot run",
    ),
    row(
        "unmet_prerequisites",
        C::Deploy,
        W::Config,
        false,
        "The environment's prerequisites could not be made",
    ),
    row(
        "scheduler_failure",
        C::Runner,
        W::Infra,
        false,
        "GitLab's scheduler could not assign the job",
    ),
    row(
        "data_integrity_failure",
        C::Runner,
        W::Infra,
        false,
        "GitLab found the job's data damaged",
    ),
    row(
        "forward_deployment_failure",
        C::Deploy,
        W::Config,
        false,
        "A newer deployment has already run",
    ),
    row(
        "user_blocked",
        C::Policy,
        W::Config,
        false,
        "The user who started the job is blocked",
    ),
    row(
        "project_deleted",
        C::Policy,
        W::Config,
        false,
        "The project is deleted",
    ),
    row(
        "ci_quota_exceeded",
        C::Runner,
        W::Config,
        false,
        "No compute minutes are left",
    ),
    row(
        "pipeline_loop_detected",
        C::Config,
        W::Config,
        false,
        "The downstream pipeline would start this one again",
    ),
    row(
        "no_matching_runner",
        C::Runner,
        W::Infra,
        false,
        "No runner matches the job's tags",
    ),
    row(
        "trace_size_exceeded",
        C::Runner,
        W::Unknown,
        false,
        "The log is larger than GitLab allows",
    ),
    row(
        "builds_disabled",
        C::Policy,
        W::Config,
        false,
        "CI is disabled in this project",
    ),
    row(
        "environment_creation_failure",
        C::Deploy,
        W::Config,
        false,
        "The environment could not be created",
    ),
    row(
        "deployment_rejected",
        C::Deploy,
        W::Config,
        false,
        "The deployment was rejected",
    ),
    row(
        "failed_outdated_deployment_job",
        C::Deploy,
        W::Config,
        false,
        "The deployment is older than the latest one",
    ),
    row(
        "job_execution_server_timeout",
        C::Timeout,
        W::Unknown,
        true,
        "The job took longer than the server allows",
    ),
    row(
        "stuck_pending_with_matching_runners",
        C::Runner,
        W::Infra,
        false,
        "Runners match, but none took the job",
    ),
    row(
        "stuck_pending_no_matching_runners",
        C::Runner,
        W::Infra,
        false,
        "No runner that matches was online",
    ),
    row(
        "no_updates_running",
        C::Runner,
        W::Infra,
        false,
        "The runner stopped sending updates",
    ),
    row(
        "no_updates_canceling",
        C::Runner,
        W::Infra,
        false,
        "The runner stopped sending updates while cancelling",
    ),
    row(
        "server_timeout_running",
        C::Timeout,
        W::Unknown,
        true,
        "The job ran longer than its timeout",
    ),
    row(
        "server_timeout_canceling",
        C::Timeout,
        W::Unknown,
        true,
        "Cancelling the job took too long",
    ),
    row(
        "runner_configuration_error",
        C::Config,
        W::Config,
        true,
        "The job's or the runner's configuration is wrong",
    ),
    row(
        "runner_external_dependency_failure",
        C::Network,
        W::External,
        true,
        "The runner could not reach an external service",
    ),
    row(
        "runner_interrupted",
        C::Runner,
        W::Infra,
        true,
        "The runner was interrupted",
    ),
    row(
        "protected_environment_failure",
        C::Deploy,
        W::Config,
        false,
        "The environment is protected against this user",
    ),
    row(
        "insufficient_bridge_permissions",
        C::Policy,
        W::Config,
        false,
        "The downstream pipeline may not be created by this user",
    ),
    row(
        "downstream_bridge_project_not_found",
        C::Config,
        W::Config,
        false,
        "The downstream project was not found",
    ),
    row(
        "invalid_bridge_trigger",
        C::Config,
        W::Config,
        false,
        "The trigger job is defined wrongly",
    ),
    row(
        "upstream_bridge_project_not_found",
        C::Config,
        W::Config,
        false,
        "The upstream project was not found",
    ),
    row(
        "insufficient_upstream_permissions",
        C::Policy,
        W::Config,
        false,
        "The upstream project may not be read by this user",
    ),
    row(
        "bridge_pipeline_is_child_pipeline",
        C::Config,
        W::Config,
        false,
        "A child pipeline may not start this one",
    ),
    row(
        "downstream_pipeline_creation_failed",
        C::Config,
        W::Config,
        false,
        "The downstream pipeline could not be created",
    ),
    row(
        "secrets_provider_not_found",
        C::Config,
        W::Config,
        false,
        "No secrets provider is configured",
    ),
    row(
        "reached_max_descendant_pipelines_depth",
        C::Policy,
        W::Config,
        false,
        "Child pipelines are nested too deep",
    ),
    row(
        "ip_restriction_failure",
        C::Policy,
        W::Config,
        false,
        "The group refuses this address",
    ),
    row(
        "reached_max_pipeline_hierarchy_size",
        C::Policy,
        W::Config,
        false,
        "The tree of pipelines is too large",
    ),
    row(
        "reached_downstream_pipeline_trigger_rate_limit",
        C::Policy,
        W::Config,
        false,
        "Too many downstream pipelines were started",
    ),
    row(
        "duo_workflow_not_allowed",
        C::Policy,
        W::Config,
        false,
        "Duo workflows are not allowed",
    ),
    row(
        "job_router_failure",
        C::Runner,
        W::Infra,
        false,
        "GitLab could not route the job to a runner",
    ),
    row(
        "job_token_expired",
        C::Auth,
        W::Config,
        false,
        "The job's token expired",
    ),
    row(
        "id_token_burned_project_path",
        C::Policy,
        W::Config,
        false,
        "The project's path was used before, so no ID token is given",
    ),
    row(
        "downstream_project_trigger_resolved_to_empty",
        C::Config,
        W::Config,
        false,
        "The downstream project's name came out empty",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_stands_once() {
        for (at, reason) in REASONS.iter().enumerate() {
            assert!(
                REASONS[..at].iter().all(|other| other.word != reason.word),
                "{}",
                reason.word
            );
            assert!(!reason.sentence.ends_with('.'));
        }
        assert_eq!(REASONS.len(), 52);
    }

    #[test]
    fn old_words_take_the_new_ones() {
        assert!(matches_reason(
            "stuck_or_timeout_failure",
            "no_updates_running"
        ));
        assert!(matches_reason(
            "job_execution_timeout",
            "server_timeout_running"
        ));
        assert!(!matches_reason(
            "no_updates_running",
            "stuck_or_timeout_failure"
        ));
        assert_eq!(reason("of_the_future"), None);
    }
}
