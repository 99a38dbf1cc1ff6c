//! Which pipelines some pipelines started.

use labtower_model::PipelineId;
use serde::Serialize;

use crate::{Reader, StoreError};

/// A pipeline that another one started through a bridge: a child, or one of another project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChildPipeline {
    /// The pipeline with the bridge.
    pub parent_id: PipelineId,
    /// The pipeline that was started.
    pub id: PipelineId,
    /// Name of the bridge.
    pub bridge: String,
    /// Full path of its project; absent when the pipeline is not stored.
    pub project: Option<String>,
    /// Its status; absent when it is not stored.
    pub status: Option<String>,
}

impl Reader<'_> {
    /// Pipelines that some pipelines started, by pipeline as given, then by bridge.
    pub fn children(&self, pipelines: &[PipelineId]) -> Result<Vec<ChildPipeline>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT j.downstream_pipeline_id, n.text, r.path_with_namespace, t.text
             FROM jobs j INDEXED BY jobs_by_pipeline JOIN words n ON n.id = j.name
             LEFT JOIN pipelines p ON p.id = j.downstream_pipeline_id
             LEFT JOIN projects r ON r.id = p.project_id LEFT JOIN words t ON t.id = p.status
             WHERE j.pipeline_id = ?1 AND j.downstream_pipeline_id IS NOT NULL ORDER BY j.id",
        )?;
        let mut children = Vec::new();
        for parent in pipelines {
            let rows = statement.query_map([parent.get()], |row| {
                Ok(ChildPipeline {
                    parent_id: *parent,
                    id: PipelineId(row.get(0)?),
                    bridge: row.get(1)?,
                    project: row.get(2)?,
                    status: row.get(3)?,
                })
            })?;
            for child in rows {
                children.push(child?);
            }
        }
        Ok(children)
    }
}
