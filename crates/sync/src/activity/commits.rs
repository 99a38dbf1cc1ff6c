//! Commits of default branches, read where GitLab's count of them moved.
//!
//! The time of a commit tells little: a branch merged today brings commits of last week. So a list is read from its
//! newest commit on until as many new ones were found as the count grew by, and to its end where that is not known.

use jiff::{SignedDuration, Timestamp};
use labtower_gitlab::{Answer, CommitsPage, GitlabError, Priority};
use labtower_model::{ProjectId, ProjectStatistics};
use labtower_store::{ActivityUpdate, Batch};

use super::{ActivityCycle, Due, Known, missed::Listing, solved, step};
use crate::{SyncError, Syncer, fetch::may_concern_one_project};

/// What a problem with a project's commits is called.
const WHAT: &str = "commits";

/// Pages of one list after which something is wrong.
const MOST_PAGES: usize = 10_000;

/// Readings of a list that seems to have gaps; so many without a new commit in a row are enough.
const READINGS: usize = 8;
const QUIET_READINGS: usize = 2;

impl Syncer {
    /// Reads the commits that are due, counts them where GitLab does not, and notes how far that came.
    pub(super) async fn due_commits(
        &self,
        due: Due,
        known: &Known,
    ) -> Result<ActivityCycle, SyncError> {
        let mut cycle = ActivityCycle::default();
        match self.read_commits(&due, known, &mut cycle).await {
            Ok(()) => {}
            Err(SyncError::Gitlab(error)) if may_concern_one_project(&error) => {
                cycle.failed += 1;
                self.activity_failed(WHAT, due.project_id, error).await?;
            }
            Err(error) => return Err(error),
        }
        Ok(cycle)
    }

    async fn read_commits(
        &self,
        due: &Due,
        known: &Known,
        cycle: &mut ActivityCycle,
    ) -> Result<(), SyncError> {
        let now = self.gitlab_now();
        let days = SignedDuration::from_hours(24 * i64::from(self.options.backfill_days));
        let from = due
            .from
            .unwrap_or_else(|| now.saturating_sub(days).unwrap_or(now));
        let mut found = 0;
        let mut whole = true;
        if !due.is_dormant(from) {
            (found, whole) = self.walk(due, from).await?;
            cycle.commits += found.cast_unsigned();
        }
        let mut batch = Batch::default();
        if due.counted.is_none()
            && let Some(answer) = self.counted(due.project_id).await?
        {
            batch.read_at = Some(answer.asked_at);
            batch.statistics.push(answer.value);
        }
        // A list read to its end holds what GitLab counted; one read in part, what was known and what was found.
        let covered = match (due.counted, due.grown) {
            (Some(counted), Some(grown)) if !whole => Some(counted - grown + found),
            (counted, _) => counted,
        };
        batch.sync.push(step(ActivityUpdate::CommitsRead {
            project_id: due.project_id,
            from,
            counted: due.counted,
            covered,
            last_activity_at: due.last_activity_at,
            read_at: now,
        }));
        solved(&mut batch, WHAT, due.project_id, known);
        self.store.write(batch).await?;
        Ok(())
    }

    /// Reads the list until nothing is missing; returns how many commits were new, and whether all of it was read.
    async fn walk(&self, due: &Due, from: Timestamp) -> Result<(i64, bool), SyncError> {
        let mut found = 0;
        let mut quiet = 0;
        for _ in 0..READINGS {
            if due.is_satisfied(found) {
                return Ok((found, false));
            }
            let mut listing = Listing::default();
            let before = found;
            let mut pages = 1;
            loop {
                let Some(page) = self.page(due.project_id, from, pages).await? else {
                    return Ok((found, true));
                };
                listing.take(&page.commits);
                let batch = Batch {
                    commits: page.commits.into_iter().map(|row| row.commit).collect(),
                    ..Batch::default()
                };
                let new = self.store.write(batch).await?.new_commits;
                found += new.cast_signed();
                // Without counts, a page of known commits is taken for the end of the new ones.
                let nothing_new = due.from.is_some() && due.counted.is_none() && new == 0;
                if due.is_satisfied(found) || nothing_new {
                    return Ok((found, false));
                }
                if !page.more || pages == MOST_PAGES {
                    break;
                }
                pages += 1;
            }
            quiet = if found == before { quiet + 1 } else { 0 };
            if pages == 1 || !listing.has_gaps() || quiet == QUIET_READINGS {
                break;
            }
        }
        Ok((found, true))
    }

    async fn page(
        &self,
        project: ProjectId,
        from: Timestamp,
        page: usize,
    ) -> Result<Option<CommitsPage>, GitlabError> {
        let answer = self
            .client
            .commits_page(project, Some(from), page, Priority::Enrichment)
            .await?;
        Ok(answer.value)
    }

    /// Counts a project's commits one by one, from the count known before.
    async fn counted(
        &self,
        project_id: ProjectId,
    ) -> Result<Option<Answer<ProjectStatistics>>, SyncError> {
        let stored = self
            .read(move |reader| {
                let all = reader.project_statistics()?;
                Ok(all.into_iter().find(|row| row.project_id == project_id))
            })
            .await?;
        let guess = stored.and_then(|row| row.commit_count).unwrap_or(0);
        let answer = self
            .client
            .count_commits(project_id, guess.unsigned_abs(), Priority::Enrichment)
            .await?;
        let Some(count) = answer.value else {
            return Ok(None);
        };
        let statistics = ProjectStatistics {
            project_id,
            commit_count: Some(count.cast_signed()),
            storage_size: None,
            repository_size: None,
            lfs_objects_size: None,
            job_artifacts_size: None,
            pipeline_artifacts_size: None,
            packages_size: None,
            container_registry_size: None,
            wiki_size: None,
            snippets_size: None,
            uploads_size: None,
        };
        Ok(Some(answer.map(|_| statistics)))
    }
}
