//! Test reports, and sizes of artifacts: read for finished pipelines that lack their report, many projects at once.

use std::collections::{BTreeMap, BTreeSet};

use futures::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use labtower_gitlab::{Answer, GitlabError, ListCursors, Priority, ReportedProject, UpdatedWindow};
use labtower_model::{JobArtifacts, PipelineId, ProjectId, TestCounts, TestReport};
use labtower_store::{Batch, Delivery, Part, PartOutcome, PartState, SyncUpdate, UnreadTests};

use crate::{SyncError, Syncer, fetch::fetch, plan::PROJECTS_PER_REQUEST, test_messages};

/// Projects with more unread pipelines than this are asked about alone, a hundred pipelines at a time.
const FEW: usize = 20;

/// Pipelines whose cases are read in one cycle; each is a request, and a large answer.
const CASES_AT_ONCE: usize = 50;

/// Requests for cases under way at once.
const CONCURRENT_CASES: usize = 2;

/// A project's pipelines that lack their report, and its generation when that was found out.
#[derive(Debug, Clone)]
struct Unread {
    project_id: ProjectId,
    moved: i64,
    pipelines: Vec<UnreadTests>,
}

impl Unread {
    /// From the oldest to the newest change.
    fn window(&self) -> Option<UpdatedWindow> {
        Some(UpdatedWindow {
            from: self.pipelines.first()?.updated_at,
            // GitLab keeps fractions of a second that it does not show.
            to: self.pipelines.last()?.updated_at + SignedDuration::from_secs(1),
        })
    }
}

impl Syncer {
    /// Reads the test reports of finished pipelines that lack one, and their cases if that is switched on.
    pub(crate) async fn test_reports_cycle(&self) -> Result<(), SyncError> {
        let pace = self.pace();
        let since = self.reports_since();
        let found = self
            .read(move |reader| {
                let states = reader.part_states(Part::TestReports)?;
                let due: Vec<_> = states
                    .into_iter()
                    .filter(|state| pace.test_reports(state))
                    .collect();
                let ids: Vec<ProjectId> = due.iter().map(|state| state.project_id).collect();
                Ok((due, reader.unread_tests(&ids, since)?))
            })
            .await?;
        let (due, mut unread) = found;
        if !due.is_empty() {
            self.read_reports(&due, &mut unread).await?;
        }
        if self.options.test_cases {
            self.read_cases(since).await?;
        }
        Ok(())
    }

    async fn read_reports(
        &self,
        due: &[PartState],
        unread: &mut BTreeMap<ProjectId, Vec<UnreadTests>>,
    ) -> Result<(), SyncError> {
        let mut sync = Vec::new();
        let (mut few, mut many) = (Vec::new(), Vec::new());
        for state in due {
            let project = Unread {
                project_id: state.project_id,
                moved: state.moved,
                pipelines: unread.remove(&state.project_id).unwrap_or_default(),
            };
            match project.pipelines.len() {
                0 => sync.push(self.reports_read(&project)),
                1..=FEW => few.push(project),
                _ => many.push(project),
            }
        }
        if !sync.is_empty() {
            let batch = Batch {
                sync,
                ..Batch::default()
            };
            self.store.write(batch).await?;
        }
        // Projects that changed at about the same time share a narrow window.
        few.sort_by_key(|project| project.pipelines.first().map(|first| first.updated_at));
        for projects in few.chunks(PROJECTS_PER_REQUEST) {
            many.extend(self.reports_of_many(projects).await?);
        }
        let states = many.iter().filter_map(|project| {
            due.iter()
                .find(|state| state.project_id == project.project_id)
        });
        let states: Vec<PartState> = states.cloned().collect();
        let many: BTreeMap<ProjectId, Unread> = many
            .into_iter()
            .map(|project| (project.project_id, project))
            .collect();
        let many = &many;
        self.each_project(Part::TestReports, states, |state| async move {
            match many.get(&state.project_id) {
                Some(project) => self.reports_of_one(project.clone()).await,
                None => Ok(()),
            }
        })
        .await
    }

    /// Asks about many projects at once; returns those that need to be asked about alone.
    async fn reports_of_many(&self, projects: &[Unread]) -> Result<Vec<Unread>, SyncError> {
        let windows = projects.iter().filter_map(Unread::window);
        let window = windows.reduce(|all, one| UpdatedWindow {
            from: all.from.min(one.from),
            to: all.to.max(one.to),
        });
        let Some(window) = window else {
            return Ok(Vec::new());
        };
        let start = ListCursors::start();
        let start = &start;
        let ask = |ids: Vec<ProjectId>| async move {
            self.client
                .test_reports(&ids, window, start, Priority::Enrichment)
                .await
        };
        let ids = projects.iter().map(|project| project.project_id).collect();
        let fetched = match fetch(ids, ask).await {
            Ok(fetched) => fetched,
            Err(error) if error.is_fatal() => return Err(error.into()),
            Err(error) => {
                let message = Some(error.sentence());
                self.keep_problem("test reports".to_owned(), message)
                    .await?;
                return Ok(Vec::new());
            }
        };
        for (project, error) in &fetched.failed {
            self.note_part_error(*project, Part::TestReports, error)
                .await?;
        }
        let mut unfinished = Vec::new();
        for (ids, answer) in fetched.answers {
            let asked: BTreeSet<ProjectId> = ids.into_iter().collect();
            let asked = projects
                .iter()
                .filter(|project| asked.contains(&project.project_id));
            unfinished.extend(self.store_reports(asked, answer).await?);
        }
        Ok(unfinished)
    }

    /// Stores one answer about many projects; returns those of which it showed too little.
    async fn store_reports(
        &self,
        asked: impl Iterator<Item = &Unread>,
        answer: Answer<Vec<ReportedProject>>,
    ) -> Result<Vec<Unread>, SyncError> {
        let mut shown: BTreeMap<ProjectId, ReportedProject> = answer
            .value
            .into_iter()
            .map(|project| (project.project_id, project))
            .collect();
        let mut batch = Batch::default();
        let mut reports = Vec::new();
        let mut artifacts = Vec::new();
        let mut unfinished = Vec::new();
        for project in asked {
            let mut project = project.clone();
            let Some(page) = shown.remove(&project.project_id) else {
                batch
                    .sync
                    .push(self.part(project.project_id, Part::TestReports, hidden()));
                continue;
            };
            let complete = page.next.is_done();
            let (found, left) = take(&mut project, page);
            reports.extend(found);
            artifacts.extend(left);
            if complete || project.pipelines.is_empty() {
                reports.extend(gone(&project));
                batch.sync.push(self.reports_read(&project));
            } else {
                unfinished.push(project);
            }
        }
        batch.delivery.push(Delivery::TestReports(reports));
        batch.delivery.push(Delivery::Artifacts(artifacts));
        self.store.write(batch).await?;
        Ok(unfinished)
    }

    /// Pages through one project's pipelines until none lacks its report.
    async fn reports_of_one(&self, mut project: Unread) -> Result<(), SyncError> {
        let Some(window) = project.window() else {
            return Ok(());
        };
        let mut cursors = ListCursors::start();
        loop {
            let ids = [project.project_id];
            let answer = self
                .client
                .test_reports(&ids, window, &cursors, Priority::Enrichment)
                .await?;
            let mut batch = Batch::default();
            let page = answer
                .value
                .into_iter()
                .find(|page| page.project_id == project.project_id);
            let Some(page) = page else {
                let update = self.part(project.project_id, Part::TestReports, hidden());
                return self.note(update).await;
            };
            let stuck = page.next == cursors;
            cursors = page.next.clone();
            let (mut reports, artifacts) = take(&mut project, page);
            let done = cursors.is_done() || project.pipelines.is_empty();
            if done {
                reports.extend(gone(&project));
                batch.sync.push(self.reports_read(&project));
            }
            batch.delivery.push(Delivery::TestReports(reports));
            batch.delivery.push(Delivery::Artifacts(artifacts));
            self.store.write(batch).await?;
            if done {
                return Ok(());
            }
            if stuck {
                return Err(GitlabError::Malformed {
                    what: format!("test reports of project `{}`", project.project_id),
                    detail: "the cursor of its list stands still".to_owned(),
                    site: Box::default(),
                }
                .into());
            }
        }
    }

    fn reports_read(&self, project: &Unread) -> SyncUpdate {
        let outcome = PartOutcome::Read {
            watermark: self.gitlab_now(),
            generation: project.moved,
        };
        self.part(project.project_id, Part::TestReports, outcome)
    }

    /// Pipelines created before have their reports left out.
    fn reports_since(&self) -> Timestamp {
        let days = SignedDuration::from_hours(24 * i64::from(self.options.backfill_days));
        let now = self.gitlab_now();
        now.checked_sub(days).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// Reads the cases of some pipelines, the newest first.
    async fn read_cases(&self, since: Timestamp) -> Result<(), SyncError> {
        let due = self
            .read(move |reader| reader.unread_test_cases(since, CASES_AT_ONCE))
            .await?;
        let mut answers = stream::iter(due)
            .map(|(project, pipeline)| async move {
                let answer = self
                    .client
                    .test_cases(project, pipeline, Priority::Enrichment)
                    .await;
                (pipeline, answer)
            })
            .buffer_unordered(CONCURRENT_CASES);
        let excerpts = self.options.failures.keep_excerpts;
        let mut failure = None;
        while let Some((pipeline_id, answer)) = answers.next().await {
            let cases = match answer {
                Ok(answer) => test_messages::kept(answer.value, excerpts),
                // The files are gone, or not for us: there are no cases to wait for.
                Err(GitlabError::Forbidden { .. } | GitlabError::NotFound { .. }) => Vec::new(),
                Err(error) if error.is_fatal() => return Err(error.into()),
                Err(error) => {
                    failure = Some(error.sentence());
                    continue;
                }
            };
            let batch = Batch {
                delivery: vec![Delivery::TestCases { pipeline_id, cases }],
                ..Batch::default()
            };
            self.store.write(batch).await?;
        }
        self.keep_problem("test cases".to_owned(), failure).await
    }
}

/// GitLab left a project out of its answer.
fn hidden() -> PartOutcome {
    PartOutcome::Refused("GitLab does not show the project's pipelines".to_owned())
}

/// Takes the reports and artifacts of finished pipelines out of an answer, and the pipelines off the list of those that
/// lack them.
fn take(project: &mut Unread, page: ReportedProject) -> (Vec<TestReport>, Vec<JobArtifacts>) {
    let listed: BTreeSet<PipelineId> = page
        .pipelines
        .iter()
        .map(|pipeline| pipeline.report.pipeline_id)
        .collect();
    // One that runs again is read when it has finished: its pipeline moves then.
    project
        .pipelines
        .retain(|unread| !listed.contains(&unread.pipeline_id));
    let (mut reports, mut artifacts) = (Vec::new(), Vec::new());
    for pipeline in page.pipelines {
        if pipeline.status.is_finished() {
            reports.push(pipeline.report);
            artifacts.extend(pipeline.artifacts);
        }
    }
    (reports, artifacts)
}

/// Reports without tests for pipelines GitLab no longer lists as we know them, so that they are not asked for again.
fn gone(project: &Unread) -> Vec<TestReport> {
    project
        .pipelines
        .iter()
        .map(|unread| TestReport {
            pipeline_id: unread.pipeline_id,
            project_id: unread.project_id,
            pipeline_updated_at: unread.updated_at,
            total: TestCounts::default(),
            suites: Vec::new(),
        })
        .collect()
}
