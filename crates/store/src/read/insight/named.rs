//! In which projects jobs of one name failed.

use jiff::Timestamp;
use labtower_model::ProjectId;
use serde::Serialize;

use crate::read::column;
use crate::{Reader, StoreError};

/// A project where a job of the name failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NamedJob {
    /// The project.
    pub project_id: ProjectId,
    /// Its full path.
    pub project: String,
    /// Failed runs, retried ones too.
    pub failed: u64,
    /// When the pipeline of the newest was created.
    pub last_failed_at: Timestamp,
}

/// Every source there is among failures, without reading them all; then the failures of each from the index alone.
const SQL: &str = "WITH RECURSIVE sources(id) AS (
       SELECT min(source) FROM failed_jobs
       UNION ALL SELECT (SELECT min(f.source) FROM failed_jobs f WHERE f.source > sources.id) FROM sources
       WHERE sources.id IS NOT NULL)
     SELECT q.project_id, coalesce(r.path_with_namespace, ''), q.failed, q.last FROM (
       SELECT f.project_id, count(*) AS failed, max(f.night_at) AS last
       FROM sources CROSS JOIN failed_jobs f INDEXED BY failed_jobs_by_night
         ON f.source = sources.id AND f.night_at >= ?2
       WHERE f.name = ?1 GROUP BY f.project_id) q
     LEFT JOIN projects r ON r.id = q.project_id
     ORDER BY q.failed DESC, q.project_id";

impl Reader<'_> {
    /// Projects where a job of this name failed in pipelines created then or later; most failures first.
    pub fn jobs_named(&self, name: &str, since: Timestamp) -> Result<Vec<NamedJob>, StoreError> {
        let Some(word) = self.word_ids(&[name.to_owned()])?.pop() else {
            return Ok(Vec::new());
        };
        let mut statement = self.conn.prepare_cached(SQL)?;
        let rows = statement.query_map((word, since.as_second()), |row| {
            Ok(NamedJob {
                project_id: ProjectId(row.get(0)?),
                project: row.get(1)?,
                failed: column::count(row, 2)?,
                last_failed_at: column::time(row, 3)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
