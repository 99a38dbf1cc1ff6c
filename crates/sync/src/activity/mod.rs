//! Keeps up with merge requests, statistics and commits: one request per 100 projects, more only for what moved.
//!
//! Merge requests are read like pipelines: all of them once, newest first, with a cursor in the store ([`requests`]);
//! then whatever changed since a watermark. With every answer come GitLab's counts, and commits are read where those
//! moved ([`commits`]).

mod commits;
mod due;
mod missed;
mod requests;

use std::collections::{BTreeMap, BTreeSet};

use futures::{StreamExt, stream};
use labtower_gitlab::{GitlabError, ProjectActivity};
use labtower_model::ProjectId;
use labtower_store::{ActivitySync, ActivityUpdate, Batch, SyncState, SyncUpdate};
use serde::Serialize;

use crate::{SyncError, Syncer};
use due::Due;

/// Projects whose commits one cycle reads at most, so that a first start does not hold up merge requests.
const COMMITS_PER_CYCLE: usize = 200;

/// Projects whose commits are read at once.
const CONCURRENT_PROJECTS: usize = 4;

/// What one look at merge requests and commits did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct ActivityCycle {
    /// Projects asked about.
    pub projects: usize,
    /// Projects that could not be read; their window is asked again.
    pub failed: usize,
    /// Merge requests that were new or different.
    pub merge_requests: u64,
    /// Commits that were new.
    pub commits: u64,
}

impl std::ops::AddAssign for ActivityCycle {
    fn add_assign(&mut self, other: Self) {
        self.projects += other.projects;
        self.failed += other.failed;
        self.merge_requests += other.merge_requests;
        self.commits += other.commits;
    }
}

/// What a cycle knows when it begins.
struct Known {
    /// Reading state of projects that GitLab shows.
    rows: BTreeMap<ProjectId, ActivitySync>,
    /// Projects GitLab shows of which nothing was read.
    new: Vec<ProjectId>,
    /// Scopes of problems now stored.
    problems: BTreeSet<String>,
}

impl Syncer {
    /// Reads what changed in every project's merge requests since its watermark, and commits where GitLab's count moved.
    ///
    /// # Errors
    /// When GitLab cannot be asked at all or the store fails: what was not stored is asked again.
    /// What concerns one project is a problem row.
    pub async fn activity_cycle(&self) -> Result<ActivityCycle, SyncError> {
        self.activity_round(COMMITS_PER_CYCLE).await
    }

    /// One complete look: all merge requests where some are missing, what changed elsewhere, all commits that are due.
    pub(crate) async fn activity_once(&self) -> Result<ActivityCycle, SyncError> {
        let mut cycle = self.activity_backfill().await?;
        cycle += self.activity_round(usize::MAX).await?;
        Ok(cycle)
    }

    async fn activity_round(&self, most_commits: usize) -> Result<ActivityCycle, SyncError> {
        let known = self.known_activity().await?;
        let (mut cycle, mut due) = self.changed_requests(&known).await?;
        due.truncate(most_commits);
        let mut reading = stream::iter(due)
            .map(|due| self.due_commits(due, &known))
            .buffer_unordered(CONCURRENT_PROJECTS);
        while let Some(read) = reading.next().await {
            cycle += read?;
        }
        Ok(cycle)
    }

    async fn known_activity(&self) -> Result<Known, SyncError> {
        self.read(|reader| {
            let mut rows: BTreeMap<ProjectId, ActivitySync> = reader
                .sync_activity()?
                .into_iter()
                .map(|row| (row.project_id, row))
                .collect();
            let shown: BTreeSet<ProjectId> = reader
                .sync_projects()?
                .into_iter()
                .filter(|row| row.state != SyncState::Missing)
                .map(|row| row.project_id)
                .collect();
            rows.retain(|project, _| shown.contains(project));
            let new = shown
                .into_iter()
                .filter(|project| !rows.contains_key(project))
                .collect();
            let problems = reader
                .problems()?
                .into_iter()
                .map(|problem| problem.scope)
                .collect();
            Ok(Known {
                rows,
                new,
                problems,
            })
        })
        .await
    }

    /// Puts one project's answer into a batch; returns what is due of its commits.
    fn take_in(
        &self,
        batch: &mut Batch,
        activity: ProjectActivity,
        row: Option<&ActivitySync>,
    ) -> Option<Due> {
        let due = Due::of(&activity, row, self.gitlab_now());
        batch.statistics.extend(activity.statistics);
        batch.merge_requests.extend(activity.merge_requests);
        due
    }

    /// Notes that a project could not be read; fails when no project can.
    async fn activity_failed(
        &self,
        what: &str,
        project: ProjectId,
        error: GitlabError,
    ) -> Result<(), SyncError> {
        if error.is_fatal() {
            return Err(error.into());
        }
        self.problem(scope(what, project), error.sentence()).await
    }
}

/// Takes back what was noted about a project.
fn solved(batch: &mut Batch, what: &str, project: ProjectId, known: &Known) {
    let scope = scope(what, project);
    if known.problems.contains(&scope) {
        batch.sync.push(SyncUpdate::Solved { scope });
    }
}

/// Scope of a problem with one project.
fn scope(what: &str, project: ProjectId) -> String {
    format!("{what} of project {project}")
}

/// A step of reading, for a batch.
fn step(update: ActivityUpdate) -> SyncUpdate {
    SyncUpdate::Activity(update)
}
