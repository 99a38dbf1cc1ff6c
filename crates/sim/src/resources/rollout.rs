//! Environments and deployments of a project, read off its deploy jobs.
//!
//! Every job with an environment is a deployment from the moment the job exists, so deployment ids and iids
//! ascend with job ids and never shift.

use super::commits::source_branch;
use super::scene::history;
use super::tale::{End, History, global_id};
use crate::world::{FIRST_JOB, JobFacts, Moment, PipelineFacts, Project, Status, Target, Time};

/// A deployment at one moment.
pub(super) struct Deployment {
    /// Number within its project, from 0; the iid is one more.
    pub(super) index: u64,
    pub(super) job: JobFacts,
    pub(super) pipeline: PipelineFacts,
    pub(super) environment: Environment,
}

/// Where software is deployed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Environment {
    /// Number within its project: staging, production, then one review app per merge request.
    pub(super) index: u64,
    pub(super) name: String,
    /// When its first deployment was created.
    pub(super) created: Time,
    /// When it was stopped, if it is.
    pub(super) stopped: Option<Time>,
}

impl Deployment {
    /// First id of deployments; they follow the ids of their jobs.
    pub(super) const fn id(&self) -> u64 {
        Self::id_of(self.job.id)
    }

    /// Id of the deployment by the job with this id.
    pub(super) const fn id_of(job: u64) -> u64 {
        job - FIRST_JOB + 1
    }

    /// GitLab's word: `created|running|success|failed|canceled|skipped`.
    pub(super) const fn status(&self) -> &'static str {
        Self::word(self.job.status)
    }

    /// The word for a deployment whose job has this status.
    pub(super) const fn word(status: Status) -> &'static str {
        match status {
            Status::Running | Status::Canceling => "running",
            Status::Success => "success",
            Status::Failed => "failed",
            Status::Canceled => "canceled",
            Status::Skipped => "skipped",
            _ => "created",
        }
    }

    /// When its status last changed.
    pub(super) fn updated(&self) -> Time {
        let job = &self.job;
        let ended_unstarted = matches!(
            job.status,
            Status::Skipped | Status::Canceled | Status::Failed
        );
        match (job.finished, job.started) {
            (Some(at), _) => at,
            // The job keeps no time of being skipped; its pipeline moves then or later.
            (None, None) if ended_unstarted => job.created.max(self.pipeline.updated),
            (None, started) => started.unwrap_or(job.created),
        }
    }

    /// When it ended well.
    pub(super) fn finished(&self) -> Option<Time> {
        self.job
            .finished
            .filter(|_| self.job.status == Status::Success)
    }
}

impl Environment {
    /// Global id.
    pub(super) const fn id(&self, project: u32) -> u64 {
        global_id(project as u64, self.index)
    }

    /// `production|staging|development`.
    pub(super) fn tier(&self) -> &'static str {
        match self.index {
            0 => "staging",
            1 => "production",
            _ => "development",
        }
    }

    /// Its name as part of a host name, at most 24 characters.
    pub(super) fn slug(&self) -> String {
        let plain = |letter: char| {
            if letter.is_ascii_alphanumeric() {
                letter.to_ascii_lowercase()
            } else {
                '-'
            }
        };
        let mut slug: String = self.name.chars().map(plain).collect();
        slug.truncate(24);
        slug.trim_end_matches('-').to_owned()
    }
}

/// All deployments of a project, oldest first.
pub(super) fn deployments(moment: &Moment<'_>, project: u32) -> Vec<Deployment> {
    let owner = &moment.projects[project as usize];
    let history = history(moment, project);
    let mut found: Vec<(JobFacts, u32)> = Vec::new();
    for row in moment.pipelines_of(project) {
        // Most pipelines deploy nothing: their layout tells without playing their plan.
        if moment
            .layout_of(row)
            .jobs
            .iter()
            .any(|job| job.environment.is_some())
        {
            let jobs = moment
                .jobs(row)
                .into_iter()
                .filter(|job| job.environment.is_some());
            found.extend(jobs.map(|job| (job, row)));
        }
    }
    found.sort_by_key(|(job, _)| job.id);
    let mut environments: Vec<Environment> = Vec::new();
    let mut deployments = Vec::with_capacity(found.len());
    for (index, (job, row)) in (0..).zip(found) {
        let pipeline = moment.pipeline(row);
        let wanted = environment_of(owner, &history, &job, &pipeline);
        let known = environments
            .iter()
            .find(|known| known.index == wanted.index);
        let environment = known.cloned().unwrap_or(wanted);
        if known.is_none() {
            environments.push(environment.clone());
        }
        deployments.push(Deployment {
            index,
            job,
            pipeline,
            environment,
        });
    }
    deployments
}

/// Where a job deploys to.
pub(super) fn environment(
    moment: &Moment<'_>,
    job: &JobFacts,
    pipeline: &PipelineFacts,
) -> Environment {
    let owner = &moment.projects[job.project as usize];
    environment_of(owner, &history(moment, job.project), job, pipeline)
}

fn environment_of(
    project: &Project,
    history: &History,
    job: &JobFacts,
    pipeline: &PipelineFacts,
) -> Environment {
    let created = job.created;
    let (index, name, stopped) = match (job.environment, pipeline.target) {
        (Some("review"), Target::MergeRequest(iid) | Target::Branch(iid)) => {
            let ended = history
                .request(u64::from(iid))
                .and_then(|request| match request.end {
                    End::Opened => None,
                    End::Merged { at, .. } | End::Closed { at, .. } => Some(at),
                });
            (
                1 + u64::from(iid),
                format!("review/{}", source_branch(project, u64::from(iid) - 1)),
                ended,
            )
        }
        (Some("staging"), _) => (0, "staging".to_owned(), None),
        _ => (1, "production".to_owned(), None),
    };
    Environment {
        index,
        name,
        created,
        stopped: stopped.filter(|at| *at >= created),
    }
}

/// The environments that have a deployment, by index.
pub(super) fn environments(deployments: &[Deployment]) -> Vec<Environment> {
    let mut found: Vec<Environment> = Vec::new();
    for deployment in deployments {
        if !found
            .iter()
            .any(|known| known.index == deployment.environment.index)
        {
            found.push(deployment.environment.clone());
        }
    }
    found.sort_by_key(|environment| environment.index);
    found
}
