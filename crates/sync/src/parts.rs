//! Reading a part (environments, deployments, ...) of many projects: one that fails never stops the others.

use std::future::Future;

use futures::{StreamExt, stream};
use labtower_gitlab::GitlabError;
use labtower_model::ProjectId;
use labtower_store::{Part, PartOutcome, PartState, PartUpdate, SyncUpdate};
use tracing::{debug, warn};

use crate::{SyncError, Syncer, due::Pace, fetch::may_concern_one_project};

/// Projects asked about at once; the client's own limits come on top.
const CONCURRENT_PROJECTS: usize = 4;

impl Syncer {
    /// Reads what belongs to pipelines and is due: environments, schedules, runners, deployments, test reports.
    ///
    /// # Errors
    /// When the token is refused or the store fails. Anything else is a problem row, and is tried again.
    pub async fn delivery_cycle(&self) -> Result<(), SyncError> {
        self.environments_cycle().await?;
        self.schedules_cycle().await?;
        self.runners_cycle().await?;
        self.deployments_cycle().await?;
        self.test_reports_cycle().await
    }

    /// What decides on what is due.
    pub(crate) fn pace(&self) -> Pace {
        Pace {
            now: self.gitlab_now(),
            interval: self.options.discovery_interval,
            overlap: self.options.overlap,
        }
    }

    /// Does `work` for each of the projects; notes what failed, and stops early only where GitLab cannot be asked.
    pub(crate) async fn each_project<Work, Working>(
        &self,
        part: Part,
        due: Vec<PartState>,
        work: Work,
    ) -> Result<(), SyncError>
    where
        Work: Fn(PartState) -> Working,
        Working: Future<Output = Result<(), SyncError>>,
    {
        let mut works = stream::iter(due)
            .map(|state| {
                let project = state.project_id;
                let working = work(state);
                async move { (project, working.await) }
            })
            .buffer_unordered(CONCURRENT_PROJECTS);
        let mut unreachable = None;
        while let Some((project, done)) = works.next().await {
            match done {
                Ok(()) => {}
                Err(SyncError::Gitlab(error)) => {
                    if !self.note_part_error(project, part, &error).await? {
                        unreachable = Some(error);
                        break;
                    }
                }
                Err(error) => return Err(error),
            }
        }
        drop(works);
        self.report_part(part, unreachable).await
    }

    /// Notes why a project's part could not be read; false where the reason is not the project's.
    ///
    /// # Errors
    /// When the token is refused.
    pub(crate) async fn note_part_error(
        &self,
        project_id: ProjectId,
        part: Part,
        error: &GitlabError,
    ) -> Result<bool, SyncError> {
        let outcome = match error {
            GitlabError::Forbidden { .. } | GitlabError::NotFound { .. } => {
                debug!(%project_id, part = part.as_str(), %error, "not shown, skipped");
                PartOutcome::Refused(error.sentence())
            }
            error if may_concern_one_project(error) => {
                warn!(%project_id, part = part.as_str(), %error, "part of a project could not be read");
                PartOutcome::Failed(error.sentence())
            }
            _ => return Ok(false),
        };
        let update = self.part(project_id, part, outcome);
        self.note(update).await?;
        Ok(true)
    }

    /// A step of a part's state, now.
    pub(crate) fn part(
        &self,
        project_id: ProjectId,
        part: Part,
        outcome: PartOutcome,
    ) -> SyncUpdate {
        SyncUpdate::Part(PartUpdate {
            project_id,
            part,
            at: self.gitlab_now(),
            outcome,
        })
    }

    /// Keeps the part's one problem row: how many projects lack it, and why.
    async fn report_part(
        &self,
        part: Part,
        unreachable: Option<GitlabError>,
    ) -> Result<(), SyncError> {
        let states = self.read(move |reader| reader.part_states(part)).await?;
        let message = match unreachable {
            Some(error) if error.is_fatal() => return Err(error.into()),
            Some(error) => Some(error.sentence()),
            None => lacking(&states),
        };
        self.keep_problem(part.as_str().replace('_', " "), message)
            .await
    }

    /// Writes, replaces or takes back a problem; one that stays the same is left alone, for an idle cycle to write nothing.
    pub(crate) async fn keep_problem(
        &self,
        scope: String,
        message: Option<String>,
    ) -> Result<(), SyncError> {
        let problems = self.read(|reader| reader.problems()).await?;
        let stored = problems.into_iter().find(|problem| problem.scope == scope);
        match (stored, message) {
            (Some(stored), Some(message)) if stored.message == message => Ok(()),
            (_, Some(message)) => self.problem(scope, message).await,
            (Some(_), None) => self.note(SyncUpdate::Solved { scope }).await,
            (None, None) => Ok(()),
        }
    }
}

/// How many projects could not be read, in words.
fn lacking(states: &[PartState]) -> Option<String> {
    let failed: Vec<_> = states.iter().filter(|state| state.failures > 0).collect();
    let refused: Vec<_> = states
        .iter()
        .filter(|state| state.failures == 0 && state.refused.is_some())
        .collect();
    let mut parts = Vec::new();
    if let Some(first) = failed.first() {
        parts.push(format!(
            "{} projects could not be read, the first is {}: {}",
            failed.len(),
            first.project_id,
            first.last_error.as_deref().unwrap_or("unknown"),
        ));
    }
    if let Some(first) = refused.first() {
        parts.push(format!(
            "{} projects do not show them to this token and are skipped for a day, the first is {}: {}",
            refused.len(),
            first.project_id,
            first.refused.as_deref().unwrap_or("unknown"),
        ));
    }
    (!parts.is_empty()).then(|| parts.join("; "))
}
