//! Compares what is stored with what is true, field by field.

use std::collections::BTreeMap;

use labtower_sim::{TrueJob, TruePipeline, Truth};
use labtower_store::{Filter, JobRow, Page, PipelineRow, Reader, Store, StoreError};
use serde_json::{Value, json};

/// Differences shown before the rest is only counted.
const SHOWN: usize = 10;

/// A pipeline and its jobs, each by id, as JSON objects with the same keys on both sides.
type Facts = BTreeMap<(i64, i64), Value>;

/// Fails unless the store holds every pipeline and job of the truth, no other, all equal, and its rollups are a recount.
pub(crate) fn assert_store_equals_truth(store: &Store, truth: &Truth) {
    let stored = store.read(stored_facts).unwrap();
    let truth = true_facts(truth);
    let mut differences = Vec::new();
    for (id, fact) in &truth {
        match stored.get(id) {
            None => differences.push(format!("lost {id:?}: {fact}")),
            Some(found) if found != fact => {
                differences.push(format!("{id:?}\n  stored {found}\n  truth  {fact}"));
            }
            Some(_) => {}
        }
    }
    for (id, fact) in &stored {
        if !truth.contains_key(id) {
            differences.push(format!("invented {id:?}: {fact}"));
        }
    }
    assert!(
        differences.is_empty(),
        "{} of {} facts differ:\n{}",
        differences.len(),
        truth.len(),
        differences[..differences.len().min(SHOWN)].join("\n")
    );
    let (rollups, recount) = store
        .read(|reader| Ok((reader.rollups()?, reader.recount()?)))
        .unwrap();
    assert_eq!(rollups, recount, "rollups are a recount of the rows");
}

fn stored_facts(reader: &Reader<'_>) -> Result<Facts, StoreError> {
    let mut facts = Facts::new();
    let mut page = Page {
        limit: 1000,
        before: None,
    };
    loop {
        let rows = reader.pipelines(&Filter::default(), &page)?;
        let Some(last) = rows.last() else { break };
        page.before = Some((last.created_at, last.id.get()));
        for row in rows {
            let id = row.id.get();
            for job in reader.jobs_of(row.id)? {
                facts.insert((id, job.id.get()), stored_job(&job));
            }
            let doubled = facts.insert((id, 0), stored_pipeline(&row));
            assert!(doubled.is_none(), "pipeline {id} is listed twice");
        }
    }
    Ok(facts)
}

fn true_facts(truth: &Truth) -> Facts {
    let mut facts = Facts::new();
    for pipeline in &truth.pipelines {
        let id = pipeline.id as i64;
        facts.insert((id, 0), true_pipeline(pipeline));
        for job in &pipeline.jobs {
            facts.insert((id, job.id as i64), true_job(job));
        }
    }
    facts
}

fn stored_pipeline(row: &PipelineRow) -> Value {
    json!({
        "iid": row.iid, "project_id": row.project_id, "name": row.name, "ref": row.ref_name,
        "ref_kind": row.ref_kind, "sha": row.sha, "source": row.source, "status": row.status,
        "created_at": row.created_at, "updated_at": row.updated_at, "started_at": row.started_at,
        "finished_at": row.finished_at, "committed_at": row.committed_at, "duration": row.duration,
        "queued_duration": row.queued_duration, "coverage": row.coverage,
        "failure_reason": row.failure_reason, "user": row.user_name,
    })
}

fn true_pipeline(pipeline: &TruePipeline) -> Value {
    json!({
        "iid": pipeline.iid, "project_id": pipeline.project_id, "name": pipeline.name,
        "ref": pipeline.ref_name, "ref_kind": pipeline.ref_kind, "sha": pipeline.sha,
        "source": pipeline.source, "status": pipeline.status, "created_at": pipeline.created_at,
        "updated_at": pipeline.updated_at, "started_at": pipeline.started_at,
        "finished_at": pipeline.finished_at, "committed_at": pipeline.committed_at,
        "duration": pipeline.duration, "queued_duration": pipeline.queued_duration,
        "coverage": pipeline.coverage, "failure_reason": pipeline.failure_reason,
        "user": pipeline.user.as_ref().map(|user| user.name.as_ref().unwrap_or(&user.username)),
    })
}

fn stored_job(row: &JobRow) -> Value {
    json!({
        "project_id": row.project_id, "kind": row.kind, "name": row.name, "stage": row.stage,
        "status": row.status, "created_at": row.created_at, "started_at": row.started_at,
        "finished_at": row.finished_at,
        "duration": row.duration,
        "queued_duration": row.queued_duration,
        "coverage": row.coverage, "allow_failure": row.allow_failure, "retried": row.retried,
        "failure_reason": row.failure_reason, "exit_code": row.exit_code, "tags": row.tags,
        "runner_id": row.runner_id, "downstream_pipeline_id": row.downstream_pipeline_id,
    })
}

fn true_job(job: &TrueJob) -> Value {
    json!({
        "project_id": job.project_id, "kind": job.kind, "name": job.name, "stage": job.stage,
        "status": job.status, "created_at": job.created_at, "started_at": job.started_at,
        "finished_at": job.finished_at, "duration": job.duration,
        "queued_duration": job.queued_duration, "coverage": job.coverage,
        "allow_failure": job.allow_failure, "retried": job.retried,
        "failure_reason": job.failure_reason, "exit_code": job.exit_code, "tags": job.tags,
        "runner_id": job.runner_id, "downstream_pipeline_id": job.downstream_pipeline_id,
    })
}
