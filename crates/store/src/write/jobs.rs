//! Rows of `jobs`.

use std::collections::HashMap;

use labtower_model::{Job, JobKind};
use rusqlite::{CachedStatement, params};

use super::apply::Apply;
use crate::StoreError;
use crate::feed::ChangeKind;
use crate::prepare::{Entity, Unit};
use crate::rollup::Fact;
use crate::totals::{JobFact, jobs_of, mark_flaky, millis};

/// Writes one job.
const PUT: &str =
    "INSERT INTO jobs (id, pipeline_id, project_id, kind, name, stage, status, created_at, started_at,
       finished_at, duration, queued_duration, coverage, allow_failure, retried, failure_reason, exit_code,
       tags, runner_id, downstream_pipeline_id, hash)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)
     ON CONFLICT (id) DO UPDATE SET
       pipeline_id = excluded.pipeline_id, project_id = excluded.project_id, kind = excluded.kind,
       name = excluded.name, stage = excluded.stage, status = excluded.status,
       created_at = excluded.created_at, started_at = excluded.started_at,
       finished_at = excluded.finished_at, duration = excluded.duration,
       queued_duration = excluded.queued_duration, coverage = excluded.coverage,
       allow_failure = excluded.allow_failure, retried = excluded.retried,
       failure_reason = excluded.failure_reason, exit_code = excluded.exit_code, tags = excluded.tags,
       runner_id = excluded.runner_id, downstream_pipeline_id = excluded.downstream_pipeline_id,
       hash = excluded.hash";

impl Apply<'_> {
    /// Writes the jobs of a pipeline that was not stored before.
    pub(super) fn insert_jobs(&mut self, unit: &Unit, pipeline: &Fact) -> Result<(), StoreError> {
        let mut put = self.conn.prepare_cached(PUT)?;
        let mut facts = Vec::with_capacity(unit.jobs.len());
        for job in &unit.jobs {
            facts.push(self.put_job(&mut put, unit, job)?.within(pipeline));
        }
        mark_flaky(facts.iter_mut());
        for fact in facts {
            self.pending.facts.add_job(fact);
        }
        Ok(())
    }

    /// Writes the jobs that differ from those stored, and deletes those no longer listed.
    /// `was` and `pipeline` are what counted of their pipeline until now, and what counts from now on.
    pub(super) fn replace_jobs(
        &mut self,
        unit: &Unit,
        was: &Fact,
        pipeline: &Fact,
    ) -> Result<(), StoreError> {
        let pipeline_id = unit.pipeline.value.id.get();
        let mut stored: HashMap<i64, (i64, JobFact)> = jobs_of(self.conn, pipeline_id, was)?
            .into_iter()
            .map(|(id, hash, fact)| (id, (hash, fact)))
            .collect();
        let mut put = self.conn.prepare_cached(PUT)?;
        let mut facts = Vec::with_capacity(unit.jobs.len());
        for job in &unit.jobs {
            let old = stored.remove(&job.value.id.get());
            let new = match old {
                Some((hash, fact)) if hash == job.hash => fact,
                _ => self.put_job(&mut put, unit, job)?,
            };
            facts.push((old.map(|(_, fact)| fact), new.within(pipeline)));
        }
        mark_flaky(facts.iter_mut().map(|(_, new)| new));
        for (old, new) in facts {
            if old != Some(new) {
                if let Some(old) = old {
                    self.pending.facts.remove_job(old);
                }
                self.pending.facts.add_job(new);
            }
        }
        let mut gone: Vec<(i64, (i64, JobFact))> = stored.into_iter().collect();
        gone.sort_unstable_by_key(|(id, _)| *id);
        for (id, (_, fact)) in gone {
            self.pending.facts.remove_job(fact);
            self.delete_job(unit, id)?;
        }
        Ok(())
    }

    fn delete_job(&mut self, unit: &Unit, id: i64) -> Result<(), StoreError> {
        self.conn
            .prepare_cached("DELETE FROM jobs WHERE id = ?1")?
            .execute([id])?;
        self.written.changed_jobs += 1;
        let pipeline = &unit.pipeline.value;
        let keys = serde_json::json!({
            "id": id, "pipeline_id": pipeline.id, "project_id": pipeline.project_id,
        });
        self.tombstone(
            ChangeKind::Job,
            id,
            pipeline.project_id.get(),
            keys.to_string(),
        )
    }

    fn put_job(
        &mut self,
        put: &mut CachedStatement<'_>,
        unit: &Unit,
        job: &Entity<Job>,
    ) -> Result<JobFact, StoreError> {
        let value = &job.value;
        let pipeline = &unit.pipeline.value;
        let words = &mut self.memory.words;
        let name = words.id(self.conn, &value.name)?;
        let stage = words.optional(self.conn, value.stage.as_deref())?;
        let status = words.id(self.conn, value.status.as_str())?;
        let failure_reason = words.optional(self.conn, value.failure_reason.as_deref())?;
        let tags = match value.tags.as_slice() {
            [] => None,
            [tag] => Some(words.id(self.conn, tag)?),
            tags => Some(words.id(self.conn, &tags.join(","))?),
        };
        put.execute(params![
            value.id.get(),
            pipeline.id.get(),
            pipeline.project_id.get(),
            kind_id(value.kind),
            name,
            stage,
            status,
            value.created_at.as_second(),
            value.started_at.map(jiff::Timestamp::as_second),
            value.finished_at.map(jiff::Timestamp::as_second),
            value.duration,
            value.queued_duration,
            value.coverage,
            value.allow_failure,
            value.retried,
            failure_reason,
            value.exit_code,
            tags,
            value.runner_id.map(labtower_model::RunnerId::get),
            value
                .downstream_pipeline_id
                .map(labtower_model::PipelineId::get),
            job.hash,
        ])?;
        self.written.changed_jobs += 1;
        self.record(
            ChangeKind::Job,
            value.id.get(),
            pipeline.project_id.get(),
            job.json.clone(),
        )?;
        Ok(JobFact {
            project_id: pipeline.project_id.get(),
            ref_id: 0,
            ref_kind: 0,
            source: 0,
            kind: kind_id(value.kind),
            name,
            stage: stage.unwrap_or(0),
            tags: tags.unwrap_or(0),
            status,
            failure_reason: failure_reason.unwrap_or(0),
            duration: value.duration.map(|seconds| seconds * 1000),
            queued: value.queued_duration.map(millis),
            retried: value.retried,
            flaky: false,
        })
    }
}

/// Number of a job kind in `jobs.kind`.
fn kind_id(kind: JobKind) -> i64 {
    match kind {
        JobKind::Build => 0,
        JobKind::Bridge => 1,
        JobKind::External => 2,
    }
}
