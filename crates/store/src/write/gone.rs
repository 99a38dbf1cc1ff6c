//! Pipelines that GitLab no longer has.

use labtower_model::PipelineId;

use super::apply::Apply;
use super::forget;
use crate::StoreError;
use crate::feed::ChangeKind;

impl Apply<'_> {
    /// Deletes a pipeline with everything that belongs to it; the feed gets tombstones. One that is not stored is none.
    pub(super) fn gone(&mut self, id: PipelineId, read_at: i64) -> Result<(), StoreError> {
        let id = id.get();
        let Some((fact, jobs)) = forget::pipeline(self.conn, id, &mut self.pending.facts)? else {
            return Ok(());
        };
        let project = fact.project_id;
        for job in jobs {
            self.written.changed_jobs += 1;
            let keys = serde_json::json!({ "id": job, "project_id": project, "pipeline_id": id });
            self.tombstone(ChangeKind::Job, job, project, keys.to_string())?;
        }
        let keys = serde_json::json!({ "id": id, "project_id": project });
        self.tombstone(ChangeKind::Pipeline, id, project, keys.to_string())?;
        self.written.changed_pipelines += 1;
        self.pending.moves.add(project, read_at);
        self.pending.dirty_projects.insert(project);
        Ok(())
    }
}
