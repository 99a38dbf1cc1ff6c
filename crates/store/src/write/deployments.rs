//! Rows of `deployments`.

use labtower_model::Deployment;
use rusqlite::params;

use super::apply::Apply;
use super::pipelines::Sha;
use crate::StoreError;

impl Apply<'_> {
    /// Writes a deployment, unless exactly that is stored already or something newer is; returns rows changed.
    pub(super) fn put_deployment(&mut self, row: &Deployment) -> Result<usize, StoreError> {
        if let Some(user) = &row.user {
            self.memory.users.put(self.conn, user)?;
        }
        let words = &mut self.memory.words;
        let status = words.id(self.conn, &row.status)?;
        let ref_name = words.optional(self.conn, row.ref_name.as_deref())?;
        let changed = self
            .conn
            .prepare_cached(
                "INSERT INTO deployments (id, iid, project_id, environment_id, status, ref, tag, sha, created_at,
                   updated_at, finished_at, committed_at, duration, job_id, pipeline_id, user_id)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
                 ON CONFLICT (id) DO UPDATE SET
                   iid = excluded.iid, project_id = excluded.project_id,
                   environment_id = excluded.environment_id, status = excluded.status, ref = excluded.ref,
                   tag = excluded.tag, sha = excluded.sha, created_at = excluded.created_at,
                   updated_at = excluded.updated_at, finished_at = excluded.finished_at,
                   committed_at = excluded.committed_at, duration = excluded.duration, job_id = excluded.job_id,
                   pipeline_id = excluded.pipeline_id, user_id = excluded.user_id
                 WHERE excluded.updated_at >= updated_at
                   AND (iid, project_id, environment_id, status, ref, tag, sha, created_at, updated_at,
                        finished_at, committed_at, duration, job_id, pipeline_id, user_id)
                     IS NOT (excluded.iid, excluded.project_id, excluded.environment_id, excluded.status,
                             excluded.ref, excluded.tag, excluded.sha, excluded.created_at, excluded.updated_at,
                             excluded.finished_at, excluded.committed_at, excluded.duration, excluded.job_id,
                             excluded.pipeline_id, excluded.user_id)",
            )?
            .execute(params![
                row.id.get(),
                row.iid,
                row.project_id.get(),
                row.environment_id.get(),
                status,
                ref_name,
                row.tag,
                row.sha.as_deref().map(Sha::of),
                row.created_at.as_second(),
                row.updated_at.as_second(),
                row.finished_at.map(jiff::Timestamp::as_second),
                row.committed_at.map(jiff::Timestamp::as_second),
                row.duration,
                row.job_id.map(labtower_model::JobId::get),
                row.pipeline_id.map(labtower_model::PipelineId::get),
                row.user.as_ref().map(|user| user.id.get()),
            ])?;
        Ok(changed)
    }
}
