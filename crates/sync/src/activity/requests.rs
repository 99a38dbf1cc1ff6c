//! Merge requests: all of them once, then what changed.

use std::collections::BTreeMap;

use futures::{StreamExt, stream};
use jiff::Timestamp;
use labtower_gitlab::{Answer, GitlabError, Priority, ProjectActivity};
use labtower_model::ProjectId;
use labtower_store::{ActivityUpdate, Batch};
use tracing::{info, warn};

use super::{ActivityCycle, CONCURRENT_PROJECTS, Due, Known, solved, step};
use crate::{
    SyncError, Syncer,
    fetch::{fetch, may_concern_one_project},
    plan::{PROJECTS_PER_REQUEST, Question, questions},
};

/// What a problem with a project's merge requests is called.
const WHAT: &str = "merge requests";

/// Questions asked at once; the client's own limits come on top.
const CONCURRENT_QUESTIONS: usize = 4;

impl Syncer {
    /// Reads all merge requests of every project where some are missing; a stored cursor is where it goes on.
    ///
    /// # Errors
    /// When GitLab cannot be asked at all or the store fails. Calling again goes on where this stopped.
    pub async fn activity_backfill(&self) -> Result<ActivityCycle, SyncError> {
        let mut cycle = ActivityCycle::default();
        let known = self.known_activity().await?;
        for ids in known.new.chunks(PROJECTS_PER_REQUEST) {
            cycle += self.begin_requests(ids.to_vec(), &known).await?;
        }
        let known = self.known_activity().await?;
        let unread: Vec<ProjectId> = known
            .rows
            .values()
            .filter(|row| row.complete_at.is_none())
            .map(|row| row.project_id)
            .collect();
        if unread.is_empty() {
            return Ok(cycle);
        }
        info!(projects = unread.len(), "paging through merge requests");
        let mut reading = stream::iter(unread)
            .map(|project| self.page_requests(project, &known))
            .buffer_unordered(CONCURRENT_PROJECTS);
        while let Some(read) = reading.next().await {
            cycle += read?;
        }
        Ok(cycle)
    }

    /// Reads the newest merge requests of new projects; most projects have no more.
    async fn begin_requests(
        &self,
        ids: Vec<ProjectId>,
        known: &Known,
    ) -> Result<ActivityCycle, SyncError> {
        let mut cycle = ActivityCycle {
            projects: ids.len(),
            ..ActivityCycle::default()
        };
        let ask = |ids: Vec<ProjectId>| async move {
            self.client.activity(&ids, None, Priority::Enrichment).await
        };
        let fetched = fetch(ids, ask).await?;
        for (project, error) in fetched.failed {
            cycle.failed += 1;
            self.activity_failed(WHAT, project, error).await?;
        }
        for (_, answer) in fetched.answers {
            let mut batch = Batch {
                read_at: Some(answer.asked_at),
                ..Batch::default()
            };
            for mut activity in answer.value {
                let project_id = activity.project_id;
                // Whatever changes from here on is the poll's, which starts at this watermark.
                batch.sync.push(step(ActivityUpdate::Started {
                    project_id,
                    watermark: answer.asked_at,
                    cursor: activity.next.take(),
                    at: self.clock.now(),
                }));
                solved(&mut batch, WHAT, project_id, known);
                self.take_in(&mut batch, activity, None);
            }
            cycle.merge_requests += self.store.write(batch).await?.changed_merge_requests;
        }
        Ok(cycle)
    }

    /// Reads the rest of one project's merge requests; rows and cursor are stored together, page by page.
    async fn page_requests(
        &self,
        project_id: ProjectId,
        known: &Known,
    ) -> Result<ActivityCycle, SyncError> {
        let mut cycle = ActivityCycle::default();
        let mut cursor = known
            .rows
            .get(&project_id)
            .and_then(|row| row.backfill_cursor.clone());
        loop {
            let answer = self
                .client
                .merge_requests_page(project_id, None, cursor.as_deref(), Priority::Enrichment)
                .await;
            let answer = match answer {
                Ok(answer) => answer,
                Err(GitlabError::GraphQl { .. }) if cursor.is_some() => {
                    warn!(%project_id, "stored cursor refused, merge requests read from the newest again");
                    cursor = None;
                    continue;
                }
                Err(error) if may_concern_one_project(&error) => {
                    cycle.failed += 1;
                    self.activity_failed(WHAT, project_id, error).await?;
                    return Ok(cycle);
                }
                Err(error) => return Err(error.into()),
            };
            // A project that is gone is for discovery to find out.
            let Some(page) = answer.value else {
                return Ok(cycle);
            };
            let mut batch = Batch {
                read_at: Some(answer.asked_at),
                merge_requests: page.merge_requests,
                sync: vec![step(ActivityUpdate::Page {
                    project_id,
                    cursor: page.next.clone(),
                    at: self.clock.now(),
                })],
                ..Batch::default()
            };
            solved(&mut batch, WHAT, project_id, known);
            cycle.merge_requests += self.store.write(batch).await?.changed_merge_requests;
            match page.next {
                Some(next) => cursor = Some(next),
                None => return Ok(cycle),
            }
        }
    }

    /// Reads merge requests that changed since each project's watermark; returns what is due of commits too.
    pub(super) async fn changed_requests(
        &self,
        known: &Known,
    ) -> Result<(ActivityCycle, Vec<Due>), SyncError> {
        let watermarks = known
            .rows
            .values()
            .filter_map(|row| Some((row.watermark?, row.project_id)))
            .collect();
        let questions = questions(watermarks, self.options.overlap);
        let mut asked = stream::iter(questions)
            .map(|question| self.ask_changed(question, known))
            .buffer_unordered(CONCURRENT_QUESTIONS);
        let mut cycle = ActivityCycle::default();
        let mut due = Vec::new();
        while let Some(answered) = asked.next().await {
            let (more, more_due) = answered?;
            cycle += more;
            due.extend(more_due);
        }
        Ok((cycle, due))
    }

    async fn ask_changed(
        &self,
        question: Question,
        known: &Known,
    ) -> Result<(ActivityCycle, Vec<Due>), SyncError> {
        let since = question.updated_after;
        let mut cycle = ActivityCycle {
            projects: question.ids.len(),
            ..ActivityCycle::default()
        };
        let ask = |ids: Vec<ProjectId>| async move {
            self.client
                .activity(&ids, Some(since), Priority::Fresh)
                .await
        };
        let fetched = fetch(question.ids, ask).await?;
        for (project, error) in fetched.failed {
            cycle.failed += 1;
            self.activity_failed(WHAT, project, error).await?;
        }
        let mut due = Vec::new();
        for (_, answer) in fetched.answers {
            due.extend(self.apply_changed(since, answer, known, &mut cycle).await?);
        }
        Ok((cycle, due))
    }

    /// Writes an answer with the watermarks of all projects it covers completely, then pages through the others.
    async fn apply_changed(
        &self,
        since: Timestamp,
        answer: Answer<Vec<ProjectActivity>>,
        known: &Known,
        cycle: &mut ActivityCycle,
    ) -> Result<Vec<Due>, SyncError> {
        let watermark = answer.asked_at;
        let mut batch = Batch {
            read_at: Some(watermark),
            ..Batch::default()
        };
        let mut unfinished: BTreeMap<ProjectId, String> = BTreeMap::new();
        let mut due = Vec::new();
        for mut activity in answer.value {
            let project_id = activity.project_id;
            match activity.next.take() {
                Some(cursor) => {
                    unfinished.insert(project_id, cursor);
                }
                None => batch.sync.push(step(ActivityUpdate::Polled {
                    project_id,
                    watermark,
                })),
            }
            solved(&mut batch, WHAT, project_id, known);
            due.extend(self.take_in(&mut batch, activity, known.rows.get(&project_id)));
        }
        cycle.merge_requests += self.store.write(batch).await?.changed_merge_requests;
        for (project, cursor) in unfinished {
            if self.follow_requests(project, since, cursor, cycle).await? {
                let polled = step(ActivityUpdate::Polled {
                    project_id: project,
                    watermark,
                });
                self.note(polled).await?;
            } else {
                cycle.failed += 1;
            }
        }
        Ok(due)
    }

    /// Reads the further pages of what changed in one project; false when one could not be read, which is noted.
    async fn follow_requests(
        &self,
        project: ProjectId,
        since: Timestamp,
        mut cursor: String,
        cycle: &mut ActivityCycle,
    ) -> Result<bool, SyncError> {
        loop {
            let answer = self
                .client
                .merge_requests_page(project, Some(since), Some(&cursor), Priority::Fresh)
                .await;
            let answer = match answer {
                Ok(answer) => answer,
                Err(error) => {
                    self.activity_failed(WHAT, project, error).await?;
                    return Ok(false);
                }
            };
            let Some(page) = answer.value else {
                return Ok(false);
            };
            let batch = Batch {
                read_at: Some(answer.asked_at),
                merge_requests: page.merge_requests,
                ..Batch::default()
            };
            cycle.merge_requests += self.store.write(batch).await?.changed_merge_requests;
            match page.next {
                Some(next) => cursor = next,
                None => return Ok(true),
            }
        }
    }
}
