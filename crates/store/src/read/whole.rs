//! Pipelines with their jobs, as they were written.

use std::collections::{BTreeSet, HashMap};

use labtower_model::{
    Job, JobKind, Pipeline, PipelineId, PipelineWithJobs, ProjectId, RefKind, Status, User, UserId,
};
use rusqlite::OptionalExtension;

use super::{JobRow, PipelineRow, column};
use crate::{Reader, StoreError};

/// Jobs of a project among which the last one of a name is looked for.
const LAST_JOBS: i64 = 2_000;

impl Reader<'_> {
    /// Those of the pipelines that are stored, each with all its jobs.
    pub fn whole_pipelines(
        &self,
        ids: &BTreeSet<PipelineId>,
    ) -> Result<HashMap<PipelineId, PipelineWithJobs>, StoreError> {
        let mut found = HashMap::with_capacity(ids.len());
        for id in ids {
            let Some(row) = self.pipeline(*id)? else {
                continue;
            };
            let user = self.user_of(*id)?;
            let jobs = self.jobs_of(*id)?.into_iter().map(job).collect();
            let pipeline = pipeline(row, user);
            found.insert(*id, PipelineWithJobs { pipeline, jobs });
        }
        Ok(found)
    }

    /// Tags that the newest job of a name asked for, of the last ones of its project; `None` when it is not among them.
    pub fn last_tags(
        &self,
        project: ProjectId,
        name: &str,
    ) -> Result<Option<Vec<String>>, StoreError> {
        let tags: Option<Option<String>> = self
            .conn
            .prepare_cached(
                "SELECT (SELECT text FROM words WHERE id = tags)
                 FROM (SELECT name, tags FROM jobs INDEXED BY jobs_by_project
                       WHERE project_id = ?1 ORDER BY created_at DESC LIMIT ?3)
                 WHERE name = (SELECT id FROM words WHERE text = ?2) LIMIT 1",
            )?
            .query_row((project.get(), name, LAST_JOBS), |row| row.get(0))
            .optional()?;
        Ok(tags.map(|tags| column::tags(tags.as_deref())))
    }

    fn user_of(&self, pipeline: PipelineId) -> Result<Option<User>, StoreError> {
        let user = self
            .conn
            .prepare_cached(
                "SELECT u.id, u.username, u.name FROM pipelines p JOIN users u ON u.id = p.user_id WHERE p.id = ?1",
            )?
            .query_row([pipeline.get()], |row| {
                Ok(User {
                    id: UserId(row.get(0)?),
                    username: row.get(1)?,
                    name: row.get(2)?,
                })
            })
            .optional()?;
        Ok(user)
    }
}

fn pipeline(row: PipelineRow, user: Option<User>) -> Pipeline {
    Pipeline {
        id: row.id,
        iid: row.iid,
        project_id: row.project_id,
        name: row.name,
        ref_kind: [RefKind::Tag, RefKind::MergeRequest]
            .into_iter()
            .find(|kind| kind.as_str() == row.ref_kind)
            .unwrap_or(RefKind::Branch),
        ref_name: row.ref_name,
        sha: row.sha,
        source: row.source,
        status: Status::parse(&row.status),
        created_at: row.created_at,
        updated_at: row.updated_at,
        started_at: row.started_at,
        finished_at: row.finished_at,
        committed_at: row.committed_at,
        duration: row.duration,
        queued_duration: row.queued_duration,
        coverage: row.coverage,
        failure_reason: row.failure_reason,
        user,
    }
}

fn job(row: JobRow) -> Job {
    Job {
        id: row.id,
        pipeline_id: row.pipeline_id,
        project_id: row.project_id,
        kind: [JobKind::Bridge, JobKind::External]
            .into_iter()
            .find(|kind| kind.as_str() == row.kind)
            .unwrap_or(JobKind::Build),
        name: row.name,
        stage: row.stage,
        status: Status::parse(&row.status),
        created_at: row.created_at,
        started_at: row.started_at,
        finished_at: row.finished_at,
        duration: row.duration,
        queued_duration: row.queued_duration,
        coverage: row.coverage,
        allow_failure: row.allow_failure,
        retried: row.retried,
        failure_reason: row.failure_reason,
        exit_code: row.exit_code,
        tags: row.tags,
        runner_id: row.runner_id,
        downstream_pipeline_id: row.downstream_pipeline_id,
    }
}
