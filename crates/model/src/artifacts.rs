//! What a job left behind.

use serde::{Deserialize, Serialize};

use crate::{JobId, PipelineId};

/// The artifacts of a job: all of its files together, its log and its reports included.
///
/// Source: GraphQL `pipeline.jobs.artifacts.size`; the same facts as `artifacts` of `GET .../pipelines/:id/jobs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobArtifacts {
    /// The job.
    pub job_id: JobId,
    /// Its pipeline.
    pub pipeline_id: PipelineId,
    /// Their size when the pipeline finished: bytes.
    pub size: u64,
}
