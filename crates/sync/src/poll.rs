//! Keeps up with changes: one request per 100 projects brings every changed pipeline with its jobs.

use std::collections::{HashMap, HashSet};

use futures::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use labtower_gitlab::{
    Answer, GitlabError, PipelineFilter, PipelineList, Priority, ProjectPipelines,
};
use labtower_model::{PipelineId, PipelineWithJobs, ProjectId, Status};
use labtower_store::{Batch, ProjectSync, SyncUpdate};
use tokio::time::Instant;
use tracing::warn;

use crate::{
    Cycle, Selection, SyncError, Syncer,
    fetch::fetch,
    plan::{PROJECTS_PER_REQUEST, Question, poll_questions},
};

/// Questions asked at once; the client's own limits come on top.
const CONCURRENT_QUESTIONS: usize = 8;

/// Time GitLab may take to deliver a webhook.
const DELIVERY: SignedDuration = SignedDuration::from_secs(60);

/// What one question brought.
#[derive(Default)]
struct Polled {
    cycle: Cycle,
    seen: HashSet<PipelineId>,
}

impl Syncer {
    /// Reads what changed in every project since its watermark, then refreshes running pipelines not among it.
    ///
    /// # Errors
    /// When the token is refused or the store fails. Anything else is a problem row, and the window is asked again.
    pub async fn poll_cycle(&self) -> Result<Cycle, SyncError> {
        let projects = self.read(|reader| reader.sync_projects()).await?;
        let rested = self
            .hooked
            .rested(self.options.reconcile_interval, Instant::now());
        let due: Vec<ProjectSync> = projects
            .into_iter()
            .filter(|project| !rested.contains_key(&project.project_id))
            .collect();
        let questions = poll_questions(&due, self.options.overlap);
        let mut polls = stream::iter(questions)
            .map(|question| self.poll(question))
            .buffer_unordered(CONCURRENT_QUESTIONS);
        let mut total = Polled::default();
        while let Some(polled) = polls.next().await {
            let polled = polled?;
            total.cycle += polled.cycle;
            total.seen.extend(polled.seen);
        }
        drop(polls);
        let running = self.refresh_running(&total.seen, &rested).await?;
        total.cycle += running.cycle;
        total.seen.extend(running.seen);
        self.settle(&total.seen).await?;
        Ok(total.cycle)
    }

    async fn poll(&self, question: Question) -> Result<Polled, SyncError> {
        let since = question.updated_after;
        let asked = question.ids.len();
        let ask = |ids: Vec<ProjectId>| async move {
            self.client.changed(&ids, since, Priority::Fresh).await
        };
        let fetched = match fetch(question.ids, ask).await {
            Ok(fetched) => fetched,
            Err(error) => {
                self.poll_failed(error).await?;
                let mut polled = Polled::default();
                polled.cycle.projects = asked;
                polled.cycle.failed = asked;
                return Ok(polled);
            }
        };
        self.solved("poll".to_owned()).await?;

        let mut polled = Polled::default();
        polled.cycle.projects = asked;
        polled.cycle.failed = fetched.failed.len();
        for (project, error) in fetched.failed {
            self.failed(project, error.sentence()).await?;
        }
        for (ids, answer) in fetched.answers {
            self.apply(since, &ids, answer, &mut polled).await?;
        }
        Ok(polled)
    }

    /// Writes an answer with the watermarks of all projects it covers completely, then pages through the others.
    async fn apply(
        &self,
        since: Timestamp,
        ids: &[ProjectId],
        answer: Answer<Vec<ProjectPipelines>>,
        polled: &mut Polled,
    ) -> Result<(), SyncError> {
        let watermark = answer.asked_at;
        let mut batch = Batch {
            read_at: Some(watermark),
            ..Batch::default()
        };
        let mut unfinished = Vec::new();
        let mut absent: HashSet<ProjectId> = ids.iter().copied().collect();
        let mut read = Vec::new();
        self.find_missed(&answer.value, watermark).await?;
        for project in answer.value {
            absent.remove(&project.project_id);
            if let Some(lists) = further(&project) {
                unfinished.push((project.project_id, lists));
            } else {
                batch.sync.push(self.polled(project.project_id, watermark));
                read.push(project.project_id);
            }
            batch.pipelines.extend(project.pipelines);
        }
        self.write_pipelines(batch, polled).await?;
        let now = Instant::now();
        for project in read {
            self.hooked.polled(project, now);
        }

        for (project, lists) in unfinished {
            let filter = PipelineFilter::UpdatedAfter(since);
            if self.follow(project, lists, filter, polled).await? {
                self.note(self.polled(project, watermark)).await?;
                self.hooked.polled(project, Instant::now());
            } else {
                polled.cycle.failed += 1;
            }
        }
        for project in absent {
            polled.cycle.failed += 1;
            self.verify_absent(project).await?;
        }
        Ok(())
    }

    /// Reads the further pages of one project; rows are written as they come, the watermark only after the last.
    /// False when a page could not be read, which is noted.
    async fn follow(
        &self,
        project: ProjectId,
        lists: Lists,
        filter: PipelineFilter,
        polled: &mut Polled,
    ) -> Result<bool, SyncError> {
        for (list, mut cursor) in lists {
            while let Some(after) = cursor {
                let answer = self
                    .client
                    .pipelines_page(project, list, filter, Some(&after), Priority::Fresh)
                    .await;
                let answer = match answer {
                    Ok(answer) => answer,
                    Err(error) => {
                        self.failed(project, error.sentence()).await?;
                        return Ok(false);
                    }
                };
                let Some(page) = answer.value else {
                    self.verify_absent(project).await?;
                    return Ok(false);
                };
                let batch = Batch {
                    read_at: Some(answer.asked_at),
                    pipelines: page.pipelines,
                    ..Batch::default()
                };
                self.write_pipelines(batch, polled).await?;
                cursor = page.next;
            }
        }
        Ok(true)
    }

    /// Re-reads running pipelines this cycle has not seen: their jobs change while their `updated_at` stands still.
    async fn refresh_running(
        &self,
        seen: &HashSet<PipelineId>,
        rested: &HashMap<ProjectId, bool>,
    ) -> Result<Polled, SyncError> {
        let mut projects: Vec<ProjectId> = self
            .read(|reader| reader.running_pipelines())
            .await?
            .into_iter()
            .filter(|(project, pipeline)| {
                !seen.contains(pipeline) && rested.get(project) != Some(&true)
            })
            .map(|(project, _)| project)
            .collect();
        projects.sort_unstable();
        projects.dedup();

        let mut polled = Polled::default();
        for ids in projects.chunks(PROJECTS_PER_REQUEST) {
            let ask = |ids: Vec<ProjectId>| async move {
                self.client.running(&ids, Priority::Running).await
            };
            let fetched = match fetch(ids.to_vec(), ask).await {
                Ok(fetched) => fetched,
                Err(error) => {
                    self.poll_failed(error).await?;
                    break;
                }
            };
            // A failing project was or will be noted by the change poll, which asks about it too.
            for (_, answer) in fetched.answers {
                let mut batch = Batch {
                    read_at: Some(answer.asked_at),
                    ..Batch::default()
                };
                let mut unfinished = Vec::new();
                for project in answer.value {
                    unfinished.extend(further(&project).map(|lists| (project.project_id, lists)));
                    batch.pipelines.extend(project.pipelines);
                }
                self.write_pipelines(batch, &mut polled).await?;
                for (project, lists) in unfinished {
                    self.follow(project, lists, PipelineFilter::Running, &mut polled)
                        .await?;
                }
            }
        }
        Ok(polled)
    }

    /// Notes projects of which GitLab shows a state that their webhooks had time to tell and did not.
    async fn find_missed(
        &self,
        projects: &[ProjectPipelines],
        asked_at: Timestamp,
    ) -> Result<(), SyncError> {
        let trusted: Vec<&ProjectPipelines> = projects
            .iter()
            .filter(|project| self.hooked.trusts(project.project_id))
            .collect();
        if trusted.is_empty() {
            return Ok(());
        }
        let selection = Selection::new(&self.options);
        let told = asked_at.saturating_sub(DELIVERY).unwrap_or(asked_at);
        let shown: Vec<(ProjectId, PipelineId, Status)> = trusted
            .iter()
            .flat_map(|project| &project.pipelines)
            .filter(|unit| unit.pipeline.updated_at < told)
            .filter(|unit| selection.wants_ref(unit.pipeline.ref_name.as_deref()))
            .map(|unit| &unit.pipeline)
            .map(|shown| (shown.project_id, shown.id, shown.status.clone()))
            .collect();
        let missed = self
            .read(move |reader| {
                let mut missed = HashSet::new();
                for (project, pipeline, status) in shown {
                    let stored = reader.pipeline(pipeline)?;
                    if stored.is_none_or(|stored| stored.status != status.as_str()) {
                        missed.insert(project);
                    }
                }
                Ok(missed)
            })
            .await?;
        for project in missed {
            warn!(%project, "webhooks did not tell of a pipeline, the project is polled again");
            self.hooked.missed(project, Instant::now());
        }
        Ok(())
    }

    async fn write_pipelines(
        &self,
        mut batch: Batch,
        polled: &mut Polled,
    ) -> Result<(), SyncError> {
        polled.cycle.pipelines += batch.pipelines.len();
        let id = |unit: &PipelineWithJobs| unit.pipeline.id;
        polled.seen.extend(batch.pipelines.iter().map(id));
        Selection::new(&self.options).filter(&mut batch.pipelines);
        polled.cycle.changed += self.store.write(batch).await?.changed_pipelines;
        Ok(())
    }

    fn polled(&self, project_id: ProjectId, watermark: Timestamp) -> SyncUpdate {
        SyncUpdate::Polled {
            project_id,
            watermark,
            at: self.clock.now(),
        }
    }

    /// Notes a failure that concerns every project of a question alike.
    async fn poll_failed(&self, error: GitlabError) -> Result<(), SyncError> {
        if error.is_fatal() {
            return Err(error.into());
        }
        warn!(%error, "poll failed, its window is asked again");
        self.problem("poll".to_owned(), error.sentence()).await
    }
}

/// Where the two lists of a project go on.
type Lists = [(PipelineList, Option<String>); 2];

/// The pages of a project that did not fit the first answer, if any.
fn further(project: &ProjectPipelines) -> Option<Lists> {
    let (own, children) = (&project.next, &project.next_children);
    (own.is_some() || children.is_some()).then(|| {
        [
            (PipelineList::Own, own.clone()),
            (PipelineList::Children, children.clone()),
        ]
    })
}
