//! From stored runs to the verdict on a job.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use jiff::{SignedDuration, Timestamp};
use labtower_model::flaky::{DAYS, Evidence, Flakiness, JobRun, Outcome, flakiness};
use labtower_model::{Place, concentrations};
use labtower_store::{GroupId, Reader, Run, StoreError};
use serde::Serialize;

use super::value::{Chance, Count, Maybe, Seconds, Share, When, short};

/// Runs of a project's jobs looked at, at most; a busy project has more in its days.
pub(crate) const RUNS: usize = 10_000;
/// Groups looked up at most to see whether a failure is known from elsewhere.
const GROUPS: usize = 50;

/// Kinds of failure that come and go without anybody's doing.
const TRANSIENT: [&str; 3] = ["network", "registry", "runner"];

/// GitLab's words for the same, where the log says nothing.
const TRANSIENT_REASONS: [&str; 12] = [
    "runner_system_failure",
    "runner_external_dependency_failure",
    "runner_interrupted",
    "stuck_or_timeout_failure",
    "stuck_pending_with_matching_runners",
    "stuck_pending_no_matching_runners",
    "no_updates_running",
    "no_updates_canceling",
    "api_failure",
    "scheduler_failure",
    "data_integrity_failure",
    "job_router_failure",
];

/// The verdict on a job, as pages and programs get it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Judged {
    /// `not_enough_data`, `broken`, `flaky`, `failing`, `infra`, `recovered` or `healthy`.
    pub(crate) verdict: &'static str,
    /// Runs that passed or failed.
    pub(crate) runs: Count,
    pub(crate) passes: Count,
    pub(crate) failures: Count,
    /// Failures that were flakes; transient ones are apart.
    pub(crate) flakes: Count,
    /// Flakes of passes and flakes.
    pub(crate) flaky_rate: Maybe<Share>,
    /// Bounds of the rate with 95 % confidence.
    pub(crate) flaky_rate_low: Maybe<Share>,
    pub(crate) flaky_rate_high: Maybe<Share>,
    /// Failures of runs, for whatever reason.
    pub(crate) failure_rate: Maybe<Share>,
    /// Flakes by what shows them.
    pub(crate) same_commit: Count,
    pub(crate) sandwich: Count,
    pub(crate) transient: Count,
    /// Flakes that are known from other projects.
    pub(crate) recurring: Count,
    /// When the failures began that the runs end with.
    pub(crate) red_since: Option<When>,
    pub(crate) red_pipelines: Count,
    pub(crate) red_sha: Option<String>,
    pub(crate) last_green_sha: Option<String>,
    /// Runner time of flakes and transient failures.
    pub(crate) wasted_seconds: Seconds,
    pub(crate) retries: Count,
    /// Median time from a flake to green.
    pub(crate) to_green_seconds: Maybe<Seconds>,
}

impl Judged {
    /// Makes it ready to be shown.
    pub(crate) fn new(found: &Flakiness) -> Self {
        let streak = found.streak.as_ref();
        Self {
            verdict: found.verdict.as_str(),
            runs: Count(found.runs),
            passes: Count(found.passes),
            failures: Count(found.failures),
            flakes: Count(found.flakes),
            flaky_rate: Maybe(found.rate.map(Share)),
            flaky_rate_low: Maybe(found.bounds.map(|bounds| Share(bounds.low))),
            flaky_rate_high: Maybe(found.bounds.map(|bounds| Share(bounds.high))),
            failure_rate: Share::of(found.failures, found.runs),
            same_commit: Count(found.count(Evidence::SameCommit)),
            sandwich: Count(found.count(Evidence::Sandwich)),
            transient: Count(found.count(Evidence::Transient)),
            recurring: Count(found.recurring()),
            red_since: streak.map(|streak| When(streak.since)),
            red_pipelines: Count(streak.map_or(0, |streak| streak.pipelines as u64)),
            red_sha: streak.and_then(|streak| streak.sha.clone()),
            last_green_sha: streak.and_then(|streak| streak.green_sha.clone()),
            wasted_seconds: Seconds::whole(found.cost.seconds),
            retries: Count(found.cost.retries),
            to_green_seconds: Maybe(found.cost.to_green.map(Seconds::whole)),
        }
    }

    /// The verdict in words, with what belongs to it.
    pub(crate) fn words(&self) -> String {
        match self.verdict {
            "not_enough_data" => format!(
                "Not enough data ({} runs; needs {})",
                self.runs,
                labtower_model::flaky::MIN_RUNS
            ),
            "broken" => format!("Broken for {} pipelines", self.red_pipelines),
            "failing" => format!(
                "Failing for {} pipelines, too early to tell",
                self.red_pipelines
            ),
            "flaky" => format!("Flaky, {}", self.flaky_rate),
            "infra" => "Infrastructure only".to_owned(),
            "recovered" => "Recovered".to_owned(),
            _ => "Healthy".to_owned(),
        }
    }

    /// First letters of the commit that the failures began with.
    pub(crate) fn red_commit(&self) -> String {
        short(self.red_sha.as_deref())
    }

    /// First letters of the last commit that passed before.
    pub(crate) fn green_commit(&self) -> String {
        short(self.last_green_sha.as_deref())
    }

    /// What lists are sorted by: broken first, then by how sure it is that it flakes, then by failures.
    pub(crate) fn rank(&self) -> (u8, f64, u64) {
        let urgency = match self.verdict {
            "broken" => 2,
            "failing" => 1,
            _ => 0,
        };
        let low = self.flaky_rate_low.0.map_or(0.0, |share| share.0);
        (urgency, low, self.failures.0)
    }
}

/// Orders jobs: the one to look at first comes first.
pub(crate) fn by_rank(a: &Judged, b: &Judged) -> std::cmp::Ordering {
    let ((a_urgent, a_low, a_failed), (b_urgent, b_low, b_failed)) = (a.rank(), b.rank());
    b_urgent
        .cmp(&a_urgent)
        .then_with(|| b_low.total_cmp(&a_low))
        .then_with(|| b_failed.cmp(&a_failed))
}

/// When the days of verdicts begin.
pub(crate) fn since(now: Timestamp, days: i64) -> Timestamp {
    now.checked_sub(SignedDuration::from_hours(24 * days))
        .unwrap_or(Timestamp::MIN)
}

/// Days of verdicts.
pub(crate) const VERDICT_DAYS: i64 = DAYS;

/// Whether a failure is of the infrastructure and may go away by itself.
pub(crate) fn is_transient(run: &Run) -> bool {
    match run.category.as_deref() {
        Some(category) => TRANSIENT.contains(&category),
        None => run
            .failure_reason
            .as_deref()
            .is_some_and(|reason| TRANSIENT_REASONS.contains(&reason)),
    }
}

/// How a run ended; absent when it neither passed nor failed.
pub(crate) fn outcome(run: &Run) -> Option<Outcome> {
    match run.status.as_str() {
        "success" => Some(Outcome::Passed),
        "failed" if is_transient(run) => Some(Outcome::Transient),
        "failed" => Some(Outcome::Failed),
        _ => None,
    }
}

/// Runs by the name of their job.
pub(crate) fn by_job(runs: &[Run]) -> BTreeMap<&str, Vec<&Run>> {
    let mut jobs: BTreeMap<&str, Vec<&Run>> = BTreeMap::new();
    for run in runs {
        jobs.entry(&run.name).or_default().push(run);
    }
    jobs
}

/// The verdict on the runs of one job.
pub(crate) fn judge<'r>(
    runs: impl IntoIterator<Item = &'r Run>,
    recurring: &HashSet<GroupId>,
) -> Flakiness {
    let runs = runs
        .into_iter()
        .filter_map(|run| {
            let outcome = outcome(run)?;
            Some(JobRun {
                job_id: run.job_id,
                pipeline_id: run.pipeline_id,
                sha: run.sha.clone(),
                created_at: run.created_at,
                finished_at: run.finished_at,
                duration: run.duration,
                outcome,
                recurring: outcome == Outcome::Failed
                    && run.group_id.is_some_and(|group| recurring.contains(&group)),
            })
        })
        .collect();
    flakiness(runs)
}

/// Groups of these runs that other projects know too, and nobody filed an issue for: they went away by themselves.
pub(crate) fn recurring(
    reader: &Reader<'_>,
    runs: &[Run],
    now: Timestamp,
) -> Result<HashSet<GroupId>, StoreError> {
    let Some(project) = runs.first().map(|run| run.project_id) else {
        return Ok(HashSet::new());
    };
    let groups: BTreeSet<GroupId> = runs.iter().filter_map(|run| run.group_id).collect();
    let newest: Vec<GroupId> = groups.into_iter().rev().take(GROUPS).collect();
    reader.groups_elsewhere(&newest, project, since(now, DAYS))
}

/// A place where a job fails, or a group is found, more than elsewhere.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Concentrated {
    /// `runner`, `tag`, `job` or `stage`.
    pub(crate) property: &'static str,
    pub(crate) value: String,
    pub(crate) failures: Count,
    pub(crate) of: Count,
    /// Share of all failures that are there.
    pub(crate) share: Share,
    pub(crate) rate: Share,
    pub(crate) elsewhere: Share,
    pub(crate) chance: Chance,
}

/// Where places of one property concentrate.
pub(crate) fn concentrated(
    property: &'static str,
    places: &[Place],
    total: Option<(u64, u64)>,
) -> Vec<Concentrated> {
    concentrations(places, total)
        .into_iter()
        .map(|found| Concentrated {
            property,
            value: found.value,
            failures: Count(found.failures),
            of: Count(found.runs),
            share: Share(found.share),
            rate: Share(found.rate),
            elsewhere: Share(found.elsewhere),
            chance: Chance(found.chance),
        })
        .collect()
}
