//! Shows that nothing was lost: compares what is stored with what GitLab lists, day by day, and reads again what differs.
//!
//! A day of a hundred projects costs one request while each has few pipelines. Compared is what the polls have had
//! their time for; a project they have not read so far is left out, and counted.

mod compare;
mod plan;
mod repair;

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};
use labtower_gitlab::{ListedProject, Priority, UpdatedWindow};
use labtower_model::{PipelineId, ProjectId};
use labtower_store::{
    Batch, CheckedDay, CompletenessUpdate, Gap, ProjectSync, SyncState, SyncUpdate,
};
use serde::Serialize;
use tokio::time::{Instant, sleep, sleep_until};
use tracing::{debug, info};

use self::{compare::lacks, plan::Window};
use crate::{Selection, SyncError, Syncer, fetch::fetch, plan::PROJECTS_PER_REQUEST};

/// Between two looks whether there is a history to compare.
const HISTORY_WAIT: std::time::Duration = std::time::Duration::from_secs(5);

/// Polls that may come late before what they should have brought is looked for.
const LATE_POLLS: u32 = 2;

/// What a pass of comparisons found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// Days compared.
    pub days: usize,
    /// Pipelines GitLab listed on them.
    pub pipelines: u64,
    /// Jobs it counted in them.
    pub jobs: u64,
    /// Projects left out on some day: not yet read so far, or not readable.
    pub behind: u64,
    /// Gaps found.
    pub found: u64,
    /// Gaps closed, those found before among them.
    pub repaired: u64,
    /// Gaps open after it.
    pub open: u64,
}

impl Syncer {
    pub(crate) async fn completeness_loop(&self) -> Result<(), SyncError> {
        let Some(interval) = self.options.completeness_interval else {
            return std::future::pending().await;
        };
        while self
            .read(|reader| reader.history_complete_at())
            .await?
            .is_none()
        {
            sleep(HISTORY_WAIT).await;
        }
        loop {
            let next = Instant::now() + interval;
            self.persist("completeness", || self.completeness_pass())
                .await?;
            sleep_until(next).await;
        }
    }

    /// Compares the days that were not compared to their end, and the one compared longest ago.
    ///
    /// # Errors
    /// When GitLab cannot be asked or the store fails; days compared before stay compared.
    pub async fn completeness_pass(&self) -> Result<Checked, SyncError> {
        let (from, to) = self.comparable().await?;
        let known = self.read(|reader| reader.checked_days()).await?;
        let due = plan::due(&known, from, to, self.gitlab_now());
        self.check_days(from, due).await
    }

    /// Compares the whole history.
    ///
    /// # Errors
    /// As [`Syncer::completeness_pass`].
    pub async fn completeness_of_all(&self) -> Result<Checked, SyncError> {
        let (from, to) = self.comparable().await?;
        self.check_days(from, plan::all(from, to)).await
    }

    /// What can be compared: from the first day of the history to what the polls have had their time for.
    async fn comparable(&self) -> Result<(Timestamp, Timestamp), SyncError> {
        let now = self.gitlab_now();
        let options = &self.options;
        let settled = options.overlap + options.reconcile_interval + options.interval * LATE_POLLS;
        let back = |by: SignedDuration| now.saturating_sub(by).unwrap_or(now);
        let to = back(SignedDuration::try_from(settled).unwrap_or_default());
        let projects = self.read(|reader| reader.sync_projects()).await?;
        let live = projects.iter().filter(|row| row.state == SyncState::Live);
        let oldest = live.filter_map(|row| row.backfill_from).min();
        let from = oldest.unwrap_or(to).max(self.retained_from(now));
        Ok((from, to))
    }

    /// What was created before is not kept.
    fn retained_from(&self, now: Timestamp) -> Timestamp {
        self.options.retention_days.map_or(Timestamp::MIN, |days| {
            let kept = SignedDuration::from_hours(24 * i64::from(days));
            now.saturating_sub(kept).unwrap_or(Timestamp::MIN)
        })
    }

    async fn check_days(
        &self,
        from: Timestamp,
        windows: Vec<Window>,
    ) -> Result<Checked, SyncError> {
        let mut sum = Checked::default();
        let before = self.read(|reader| reader.completeness()).await?;
        for window in windows {
            let day = self.check_day(window).await?;
            sum.days += 1;
            sum.pipelines += day.pipelines;
            sum.jobs += day.jobs;
            sum.behind += day.behind;
        }
        let after = self.read(|reader| reader.completeness()).await?;
        sum.found = after.found.saturating_sub(before.found);
        sum.repaired = after.repaired.saturating_sub(before.repaired);
        let before = plan::midnight(from);
        self.conclude(CompletenessUpdate::Left { before }).await?;
        let open = self.read(|reader| reader.open_gaps()).await?;
        sum.open = open.len() as u64;
        let message = open.first().map(|gap| {
            format!(
                "{} pipelines differ from GitLab's after they were read again, the first is {} of project {}: {}",
                open.len(),
                gap.pipeline_id,
                gap.project_id,
                gap.detail
            )
        });
        self.keep_problem("gaps".to_owned(), message).await?;
        if sum.days > 0 {
            info!(?sum, "compared with gitlab");
        }
        Ok(sum)
    }

    async fn check_day(&self, window: Window) -> Result<CheckedDay, SyncError> {
        let mut day = CheckedDay::new(window.day, window.to, self.gitlab_now());
        let projects = self.read(|reader| reader.sync_projects()).await?;
        let (ready, behind) = ready(&projects, window);
        day.behind = behind;
        for some in ready.chunks(PROJECTS_PER_REQUEST) {
            self.check_projects(window, some, &mut day).await?;
        }
        self.conclude(CompletenessUpdate::Checked(day.clone()))
            .await?;
        debug!(day = %window.day, pipelines = day.pipelines, "day compared with gitlab");
        Ok(day)
    }

    async fn check_projects(
        &self,
        window: Window,
        projects: &[&ProjectSync],
        day: &mut CheckedDay,
    ) -> Result<(), SyncError> {
        let asked = UpdatedWindow {
            from: window.from,
            to: window.to,
        };
        let ask = |ids: Vec<ProjectId>| async move {
            self.client.listed(&ids, asked, Priority::Enrichment).await
        };
        let ids: Vec<ProjectId> = projects.iter().map(|row| row.project_id).collect();
        let fetched = fetch(ids, ask).await?;
        day.behind += fetched.failed.len() as u64;
        let known: HashMap<ProjectId, Timestamp> = projects
            .iter()
            .filter_map(|row| Some((row.project_id, row.backfill_from?)))
            .collect();
        for (ids, answer) in fetched.answers {
            // A project GitLab does not show is the poll's concern.
            day.behind += (ids.len() - answer.value.len()) as u64;
            for mut project in answer.value {
                let since = known.get(&project.project_id);
                let since = since.copied().unwrap_or(window.from).max(window.from);
                self.keep_comparable(&mut project, since, window.to);
                self.check_project(window, &project, answer.asked_at, day)
                    .await?;
            }
        }
        Ok(())
    }

    /// Leaves what is to be stored at all, and was updated in the window.
    fn keep_comparable(&self, project: &mut ListedProject, from: Timestamp, to: Timestamp) {
        let selection = Selection::new(&self.options);
        let kept = self.retained_from(self.gitlab_now());
        project.pipelines.retain(|listed| {
            (from..to).contains(&listed.updated_at)
                && listed.created_at >= kept
                && selection.wants_ref(listed.ref_name.as_deref())
        });
    }

    async fn check_project(
        &self,
        window: Window,
        project: &ListedProject,
        at: Timestamp,
        day: &mut CheckedDay,
    ) -> Result<(), SyncError> {
        let project_id = project.project_id;
        let ids: Vec<PipelineId> = project.pipelines.iter().map(|row| row.id).collect();
        let listed: HashSet<PipelineId> = ids.iter().copied().collect();
        let (stored, held, open) = self
            .read(move |reader| {
                let stored = reader.updated_between(project_id, window.from, window.to)?;
                Ok((stored, reader.held(&ids)?, reader.open_gaps()?))
            })
            .await?;
        day.projects += 1;
        day.pipelines += listed.len() as u64;
        day.jobs += project
            .pipelines
            .iter()
            .filter_map(|row| row.jobs)
            .sum::<u64>();
        day.unlisted += stored.iter().filter(|id| !listed.contains(id)).count() as u64;

        let mut updates = Vec::new();
        let mut suspects = BTreeMap::new();
        for listed in &project.pipelines {
            if let Some((kind, detail)) = lacks(listed, held.get(&listed.id)) {
                updates.push(CompletenessUpdate::Found(Gap {
                    pipeline_id: listed.id,
                    project_id,
                    day: window.day,
                    kind,
                    detail,
                    found_at: at,
                    repaired_at: None,
                }));
                suspects.insert(listed.id, listed);
            }
        }
        // One that is as it should be, or that GitLab lists here no more, is no gap.
        let here = |gap: &&Gap| {
            listed.contains(&gap.pipeline_id)
                || (gap.project_id == project_id && gap.day == window.day)
        };
        for gap in open.iter().filter(here) {
            let pipeline_id = gap.pipeline_id;
            if !suspects.contains_key(&pipeline_id) {
                updates.push(CompletenessUpdate::Repaired { pipeline_id, at });
            }
        }
        if !updates.is_empty() {
            let sync = updates.into_iter().map(SyncUpdate::Completeness).collect();
            let batch = Batch {
                sync,
                ..Batch::default()
            };
            self.store.write(batch).await?;
        }
        if !suspects.is_empty() {
            self.repair(project_id, window, &suspects).await?;
        }
        Ok(())
    }

    async fn conclude(&self, update: CompletenessUpdate) -> Result<(), SyncError> {
        self.note(SyncUpdate::Completeness(update)).await
    }
}

/// Projects whose polls have read past the window, and how many have not.
fn ready(projects: &[ProjectSync], window: Window) -> (Vec<&ProjectSync>, u64) {
    let begun = |row: &&ProjectSync| row.backfill_from.is_none_or(|from| from < window.to);
    let (ready, behind): (Vec<_>, Vec<_>) = projects
        .iter()
        .filter(|row| row.state != SyncState::Missing)
        .filter(begun)
        .partition(|row| {
            row.state == SyncState::Live && row.watermark.is_some_and(|read| read >= window.to)
        });
    (ready, behind.len() as u64)
}
