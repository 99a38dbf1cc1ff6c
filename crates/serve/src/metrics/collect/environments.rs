//! Environments and their newest deployment, under the names of gitlab-ci-pipelines-exporter.

use std::collections::HashMap;

use labtower_model::{Deployment, Environment, EnvironmentId};
use labtower_store::{NewerCommits, StoreError};

use super::Context;
use super::status::push_status;
use crate::metrics::table::Table;

/// Statuses that end a deployment.
pub(super) const ENDED: [&str; 3] = ["success", "failed", "canceled"];

/// Digits of a shortened commit, as GitLab shows it.
const SHORT: usize = 8;

pub(super) fn read(context: &mut Context<'_>) -> Result<Vec<Table>, StoreError> {
    let mut numbers = Table::new(&[
        "gitlab_ci_environment_behind_commits_count",
        "gitlab_ci_environment_behind_duration_seconds",
        "gitlab_ci_environment_deployment_count",
        "gitlab_ci_environment_deployment_duration_seconds",
        "gitlab_ci_environment_deployment_job_id",
        "gitlab_ci_environment_deployment_timestamp",
    ]);
    let mut statuses = Table::new(&["gitlab_ci_environment_deployment_status"]);
    let mut information = Table::new(&["gitlab_ci_environment_information"]);
    let newest: HashMap<EnvironmentId, Deployment> = context
        .reader
        .latest_deployments()?
        .into_iter()
        .map(|deployment| (deployment.environment_id, deployment))
        .collect();
    let mut counts: HashMap<EnvironmentId, u64> = HashMap::new();
    for count in context.reader.deployments_ever()? {
        if ENDED.contains(&count.status.as_str()) {
            *counts.entry(count.environment_id).or_default() += count.count;
        }
    }
    let mut seen = std::collections::HashSet::new();
    for environment in context.reader.environments()? {
        let Some(project) = context.projects.label(environment.project_id) else {
            continue;
        };
        // A stopped one ends its series; names are unique but for a moment.
        let name = (environment.project_id, environment.name.clone());
        if environment.state.as_deref() == Some("stopped") || !seen.insert(name) {
            continue;
        }
        let deployment = newest.get(&environment.id);
        let weight = deployment.map_or(0, |deployment| deployment.created_at.as_second());
        let newer = match deployment.and_then(|deployment| deployment.committed_at) {
            Some(at) => context.reader.newer_commits(environment.project_id, at)?,
            None => None,
        };
        let row = numbers.row().written(project);
        row.pair("environment", &environment.name);
        numbers.weigh(weight);
        let count = counts.get(&environment.id).copied().unwrap_or(0);
        numbers.set(2, Some(count as f64));
        if let Some(deployment) = deployment {
            let created_at = deployment.created_at.as_second();
            let behind =
                |newer: &NewerCommits| (newer.newest_at.as_second() - created_at).max(0) as f64;
            numbers.set(0, newer.as_ref().map(|newer| newer.count as f64));
            numbers.set(1, newer.as_ref().map(behind));
            numbers.set(3, deployment.duration);
            numbers.set(4, deployment.job_id.map(|id| id.get() as f64));
            numbers.set(5, Some(created_at as f64));
            let labels = numbers.labels.get(numbers.labels.len() - 1).to_owned();
            let sparse = context.options.sparse_status;
            push_status(&mut statuses, sparse, &labels, &deployment.status, weight);
        }
        let row = information.row().written(project);
        row.pair("environment", &environment.name);
        describe(row, &environment, deployment, newer.as_ref());
        information.set(0, Some(1.0));
        information.weigh(weight);
    }
    Ok(vec![numbers, statuses, information])
}

fn describe(
    row: &mut crate::metrics::labels::Labels,
    environment: &Environment,
    deployment: Option<&Deployment>,
    newer: Option<&NewerCommits>,
) {
    let short = |sha: &str| sha.get(..SHORT).unwrap_or(sha).to_owned();
    let current = deployment
        .and_then(|deployment| deployment.sha.as_deref())
        .map(short)
        .unwrap_or_default();
    let latest = newer.map_or_else(|| current.clone(), |newer| short(&newer.newest));
    let kind = deployment.map_or("", |deployment| match deployment.tag {
        Some(true) => "tag",
        _ => "branch",
    });
    let name = deployment.and_then(|deployment| deployment.ref_name.as_deref());
    let user = deployment.and_then(|deployment| deployment.user.as_ref());
    row.plain("environment_id", environment.id.get());
    row.pair(
        "external_url",
        environment.external_url.as_deref().unwrap_or(""),
    );
    row.pair("kind", kind).pair("ref", name.unwrap_or(""));
    row.pair("latest_commit_short_id", &latest);
    row.pair("current_commit_short_id", &current);
    row.plain(
        "available",
        environment.state.as_deref() == Some("available"),
    );
    row.pair("username", user.map_or("", |user| &user.username));
}
