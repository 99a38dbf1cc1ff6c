//! Pipelines that stay unfinished in the store because no list shows them any more: deleted in GitLab, or taken over
//! from another tool's history. They are asked for one by one, seldom.

use std::collections::{HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};
use labtower_gitlab::Priority;
use labtower_model::{PipelineId, ProjectId};
use labtower_store::Batch;
use tracing::{info, warn};

use crate::{Selection, SyncError, Syncer};

/// A pipeline that changed within this time is left alone: the next polls may well show it.
const REST: SignedDuration = SignedDuration::from_mins(30);

/// Time between two questions about the same pipeline.
const AGAIN: SignedDuration = SignedDuration::from_hours(6);

/// Pipelines asked for in one cycle: two requests each.
const PER_CYCLE: usize = 10;

/// When each pipeline was last asked for.
pub(crate) type Asked = HashMap<PipelineId, Timestamp>;

/// Those of the unfinished pipelines to ask for now; pure but for forgetting in `asked` what is finished.
fn due(
    unfinished: Vec<(ProjectId, PipelineId)>,
    seen: &HashSet<PipelineId>,
    asked: &mut Asked,
    now: Timestamp,
) -> Vec<(ProjectId, PipelineId)> {
    let stored: HashSet<PipelineId> = unfinished.iter().map(|(_, id)| *id).collect();
    asked.retain(|id, _| stored.contains(id));
    let mut due = unfinished;
    due.retain(|(_, id)| {
        let rested = |at: &Timestamp| now.duration_since(*at) >= AGAIN;
        !seen.contains(id) && asked.get(id).is_none_or(rested)
    });
    due.truncate(PER_CYCLE);
    asked.extend(due.iter().map(|(_, id)| (*id, now)));
    due
}

impl Syncer {
    /// Asks for unfinished pipelines that none of this cycle's lists showed, and stores what became of them.
    pub(crate) async fn settle(&self, seen: &HashSet<PipelineId>) -> Result<(), SyncError> {
        let now = self.gitlab_now();
        let before = now.saturating_sub(REST).unwrap_or(now);
        let unfinished = self
            .read(move |reader| reader.unfinished_pipelines(before))
            .await?;
        let due = {
            let mut asked = self
                .asked
                .lock()
                .unwrap_or_else(|poisoned| poisoned.into_inner());
            due(unfinished, seen, &mut asked, now)
        };
        for (project, pipeline) in due {
            match self.settled(project, pipeline).await {
                Ok(Some(batch)) => {
                    self.store.write(batch).await?;
                }
                Ok(None) => {}
                Err(SyncError::Gitlab(error)) if !error.is_fatal() => {
                    warn!(%project, %pipeline, %error, "unfinished pipeline could not be read");
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// What to write of a pipeline: its state, or that it is gone. Nothing while its project cannot be seen.
    async fn settled(
        &self,
        project: ProjectId,
        pipeline: PipelineId,
    ) -> Result<Option<Batch>, SyncError> {
        let answer = self
            .client
            .pipeline(project, pipeline, Priority::Enrichment)
            .await?;
        let mut batch = Batch {
            read_at: Some(answer.asked_at),
            ..Batch::default()
        };
        if let Some(whole) = answer.value {
            batch.pipelines.push(whole);
            Selection::new(&self.options).filter(&mut batch.pipelines);
            return Ok(Some(batch));
        }
        let path = project.get().to_string();
        let seen = self.client.project(&path, Priority::Enrichment).await?;
        if seen.value.is_none() {
            return Ok(None);
        }
        info!(%project, %pipeline, "pipeline is gone from GitLab");
        batch.gone.push(pipeline);
        Ok(Some(batch))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(id: i64) -> (ProjectId, PipelineId) {
        (ProjectId(1), PipelineId(id))
    }

    #[test]
    fn pipeline_that_a_list_showed_is_not_asked_for() {
        let seen = HashSet::from([PipelineId(1)]);
        let due = due(
            vec![pair(1), pair(2)],
            &seen,
            &mut Asked::new(),
            Timestamp::UNIX_EPOCH,
        );
        assert_eq!(due, [pair(2)]);
    }

    #[test]
    fn same_pipeline_is_asked_for_every_six_hours() {
        let (mut asked, none) = (Asked::new(), HashSet::new());
        let mut at = |hours| {
            let now = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(hours);
            due(vec![pair(1)], &none, &mut asked, now).len()
        };
        assert_eq!([at(0), at(1), at(5), at(6), at(7)], [1, 0, 0, 1, 0]);
    }

    #[test]
    fn one_cycle_asks_for_few_and_the_next_for_the_others() {
        let (mut asked, none) = (Asked::new(), HashSet::new());
        let all: Vec<_> = (0..15).map(pair).collect();
        let first = due(all.clone(), &none, &mut asked, Timestamp::UNIX_EPOCH);
        let second = due(all, &none, &mut asked, Timestamp::UNIX_EPOCH);
        assert_eq!((first.len(), second.len()), (10, 5));
    }

    #[test]
    fn what_is_finished_is_forgotten() {
        let mut asked = Asked::from([(PipelineId(9), Timestamp::UNIX_EPOCH)]);
        due(
            Vec::new(),
            &HashSet::new(),
            &mut asked,
            Timestamp::UNIX_EPOCH,
        );
        assert!(asked.is_empty());
    }
}
