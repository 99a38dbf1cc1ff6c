//! Deployments and the four DORA measures.

use std::collections::{BTreeMap, HashMap};

use jiff::{SignedDuration, Timestamp};
use labtower_model::{Deployment, EnvironmentId};
use labtower_store::StoreError;

use super::Context;
use super::environments::ENDED;
use crate::metrics::table::Table;

/// Days the DORA measures look back.
const DAYS: i64 = 30;

pub(super) fn read(context: &mut Context<'_>) -> Result<Vec<Table>, StoreError> {
    let mut totals = Table::new(&["labtower_deployments_total"]);
    let mut measures = Table::new(&[
        "labtower_deployment_last_success_timestamp_seconds",
        "labtower_dora_deployment_frequency",
        "labtower_dora_lead_time_seconds",
        "labtower_dora_change_failure_ratio",
        "labtower_dora_time_to_restore_seconds",
    ]);
    let now = context.now;
    let from = now.saturating_sub(SignedDuration::from_hours(DAYS * 24));
    let from = from.unwrap_or(Timestamp::UNIX_EPOCH);
    let mut recent: HashMap<EnvironmentId, Vec<Deployment>> = HashMap::new();
    for deployment in context.reader.deployments(from, Timestamp::MAX)? {
        let list = recent.entry(deployment.environment_id).or_default();
        list.push(deployment);
    }
    let mut counts: HashMap<EnvironmentId, Vec<(String, u64)>> = HashMap::new();
    for count in context.reader.deployments_ever()? {
        let list = counts.entry(count.environment_id).or_default();
        list.push((count.status, count.count));
    }
    // Environments of one name and tier, such as one stopped and made anew, are one place.
    let mut places: BTreeMap<String, (Vec<Deployment>, BTreeMap<String, u64>)> = BTreeMap::new();
    for environment in context.reader.environments()? {
        let Some(project) = context.projects.label(environment.project_id) else {
            continue;
        };
        let mut labels = crate::metrics::labels::Labels::default();
        labels.row().written(project);
        labels.pair("environment", &environment.name);
        labels.pair("tier", environment.tier.as_deref().unwrap_or(""));
        let (list, by_status) = places.entry(labels.get(0).to_owned()).or_default();
        list.extend(recent.remove(&environment.id).unwrap_or_default());
        for (status, count) in counts.remove(&environment.id).unwrap_or_default() {
            *by_status.entry(status).or_default() += count;
        }
    }
    for (labels, (mut list, by_status)) in places {
        let ever: u64 = by_status.values().sum();
        for (status, count) in by_status {
            if ENDED.contains(&status.as_str()) {
                totals.row().written(&labels).pair("status", &status);
                totals.set(0, Some(count as f64));
                totals.weigh(ever as i64);
            }
        }
        if list.is_empty() {
            continue;
        }
        list.sort_by_key(|deployment| (ended_at(deployment), deployment.id));
        let dora = Dora::of(&list);
        measures.row().written(&labels);
        measures.weigh(ever as i64);
        measures.set(0, dora.last_success.map(|at| at.as_second() as f64));
        measures.set(1, Some(dora.successes as f64 / DAYS as f64));
        measures.set(2, dora.lead_time);
        measures.set(3, dora.failure_ratio);
        measures.set(4, dora.time_to_restore);
    }
    Ok(vec![totals, measures])
}

/// The measures of one place.
struct Dora {
    successes: usize,
    last_success: Option<Timestamp>,
    lead_time: Option<f64>,
    failure_ratio: Option<f64>,
    time_to_restore: Option<f64>,
}

impl Dora {
    /// From deployments in the order they ended.
    fn of(deployments: &[Deployment]) -> Self {
        let (mut successes, mut failures) = (0_usize, 0_usize);
        let mut last_success = None;
        let (mut lead_times, mut restores) = (Vec::new(), Vec::new());
        // Since when it has been broken: the first failure after a success.
        let mut broken_since: Option<Timestamp> = None;
        for deployment in deployments {
            let at = ended_at(deployment);
            match deployment.status.as_str() {
                "success" => {
                    successes += 1;
                    last_success = Some(at);
                    lead_times.extend(deployment.committed_at.map(|made| seconds(made, at)));
                    restores.extend(broken_since.take().map(|since| seconds(since, at)));
                }
                "failed" => {
                    failures += 1;
                    broken_since.get_or_insert(at);
                }
                _ => {}
            }
        }
        let ended = successes + failures;
        Self {
            successes,
            last_success,
            lead_time: median(lead_times),
            failure_ratio: (ended > 0).then(|| failures as f64 / ended as f64),
            time_to_restore: median(restores),
        }
    }
}

fn ended_at(deployment: &Deployment) -> Timestamp {
    deployment.finished_at.unwrap_or(deployment.updated_at)
}

fn seconds(from: Timestamp, to: Timestamp) -> i64 {
    (to.as_second() - from.as_second()).max(0)
}

/// The middle value; of two in the middle their mean.
fn median(mut values: Vec<i64>) -> Option<f64> {
    values.sort_unstable();
    let middle = values.len() / 2;
    let upper = *values.get(middle)? as f64;
    if values.len().is_multiple_of(2) {
        Some(f64::midpoint(values[middle - 1] as f64, upper))
    } else {
        Some(upper)
    }
}

#[cfg(test)]
mod tests {
    use labtower_model::{DeploymentId, ProjectId, samples};

    use super::*;

    fn deployment(status: &str, committed: i64, ended: i64) -> Deployment {
        Deployment {
            id: DeploymentId(1),
            iid: 1,
            project_id: ProjectId(7),
            environment_id: EnvironmentId(1),
            status: status.to_owned(),
            ref_name: None,
            tag: None,
            sha: None,
            created_at: samples::at(0),
            updated_at: samples::at(0),
            finished_at: Some(samples::at(ended)),
            committed_at: Some(samples::at(committed)),
            duration: None,
            job_id: None,
            pipeline_id: None,
            user: None,
        }
    }

    #[test]
    fn measures_follow_their_definitions() {
        let dora = Dora::of(&[
            deployment("success", 0, 100),
            deployment("failed", 90, 200),
            deployment("failed", 90, 260),
            deployment("success", 90, 500),
            deployment("canceled", 90, 600),
        ]);
        assert_eq!(dora.successes, 2);
        assert_eq!(dora.last_success, Some(samples::at(500)));
        // 100 and 410.
        assert_eq!(dora.lead_time, Some(255.0));
        assert_eq!(dora.failure_ratio, Some(0.5));
        // From the first failure to the next success.
        assert_eq!(dora.time_to_restore, Some(300.0));
    }

    #[test]
    fn nothing_measured_is_nothing_and_not_zero() {
        let dora = Dora::of(&[deployment("canceled", 0, 1)]);
        assert_eq!((dora.lead_time, dora.failure_ratio), (None, None));
        assert_eq!(median(vec![3]), Some(3.0));
        assert_eq!(median(vec![5, 1, 2]), Some(2.0));
    }
}
