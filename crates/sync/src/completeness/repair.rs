//! Reading again what a comparison found wanting.

use std::collections::BTreeMap;

use labtower_gitlab::{ListedPipeline, PipelineFilter, PipelineList, Priority};
use labtower_model::{PipelineId, ProjectId};
use labtower_store::{Batch, CompletenessUpdate, SyncUpdate};
use tracing::{info, warn};

use super::{compare::lacks, plan::Window};
use crate::{Selection, SyncError, Syncer};

impl Syncer {
    /// Reads a project's window again and closes the gaps that this mended. One that stays is told of, and looked at
    /// when its day is compared again.
    pub(super) async fn repair(
        &self,
        project: ProjectId,
        window: Window,
        suspects: &BTreeMap<PipelineId, &ListedPipeline>,
    ) -> Result<(), SyncError> {
        match self.read_again(project, window).await {
            Ok(()) => {}
            Err(SyncError::Gitlab(error)) if !error.is_fatal() => {
                warn!(%project, %error, "gaps could not be closed, they are looked at again");
                return Ok(());
            }
            Err(error) => return Err(error),
        }
        let ids: Vec<PipelineId> = suspects.keys().copied().collect();
        let held = self.read(move |reader| reader.held(&ids)).await?;
        let at = self.gitlab_now();
        let mut sync = Vec::new();
        for (&pipeline_id, listed) in suspects {
            match lacks(listed, held.get(&pipeline_id)) {
                None => {
                    info!(%project, %pipeline_id, "gap closed");
                    let repaired = CompletenessUpdate::Repaired { pipeline_id, at };
                    sync.push(SyncUpdate::Completeness(repaired));
                }
                Some((_, detail)) => {
                    warn!(%project, %pipeline_id, detail, "pipeline differs from gitlab's after it was read again");
                }
            }
        }
        let batch = Batch {
            sync,
            ..Batch::default()
        };
        self.store.write(batch).await?;
        Ok(())
    }

    /// Reads all pipelines of a window with their jobs; what is stored already changes nothing.
    async fn read_again(&self, project: ProjectId, window: Window) -> Result<(), SyncError> {
        let filter = PipelineFilter::UpdatedBetween(window.from, window.to);
        for list in [PipelineList::Own, PipelineList::Children] {
            let mut cursor = None;
            loop {
                let answer = self
                    .client
                    .pipelines_page(
                        project,
                        list,
                        filter,
                        cursor.as_deref(),
                        Priority::Enrichment,
                    )
                    .await?;
                let Some(page) = answer.value else { break };
                let mut batch = Batch {
                    read_at: Some(answer.asked_at),
                    pipelines: page.pipelines,
                    ..Batch::default()
                };
                Selection::new(&self.options).filter(&mut batch.pipelines);
                self.store.write(batch).await?;
                cursor = page.next;
                if cursor.is_none() {
                    break;
                }
            }
        }
        Ok(())
    }
}
