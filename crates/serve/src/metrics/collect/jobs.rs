//! The newest jobs of each ref, and how often they ran.

use std::collections::BTreeMap;

use labtower_store::{RefJobRuns, StoreError};

use super::Context;
use super::heads::{Head, with_source};
use super::status::push_status;
use crate::metrics::labels::Labels;
use crate::metrics::table::Table;

/// Id in `words` of `failed`.
const FAILED: i64 = 8;

pub(super) fn read(context: &mut Context<'_>) -> Result<Vec<Table>, StoreError> {
    let mut tables = Tables {
        numbers: Table::new(&[
            "gitlab_ci_pipeline_job_artifact_size_bytes",
            "gitlab_ci_pipeline_job_duration_seconds",
            "gitlab_ci_pipeline_job_id",
            "gitlab_ci_pipeline_job_queued_duration_seconds",
            "gitlab_ci_pipeline_job_timestamp",
        ]),
        runs: Table::new(&["gitlab_ci_pipeline_job_run_count"]),
        statuses: Table::new(&["gitlab_ci_pipeline_job_status"]),
    };
    context.runner_names()?;
    context.heads()?;
    let heads = context.heads.take().unwrap_or_default();
    for head in &heads.list {
        tables.newest(context, head)?;
        tables.runs(context, head)?;
    }
    context.heads = Some(heads);
    Ok(vec![tables.numbers, tables.runs, tables.statuses])
}

struct Tables {
    numbers: Table,
    runs: Table,
    statuses: Table,
}

/// What tells a job from the others on its ref.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Identity {
    stage: i64,
    name: i64,
    tags: i64,
    failure_reason: i64,
}

impl Tables {
    fn newest(&mut self, context: &mut Context<'_>, head: &Head) -> Result<(), StoreError> {
        // Two child pipelines may have jobs of one name; the newer one is the newest run.
        let mut newest: BTreeMap<(i64, i64, i64), usize> = BTreeMap::new();
        for (index, job) in head.jobs.iter().enumerate() {
            newest
                .entry((job.stage, job.name, job.tags))
                .and_modify(|known| {
                    if head.jobs[*known].id < job.id {
                        *known = index;
                    }
                })
                .or_insert(index);
        }
        for index in newest.into_values() {
            let job = &head.jobs[index];
            let identity = Identity {
                stage: job.stage,
                name: job.name,
                tags: job.tags,
                failure_reason: job.failure_reason,
            };
            let runner = job.runner_id.and_then(|id| {
                let names = context.runners.as_ref()?;
                names.get(&id).cloned()
            });
            let labels = labels(
                context,
                &head.labels,
                identity,
                runner.as_deref().unwrap_or(""),
            )?;
            self.numbers.row().written(&labels);
            self.numbers.weigh(head.weight());
            let duration = job.duration.map(|seconds| seconds as f64);
            let artifact_size = job.artifact_size.map(|bytes| bytes as f64);
            self.numbers.set(0, artifact_size);
            self.numbers.set(1, duration);
            self.numbers.set(2, Some(job.id.get() as f64));
            self.numbers.set(3, job.queued_duration);
            let created_at = job.created_at.as_second() as f64;
            self.numbers.set(4, Some(created_at));
            let sparse = context.options.sparse_status;
            let status = if job.status == FAILED && job.allow_failure {
                "success_with_warnings"
            } else {
                context.text(job.status)?
            };
            push_status(&mut self.statuses, sparse, &labels, status, head.weight());
        }
        Ok(())
    }

    fn runs(&mut self, context: &mut Context<'_>, head: &Head) -> Result<(), StoreError> {
        let mut counts: BTreeMap<(i64, Identity), u64> = BTreeMap::new();
        for ref_id in &head.refs {
            let mut add = |runs: &RefJobRuns| {
                let identity = Identity {
                    stage: runs.stage,
                    name: runs.name,
                    tags: runs.tags,
                    failure_reason: runs.failure_reason,
                };
                *counts.entry((runs.source, identity)).or_default() += runs.count;
            };
            let pipeline = &head.pipeline;
            context.reader.ref_job_runs(
                pipeline.project_id,
                *ref_id,
                pipeline.ref_kind,
                &mut add,
            )?;
        }
        let mut place = (head.pipeline.source, head.labels.clone());
        for ((source, identity), count) in counts {
            if source != place.0 {
                place = (source, with_source(&head.place, context.text(source)?));
            }
            let labels = labels(context, &place.1, identity, "")?;
            self.runs.row().written(&labels);
            self.runs.weigh(head.weight());
            self.runs.set(0, Some(count as f64));
        }
        Ok(())
    }
}

fn labels(
    context: &mut Context<'_>,
    place: &str,
    identity: Identity,
    runner: &str,
) -> Result<String, StoreError> {
    let mut labels = Labels::default();
    labels.row().written(place);
    labels.pair("stage", context.text(identity.stage)?);
    labels.pair("job_name", context.text(identity.name)?);
    labels.pair("runner_description", runner);
    labels.pair("tag_list", context.text(identity.tags)?);
    labels.pair("failure_reason", context.text(identity.failure_reason)?);
    Ok(labels.get(0).to_owned())
}
