//! The newest pipeline of each ref.

use std::collections::BTreeMap;

use labtower_store::StoreError;

use super::Context;
use super::heads::with_source;
use super::status::{push_status, shown_status};
use crate::metrics::table::Table;

pub(super) fn read(context: &mut Context<'_>) -> Result<Vec<Table>, StoreError> {
    let mut numbers = Table::new(&[
        "gitlab_ci_pipeline_coverage",
        "gitlab_ci_pipeline_duration_seconds",
        "gitlab_ci_pipeline_id",
        "gitlab_ci_pipeline_queued_duration_seconds",
        "gitlab_ci_pipeline_timestamp",
    ]);
    let mut runs = Table::new(&["gitlab_ci_pipeline_run_count"]);
    let mut statuses = Table::new(&["gitlab_ci_pipeline_status"]);
    context.heads()?;
    let heads = context.heads.take().unwrap_or_default();
    for head in &heads.list {
        let pipeline = &head.pipeline;
        numbers.row().written(&head.labels);
        numbers.weigh(head.weight());
        numbers.set(0, pipeline.coverage);
        numbers.set(1, pipeline.duration.map(|seconds| seconds as f64));
        numbers.set(2, Some(pipeline.pipeline_id.get() as f64));
        numbers.set(3, pipeline.queued_duration);
        numbers.set(4, Some(pipeline.updated_at.as_second() as f64));

        let mut by_source: BTreeMap<i64, u64> = BTreeMap::new();
        for ref_id in &head.refs {
            context.reader.ref_runs(
                pipeline.project_id,
                *ref_id,
                pipeline.ref_kind,
                |source, count| *by_source.entry(source).or_default() += count,
            )?;
        }
        for (source, count) in by_source {
            if source == pipeline.source {
                runs.row().written(&head.labels);
            } else {
                let labels = with_source(&head.place, context.text(source)?);
                runs.row().written(&labels);
            }
            runs.weigh(head.weight());
            runs.set(0, Some(count as f64));
        }

        let sparse = context.options.sparse_status;
        let status = shown_status(context.text(pipeline.status)?, head.warned);
        push_status(&mut statuses, sparse, &head.labels, status, head.weight());
    }
    context.heads = Some(heads);
    Ok(vec![numbers, runs, statuses])
}
