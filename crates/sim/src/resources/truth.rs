//! The ground truth about what this folder shows of delivery.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::rollout::{deployments, environments};
use super::test_report::{Suite, TestCounts};
use super::test_reports::suites;
use super::{environments as environment_resource, schedules};
use crate::app::Simulation;
use crate::rest::jobs::ArtifactFile;
use crate::world::{FIRST_PIPELINE, Moment, Time};

/// What a reader can know about environments, deployments, schedules, runners and tests, as of now.
///
/// Hidden projects are left out; times have whole seconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrueDelivery {
    /// By id.
    pub environments: Vec<TrueEnvironment>,
    /// By id.
    pub deployments: Vec<TrueDeployment>,
    /// By id.
    pub schedules: Vec<TrueSchedule>,
    /// Ids and statuses of runners, by id.
    pub runners: Vec<(u64, String)>,
    /// Of finished pipelines, by pipeline.
    pub test_reports: Vec<TrueTestReport>,
}

/// An environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each name is GitLab's own")]
pub struct TrueEnvironment {
    pub id: u64,
    pub project_id: u64,
    pub name: String,
    pub state: String,
    pub tier: String,
}

/// A deployment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each name is GitLab's own")]
pub struct TrueDeployment {
    pub id: u64,
    pub iid: u64,
    pub project_id: u64,
    pub environment_id: u64,
    pub status: String,
    #[serde(rename = "ref")]
    pub ref_name: String,
    pub sha: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub finished_at: Option<Timestamp>,
    pub job_id: u64,
    pub pipeline_id: u64,
}

/// A pipeline schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each name is GitLab's own")]
pub struct TrueSchedule {
    pub id: u64,
    pub project_id: u64,
    pub description: String,
    pub active: bool,
    pub next_run_at: Timestamp,
    pub last_pipeline_id: Option<u64>,
}

/// The tests of a pipeline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrueTestReport {
    /// The pipeline.
    pub pipeline_id: u64,
    /// All of its tests.
    pub total: TestCounts,
    /// Names of its test jobs and their tests, by name.
    pub suites: Vec<(String, TestCounts)>,
    /// Jobs that left files, by id, and their size in bytes; of the first hundred jobs GraphQL shows.
    pub artifacts: Vec<(u64, u64)>,
}

impl Simulation {
    /// The truth as of now, without any delay in seeing it.
    pub(crate) fn delivery(&self) -> TrueDelivery {
        let moment = self.moment().punctual();
        let hidden = &self.faults().forbidden_projects;
        let mut truth = TrueDelivery {
            environments: Vec::new(),
            deployments: Vec::new(),
            schedules: Vec::new(),
            runners: Vec::new(),
            test_reports: Vec::new(),
        };
        for (index, project) in (0_u32..).zip(&moment.projects) {
            if hidden.contains(&project.id) {
                continue;
            }
            let rollouts = deployments(&moment, index);
            let places = environments(&rollouts);
            truth
                .environments
                .extend(places.iter().map(|place| TrueEnvironment {
                    id: place.id(index),
                    project_id: project.id,
                    name: place.name.clone(),
                    state: environment_resource::state(place).to_owned(),
                    tier: place.tier().to_owned(),
                }));
            truth
                .deployments
                .extend(rollouts.iter().map(|row| TrueDeployment {
                    id: row.id(),
                    iid: row.index + 1,
                    project_id: project.id,
                    environment_id: row.environment.id(index),
                    status: row.status().to_owned(),
                    ref_name: row.pipeline.ref_name.clone(),
                    sha: row.pipeline.sha.clone(),
                    created_at: row.job.created.whole(),
                    updated_at: row.updated().whole(),
                    finished_at: row.job.finished.map(Time::whole),
                    job_id: row.job.id,
                    pipeline_id: row.pipeline.id,
                }));
            let finished = moment.pipelines_of(index).filter(|row| {
                let facts = moment.pipeline(*row);
                facts.status.is_finished() || facts.status == crate::world::Status::Skipped
            });
            truth.test_reports.extend(finished.map(|row| {
                let suites = suites(&moment, row);
                let mut named: Vec<_> = suites
                    .iter()
                    .map(|suite: &Suite| (suite.name().to_owned(), suite.counts()))
                    .collect();
                named.sort_by(|a, b| a.0.cmp(&b.0));
                TrueTestReport {
                    pipeline_id: FIRST_PIPELINE + u64::from(row),
                    total: TestCounts::total(&suites),
                    suites: named,
                    artifacts: artifacts(&moment, row),
                }
            }));
        }
        truth
            .schedules
            .extend(moment.schedules.iter().filter_map(|row| {
                let project = &moment.projects[row.project as usize];
                (!hidden.contains(&project.id)).then(|| TrueSchedule {
                    id: row.id,
                    project_id: project.id,
                    description: row.description.to_owned(),
                    active: row.active,
                    next_run_at: schedules::next_run(&moment, row).whole(),
                    last_pipeline_id: schedules::started(&moment, row)
                        .first()
                        .map(|row| FIRST_PIPELINE + u64::from(*row)),
                })
            }));
        truth.runners = moment
            .runners
            .iter()
            .map(|runner| {
                let status = if runner.online { "online" } else { "offline" };
                (runner.id, status.to_owned())
            })
            .collect();
        truth.environments.sort_by_key(|row| row.id);
        truth.deployments.sort_by_key(|row| row.id);
        truth.schedules.sort_by_key(|row| row.id);
        truth.runners.sort_unstable();
        truth.test_reports.sort_by_key(|row| row.pipeline_id);
        truth
    }
}

/// Sizes of what the newest hundred jobs of a pipeline left.
fn artifacts(moment: &Moment<'_>, pipeline: u32) -> Vec<(u64, u64)> {
    let mut jobs = moment.jobs(pipeline);
    jobs.sort_by_key(|job| std::cmp::Reverse(job.id));
    jobs.truncate(100);
    let sizes = jobs.iter().rev().map(|job| {
        let files = ArtifactFile::all(job);
        (job.id, files.iter().map(|file| file.size).sum())
    });
    sizes.filter(|(_, size)| *size > 0).collect()
}
