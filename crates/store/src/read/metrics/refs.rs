//! The newest pipeline of each ref.

use jiff::Timestamp;
use labtower_model::{PipelineId, ProjectId, RefKind};
use rusqlite::Row;

use super::super::column;
use crate::{Reader, StoreError};

/// The newest pipeline of a ref; child pipelines are not among them.
#[derive(Debug, Clone, PartialEq)]
pub struct RefHead {
    /// The project.
    pub project_id: ProjectId,
    /// The ref: id of its text.
    pub ref_id: i64,
    /// What kind of thing the ref is.
    pub ref_kind: RefKind,
    /// The pipeline.
    pub pipeline_id: PipelineId,
    /// What started it: id of its text, 0 for unknown.
    pub source: i64,
    /// Where it stands: id of its text.
    pub status: i64,
    /// When it was created.
    pub created_at: Timestamp,
    /// When its status last changed.
    pub updated_at: Timestamp,
    /// Running time: seconds.
    pub duration: Option<i64>,
    /// Time it waited: seconds.
    pub queued_duration: Option<f64>,
    /// Test coverage: percent.
    pub coverage: Option<f64>,
    /// Its commit, in hexadecimal.
    pub sha: Option<String>,
    /// Login name of who started it.
    pub username: Option<String>,
}

const COLUMNS: &str = "h.project_id, h.ref, h.ref_kind, p.id, coalesce(p.source, 0), p.status, p.created_at, \
     p.updated_at, p.duration, p.queued_duration, p.coverage, p.sha, u.username";

impl Reader<'_> {
    /// The newest pipelines of refs: of default branches whatever their age, of others when created from `since` on.
    /// By project, ref kind and ref.
    pub fn ref_heads(&self, since: Option<Timestamp>) -> Result<Vec<RefHead>, StoreError> {
        let since = since.map_or(i64::MIN, Timestamp::as_second);
        let mut statement = self.conn.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM ref_heads h JOIN pipelines p ON p.id = h.pipeline_id \
             LEFT JOIN users u ON u.id = p.user_id WHERE h.created_at >= ?1 \
             UNION ALL \
             SELECT {COLUMNS} FROM projects r CROSS JOIN words w ON w.text = r.default_branch \
             CROSS JOIN ref_heads h ON h.project_id = r.id AND h.ref = w.id AND h.ref_kind = 0 \
             JOIN pipelines p ON p.id = h.pipeline_id \
             LEFT JOIN users u ON u.id = p.user_id WHERE h.created_at < ?1"
        ))?;
        let heads = statement.query_map([since], head)?;
        let mut heads = heads.collect::<Result<Vec<_>, _>>()?;
        heads.sort_by_key(|head| (head.project_id, head.ref_kind.as_str(), head.ref_id));
        Ok(heads)
    }

    /// How many pipelines ever ran on a ref: calls `visit` with each source (id of its text, 0 for unknown) and number.
    pub fn ref_runs(
        &self,
        project: ProjectId,
        ref_id: i64,
        kind: RefKind,
        mut visit: impl FnMut(i64, u64),
    ) -> Result<(), StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT source, sum(count + gone) FROM totals \
             WHERE measure = 1 AND project_id = ?1 AND ref = ?2 AND ref_kind = ?3 GROUP BY source",
        )?;
        let mut rows = statement.query((project.get(), ref_id, kind_id(kind)))?;
        while let Some(row) = rows.next()? {
            visit(row.get(0)?, column::count(row, 1)?);
        }
        Ok(())
    }
}

fn head(row: &Row<'_>) -> rusqlite::Result<RefHead> {
    Ok(RefHead {
        project_id: ProjectId(row.get(0)?),
        ref_id: row.get(1)?,
        ref_kind: kind_of(row.get(2)?),
        pipeline_id: PipelineId(row.get(3)?),
        source: row.get(4)?,
        status: row.get(5)?,
        created_at: column::time(row, 6)?,
        updated_at: column::time(row, 7)?,
        duration: row.get(8)?,
        queued_duration: row.get(9)?,
        coverage: row.get(10)?,
        sha: column::sha(row, 11)?,
        username: row.get(12)?,
    })
}

/// The kind with this number in `ref_kind`.
pub(super) fn kind_of(id: i64) -> RefKind {
    match id {
        1 => RefKind::Tag,
        2 => RefKind::MergeRequest,
        _ => RefKind::Branch,
    }
}

/// The number of a kind in `ref_kind`.
pub(super) fn kind_id(kind: RefKind) -> i64 {
    match kind {
        RefKind::Branch => 0,
        RefKind::Tag => 1,
        RefKind::MergeRequest => 2,
    }
}
