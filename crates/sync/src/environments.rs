//! Environments, schedules and runners: short lists without a sign of change, read whole when due.

use std::collections::{BTreeMap, BTreeSet};

use labtower_gitlab::{GitlabError, Priority};
use labtower_model::{PipelineSchedule, ProjectId, Runner, RunnerId};
use labtower_store::{Batch, Delivery, Part, PartOutcome, PartState, PartUpdate};

use crate::{SyncError, Syncer};

/// Runners looked at one by one in one cycle; the rest have their turn in the next.
const RUNNERS_AT_ONCE: usize = 50;

impl Syncer {
    /// Reads the environments of every project where they are due.
    pub(crate) async fn environments_cycle(&self) -> Result<(), SyncError> {
        let (states, owners) = self
            .read(|reader| {
                let environments = reader.environments()?;
                let owners: BTreeSet<ProjectId> =
                    environments.iter().map(|row| row.project_id).collect();
                Ok((reader.part_states(Part::Environments)?, owners))
            })
            .await?;
        let pace = self.pace();
        let due: Vec<PartState> = states
            .into_iter()
            .filter(|state| pace.environments(state, owners.contains(&state.project_id)))
            .collect();
        if due.is_empty() {
            return Ok(());
        }
        self.each_project(Part::Environments, due, |state| async move {
            let project_id = state.project_id;
            let answer = self
                .client
                .environments(project_id, Priority::Enrichment)
                .await?;
            let read = PartOutcome::Read {
                watermark: answer.asked_at,
                generation: state.moved,
            };
            let batch = Batch {
                delivery: vec![Delivery::Environments {
                    project_id,
                    environments: answer.value,
                }],
                sync: vec![self.part(project_id, Part::Environments, read)],
                ..Batch::default()
            };
            self.store.write(batch).await?;
            Ok(())
        })
        .await
    }

    /// Reads the schedules of every project where they are due.
    pub(crate) async fn schedules_cycle(&self) -> Result<(), SyncError> {
        let (states, schedules, ran) = self
            .read(|reader| {
                let states = reader.part_states(Part::Schedules)?;
                let moved: Vec<_> = states
                    .iter()
                    .filter(|state| state.generation.is_some_and(|seen| state.moved > seen))
                    .filter_map(|state| Some((state.project_id, state.tried_at?)))
                    .collect();
                let ran = reader.ran_since("schedule", &moved)?;
                Ok((states, reader.pipeline_schedules()?, ran))
            })
            .await?;
        let mut known: BTreeMap<ProjectId, Vec<&PipelineSchedule>> = BTreeMap::new();
        for schedule in &schedules {
            known.entry(schedule.project_id).or_default().push(schedule);
        }
        let pace = self.pace();
        let due: Vec<PartState> = states
            .into_iter()
            .filter(|state| {
                let own = known.get(&state.project_id).map_or(&[][..], Vec::as_slice);
                pace.schedules(state, own, ran.contains(&state.project_id))
            })
            .collect();
        if due.is_empty() {
            return Ok(());
        }
        self.each_project(Part::Schedules, due, |state| async move {
            let project_id = state.project_id;
            let answer = self
                .client
                .pipeline_schedules(project_id, Priority::Enrichment)
                .await?;
            let read = PartOutcome::Read {
                watermark: answer.asked_at,
                generation: state.moved,
            };
            let batch = Batch {
                delivery: vec![Delivery::Schedules {
                    project_id,
                    schedules: answer.value,
                }],
                sync: vec![self.part(project_id, Part::Schedules, read)],
                ..Batch::default()
            };
            self.store.write(batch).await?;
            Ok(())
        })
        .await
    }

    /// Reads the list of runners when it is due, and looks at some one by one.
    pub(crate) async fn runners_cycle(&self) -> Result<(), SyncError> {
        let state = self
            .read(|reader| reader.instance_part(Part::Runners))
            .await?;
        if !self.pace().runners(state.as_ref()) {
            return Ok(());
        }
        let outcome = match self.list_runners().await {
            Ok(()) => return self.keep_problem("runners".to_owned(), None).await,
            Err(SyncError::Gitlab(error)) if error.is_fatal() => return Err(error.into()),
            Err(SyncError::Gitlab(
                error @ (GitlabError::Forbidden { .. } | GitlabError::NotFound { .. }),
            )) => PartOutcome::Refused(error.sentence()),
            Err(SyncError::Gitlab(error)) => PartOutcome::Failed(error.sentence()),
            Err(error) => return Err(error),
        };
        let message = match &outcome {
            PartOutcome::Refused(reason) | PartOutcome::Failed(reason) => Some(reason.clone()),
            _ => None,
        };
        let update = self.part(PartUpdate::INSTANCE, Part::Runners, outcome);
        self.note(update).await?;
        self.keep_problem("runners".to_owned(), message).await
    }

    async fn list_runners(&self) -> Result<(), SyncError> {
        let asked_at = self.gitlab_now();
        let runners = match self.client.all_runners(Priority::Enrichment).await {
            Ok(answer) => answer.value,
            // Only administrators may; the groups we read have those that matter.
            Err(error @ (GitlabError::Forbidden { .. } | GitlabError::NotFound { .. })) => {
                self.runners_of_groups(error).await?
            }
            Err(error) => return Err(error.into()),
        };
        let read = PartOutcome::Read {
            watermark: asked_at,
            generation: 0,
        };
        let batch = Batch {
            delivery: vec![Delivery::Runners(runners)],
            sync: vec![self.part(PartUpdate::INSTANCE, Part::Runners, read)],
            ..Batch::default()
        };
        self.store.write(batch).await?;
        self.look_at_runners().await
    }

    /// Runners of the configured groups together; `refused` is the error when none shows its own.
    async fn runners_of_groups(&self, refused: GitlabError) -> Result<Vec<Runner>, SyncError> {
        let mut found: BTreeMap<RunnerId, Runner> = BTreeMap::new();
        let mut last = Some(refused);
        for group in &self.options.groups {
            match self.client.group_runners(group, Priority::Enrichment).await {
                Ok(answer) => {
                    last = None;
                    found.extend(answer.value.into_iter().map(|row| (row.id, row)));
                }
                Err(GitlabError::Forbidden { .. } | GitlabError::NotFound { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        match last {
            Some(error) if found.is_empty() => Err(error.into()),
            _ => Ok(found.into_values().collect()),
        }
    }

    /// Reads tags, version and last contact where they are missing or old.
    async fn look_at_runners(&self) -> Result<(), SyncError> {
        let pace = self.pace();
        let rows = self.read(|reader| reader.runners()).await?;
        let due = rows
            .into_iter()
            .filter(|row| pace.runner_details(row.details_at))
            .take(RUNNERS_AT_ONCE);
        let mut details = Vec::new();
        for row in due {
            let answer = self
                .client
                .runner(row.runner.id, Priority::Enrichment)
                .await?;
            details.extend(answer.value);
        }
        if details.is_empty() {
            return Ok(());
        }
        let batch = Batch {
            delivery: vec![Delivery::RunnerDetails {
                details,
                at: pace.now,
            }],
            ..Batch::default()
        };
        self.store.write(batch).await?;
        Ok(())
    }
}
