//! What broke, and which jobs broke it.

use serde::Serialize;

use super::{Filter, Page, PipelineRow};
use crate::{Reader, StoreError};

/// A failed pipeline and the jobs that made it fail.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FailedPipeline {
    /// The pipeline.
    pub pipeline: PipelineRow,
    /// Names of the jobs that failed for good: neither retried nor allowed to fail. Sorted, each once;
    /// empty when the pipeline failed before it had jobs.
    pub jobs: Vec<String>,
}

impl Reader<'_> {
    /// Failed pipelines of a filter, newest first, with the jobs that made them fail.
    /// Last night's are those whose filter runs `from` yesterday evening `to` this morning.
    pub fn failed_pipelines(
        &self,
        filter: &Filter,
        page: &Page,
    ) -> Result<Vec<FailedPipeline>, StoreError> {
        let failed = Filter {
            statuses: vec!["failed".to_owned()],
            ..filter.clone()
        };
        let mut statement = self.conn.prepare_cached(
            "SELECT DISTINCT n.text FROM jobs j JOIN words n ON n.id = j.name \
             WHERE j.pipeline_id = ?1 AND j.status = 8 AND NOT j.retried AND NOT j.allow_failure \
             ORDER BY n.text",
        )?;
        self.pipelines(&failed, page)?
            .into_iter()
            .map(|pipeline| {
                let jobs = statement
                    .query_map([pipeline.id.get()], |row| row.get(0))?
                    .collect::<Result<_, _>>()?;
                Ok(FailedPipeline { pipeline, jobs })
            })
            .collect()
    }
}
