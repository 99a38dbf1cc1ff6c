//! Pipelines that GitLab no longer has.

use labtower_model::PipelineId;
use rusqlite::OptionalExtension;

use super::apply::Apply;
use super::forget;
use super::pipelines::fact_of;
use crate::feed::ChangeKind;
use crate::{StoreError, totals};

impl Apply<'_> {
    /// Deletes a pipeline with its jobs and test report, and what they counted for; the feed gets tombstones.
    /// One that is not stored is none.
    pub(super) fn gone(&mut self, id: PipelineId, read_at: i64) -> Result<(), StoreError> {
        let fact = self
            .conn
            .prepare_cached(
                "DELETE FROM pipelines WHERE id = ?1
                 RETURNING id, project_id, ref, created_at, status, ref_kind, source, duration,
                   queued_duration, failure_reason",
            )?
            .query_row([id.get()], |row| fact_of(row, 0))
            .optional()?;
        let Some(fact) = fact else {
            return Ok(());
        };
        let keys = |id: i64| serde_json::json!({ "id": id, "project_id": fact.project_id });
        for (job, _, counted) in totals::jobs_of(self.conn, id.get(), &fact)? {
            self.pending.facts.remove_job(counted);
            self.written.changed_jobs += 1;
            let mut keys = keys(job);
            keys["pipeline_id"] = id.get().into();
            self.tombstone(ChangeKind::Job, job, fact.project_id, keys.to_string())?;
        }
        self.conn
            .prepare_cached("DELETE FROM jobs WHERE pipeline_id = ?1")?
            .execute([id.get()])?;
        forget::test_report(self.conn, id.get())?;
        super::failures::forget(self.conn, id.get())?;
        let body = keys(id.get()).to_string();
        self.tombstone(ChangeKind::Pipeline, id.get(), fact.project_id, body)?;
        self.written.changed_pipelines += 1;
        self.pending.moves.add(fact.project_id, read_at);
        self.pending.dirty_projects.insert(fact.project_id);
        self.pending.facts.remove(fact);
        Ok(())
    }
}
