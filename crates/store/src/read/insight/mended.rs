//! How long default branches were red.

use jiff::Timestamp;
use labtower_model::ProjectId;
use serde::Serialize;

use crate::read::words::status_id::FAILED;
use crate::{Reader, StoreError};

/// A default branch that was red and became green again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Mended {
    /// The project.
    pub project_id: ProjectId,
    /// When the first pipeline that failed was created.
    pub red_at: Timestamp,
    /// When the next one that passed ended: its creation and its running time.
    pub green_at: Timestamp,
}

impl Reader<'_> {
    /// Red times of default branches that began then or later and are over, by project and time. Child pipelines are
    /// part of their parent and do not count.
    pub fn mended(&self, since: Timestamp) -> Result<Vec<Mended>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT p.project_id, p.created_at, p.status, coalesce(p.duration, 0)
             FROM projects r CROSS JOIN words w ON w.text = r.default_branch
             CROSS JOIN pipelines p INDEXED BY pipelines_by_project
               ON p.project_id = r.id AND p.created_at >= ?1 AND p.ref = w.id
             WHERE p.status IN (7, 8)
               AND coalesce(p.source, 0) <> coalesce((SELECT id FROM words WHERE text = 'parent_pipeline'), -1)
             ORDER BY r.id, p.created_at",
        )?;
        let mut rows = statement.query([since.as_second()])?;
        let mut mended = Vec::new();
        let mut red: Option<(i64, i64)> = None;
        while let Some(row) = rows.next()? {
            let (project, created_at): (i64, i64) = (row.get(0)?, row.get(1)?);
            red = red.filter(|(of, _)| *of == project);
            if row.get::<_, i64>(2)? == FAILED {
                red = red.or(Some((project, created_at)));
            } else if let Some((_, red_at)) = red.take() {
                let time = |at: i64| Timestamp::from_second(at).unwrap_or(Timestamp::UNIX_EPOCH);
                mended.push(Mended {
                    project_id: ProjectId(project),
                    red_at: time(red_at),
                    green_at: time(created_at + row.get::<_, i64>(3)?),
                });
            }
        }
        Ok(mended)
    }
}
