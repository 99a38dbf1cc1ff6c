//! Finds the projects to read: groups with their subgroups, and projects named one by one.

use std::collections::{BTreeMap, HashSet};

use futures::{StreamExt, stream};
use labtower_gitlab::{GitlabError, GroupOptions, Priority};
use labtower_model::{Project, ProjectId};
use labtower_store::{Batch, SyncState, SyncUpdate};
use tracing::{info, warn};

use crate::{Discovery, Selection, SyncError, Syncer};

/// Groups and projects asked for at once; listings are few and cheap.
const CONCURRENT_LISTINGS: usize = 4;

impl Syncer {
    /// Lists every configured group and project, stores the projects and marks those that are gone.
    ///
    /// A group that cannot be listed is a problem row and never takes its projects away:
    /// only GitLab's own 404 for a project, or a changed selection, does.
    ///
    /// # Errors
    /// When the token is refused or the store fails.
    pub async fn discover(&self) -> Result<Discovery, SyncError> {
        let groups: Vec<_> = stream::iter(self.options.groups.clone())
            .map(|group| async move { self.list_group(&group).await })
            .buffer_unordered(CONCURRENT_LISTINGS)
            .collect()
            .await;
        let singles: Vec<_> = stream::iter(self.options.projects.clone())
            .map(|path| async move { self.find_project(&path).await })
            .buffer_unordered(CONCURRENT_LISTINGS)
            .collect()
            .await;

        let selection = Selection::new(&self.options);
        let mut problems = 0;
        let mut found: BTreeMap<ProjectId, Project> = BTreeMap::new();
        for listing in groups.into_iter().chain(singles) {
            match listing? {
                Some(projects) => {
                    let wanted = projects.into_iter().filter(|p| selection.wants(p));
                    found.extend(wanted.map(|project| (project.id, project)));
                }
                None => problems += 1,
            }
        }

        let at = self.clock.now();
        let sync = found
            .keys()
            .map(|&project_id| SyncUpdate::Discovered { project_id, at })
            .collect();
        let projects = found.values().cloned().collect();
        let batch = Batch {
            projects,
            sync,
            ..Batch::default()
        };
        self.store.write(batch).await?;
        // Only a complete listing can tell that a project is no longer in it.
        let missing = if problems == 0 {
            self.verify_unlisted(&found.keys().copied().collect())
                .await?
        } else {
            0
        };
        let discovery = Discovery {
            projects: found.len(),
            missing,
            problems,
        };
        info!(
            projects = discovery.projects,
            missing, problems, "projects discovered"
        );
        Ok(discovery)
    }

    /// The group's projects; none after a problem was noted.
    async fn list_group(&self, group: &str) -> Result<Option<Vec<Project>>, SyncError> {
        let options = GroupOptions {
            recursive: self.options.recursive,
            shared: self.options.shared,
            archived: self.options.archived,
        };
        let scope = format!("group {group}");
        match self.client.group_projects(group, &options).await {
            Ok(answer) => {
                self.solved(scope).await?;
                Ok(Some(answer.value))
            }
            Err(error) => self.listing_failed(scope, error).await,
        }
    }

    async fn find_project(&self, path: &str) -> Result<Option<Vec<Project>>, SyncError> {
        let scope = format!("project {path}");
        match self.client.project(path, Priority::Fresh).await {
            Ok(answer) => {
                if answer.value.is_none() {
                    let message = "not found: check the path and that the token may see it";
                    self.problem(scope, message.to_owned()).await?;
                    return Ok(None);
                }
                self.solved(scope).await?;
                Ok(Some(answer.value.into_iter().collect()))
            }
            Err(error) => self.listing_failed(scope, error).await,
        }
    }

    async fn listing_failed(
        &self,
        scope: String,
        error: GitlabError,
    ) -> Result<Option<Vec<Project>>, SyncError> {
        if error.is_fatal() {
            return Err(error.into());
        }
        self.problem(scope, error.sentence()).await?;
        Ok(None)
    }

    /// Asks GitLab about every stored project the listings no longer hold.
    async fn verify_unlisted(&self, listed: &HashSet<ProjectId>) -> Result<usize, SyncError> {
        let unlisted: Vec<ProjectId> = self
            .read(|reader| reader.sync_projects())
            .await?
            .into_iter()
            .filter(|row| row.state != SyncState::Missing && !listed.contains(&row.project_id))
            .map(|row| row.project_id)
            .collect();
        let mut missing = 0;
        for project in unlisted {
            // Still there means: moved out of the groups, archived or excluded. Either way no longer asked for.
            match self
                .client
                .project(&project.get().to_string(), Priority::Enrichment)
                .await
            {
                Ok(_) => {
                    missing += 1;
                    self.mark_missing(project).await?;
                }
                Err(error) if error.is_fatal() => return Err(error.into()),
                Err(error) => warn!(%project, %error, "unlisted project not verified"),
            }
        }
        Ok(missing)
    }

    /// Asks GitLab about a project that an answer left out: gone, or unreadable for another reason.
    pub(crate) async fn verify_absent(&self, project: ProjectId) -> Result<(), SyncError> {
        let answer = self
            .client
            .project(&project.get().to_string(), Priority::Fresh)
            .await;
        match answer {
            Ok(answer) if answer.value.is_none() => self.mark_missing(project).await,
            Ok(_) => {
                let error = "GitLab shows the project but not its pipelines: \
                             is CI/CD disabled for it, or may the token not read it?";
                self.failed(project, error.to_owned()).await
            }
            Err(error) if error.is_fatal() => Err(error.into()),
            Err(error) => self.failed(project, error.sentence()).await,
        }
    }

    async fn mark_missing(&self, project_id: ProjectId) -> Result<(), SyncError> {
        info!(%project_id, "project is gone or no longer selected");
        let at = self.clock.now();
        self.note(SyncUpdate::Missing { project_id, at }).await
    }
}
