//! Deployments: read where pipelines moved, from the last change seen.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use labtower_gitlab::Priority;
use labtower_model::ProjectId;
use labtower_store::{Batch, Delivery, Part, PartOutcome, PartState};

use crate::{SyncError, Syncer};

impl Syncer {
    /// Reads the deployments of every project that has environments and where they are due.
    pub(crate) async fn deployments_cycle(&self) -> Result<(), SyncError> {
        let (states, owners) = self
            .read(|reader| {
                let environments = reader.environments()?;
                let owners: BTreeSet<ProjectId> =
                    environments.iter().map(|row| row.project_id).collect();
                Ok((reader.part_states(Part::Deployments)?, owners))
            })
            .await?;
        let pace = self.pace();
        let due: Vec<PartState> = states
            .into_iter()
            .filter(|state| owners.contains(&state.project_id) && pace.deployments(state))
            .collect();
        if due.is_empty() {
            return Ok(());
        }
        self.each_project(Part::Deployments, due, |state| self.deployments(state))
            .await
    }

    /// Reads a project's deployments page by page; each page is stored with the moment the next one begins at.
    async fn deployments(&self, state: PartState) -> Result<(), SyncError> {
        let project_id = state.project_id;
        let mut since = self.deployments_since(&state);
        let (mut page, mut began) = (1, None);
        loop {
            let answer = self
                .client
                .deployments_page(project_id, since, page, Priority::Enrichment)
                .await?;
            // What changed while we paged is behind the moment the first page was asked for.
            let began = *began.get_or_insert(answer.asked_at);
            let found = answer.value;
            let outcome = match found.last_updated_at {
                Some(last) if found.more => {
                    if last > since {
                        (since, page) = (last, 1);
                    } else {
                        page += 1;
                    }
                    PartOutcome::Page(since.min(began))
                }
                _ => PartOutcome::Read {
                    watermark: began,
                    generation: state.moved,
                },
            };
            let done = matches!(outcome, PartOutcome::Read { .. });
            let batch = Batch {
                delivery: vec![Delivery::Deployments(found.deployments)],
                sync: vec![self.part(project_id, Part::Deployments, outcome)],
                ..Batch::default()
            };
            self.store.write(batch).await?;
            if done {
                return Ok(());
            }
        }
    }

    /// Where reading begins: behind what was read by the overlap, or as far back as pipelines are.
    fn deployments_since(&self, state: &PartState) -> Timestamp {
        let back = match state.watermark {
            Some(_) => SignedDuration::try_from(self.options.overlap).unwrap_or_default(),
            None => SignedDuration::from_hours(24 * i64::from(self.options.backfill_days)),
        };
        let from = state.watermark.unwrap_or_else(|| self.gitlab_now());
        from.checked_sub(back).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}
