//! Which jobs failed in some pipelines, and why, in a word.

use labtower_model::{JobId, PipelineId};
use serde::Serialize;

use crate::{GroupId, Reader, StoreError};

/// A failed job of a pipeline.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cause {
    /// The pipeline.
    pub pipeline_id: PipelineId,
    /// The job.
    pub job_id: JobId,
    /// Its name.
    pub name: String,
    /// Whether it is allowed to fail.
    pub allow_failure: bool,
    /// Whether a newer run replaced it.
    pub retried: bool,
    /// Kind of failure, as people say, else as computed; absent without a reason yet.
    pub category: Option<String>,
    /// The reason in a line.
    pub headline: Option<String>,
    /// The group it belongs to.
    pub group_id: Option<GroupId>,
}

impl Reader<'_> {
    /// Failed jobs of some pipelines, by pipeline as given, then by id.
    pub fn causes(&self, pipelines: &[PipelineId]) -> Result<Vec<Cause>, StoreError> {
        let roots = self.roots()?;
        let mut statement = self.conn.prepare_cached(
            "SELECT f.job_id, n.text, f.flags, c.text, r.headline, f.group_id
             FROM failed_jobs f INDEXED BY failed_jobs_by_pipeline JOIN words n ON n.id = f.name
             LEFT JOIN words c ON c.id = f.category LEFT JOIN reasons r ON r.job_id = f.job_id
             WHERE f.pipeline_id = ?1 AND f.job_id > 0 ORDER BY f.job_id",
        )?;
        let mut causes = Vec::new();
        for pipeline in pipelines {
            let mut rows = statement.query([pipeline.get()])?;
            while let Some(row) = rows.next()? {
                let flags: i64 = row.get(2)?;
                causes.push(Cause {
                    pipeline_id: *pipeline,
                    job_id: JobId(row.get(0)?),
                    name: row.get(1)?,
                    allow_failure: flags & 1 != 0,
                    retried: flags & 2 != 0,
                    category: row.get(3)?,
                    headline: row
                        .get::<_, Option<String>>(4)?
                        .filter(|line| !line.is_empty()),
                    group_id: roots.id(row.get(5)?),
                });
            }
        }
        Ok(causes)
    }
}
