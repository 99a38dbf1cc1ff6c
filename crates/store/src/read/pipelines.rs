//! Lists of pipelines, and one pipeline.

use jiff::Timestamp;
use labtower_model::{PipelineId, PipelineIid, ProjectId, RefKind};
use rusqlite::{OptionalExtension, Row};
use serde::Serialize;

use super::column;
use super::newest::{Walk, Window, newest};
use super::{Filter, Page};
use crate::{Reader, StoreError};

/// One pipeline, with every text in place.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PipelineRow {
    /// Instance-wide id.
    pub id: PipelineId,
    /// Number within the project; 0 when unknown.
    pub iid: PipelineIid,
    /// The project.
    pub project_id: ProjectId,
    /// Its display name; empty when the project itself is not stored.
    pub project_name: String,
    /// Its full path; empty when the project itself is not stored.
    pub project_full_path: String,
    /// Branch, tag or source branch.
    pub ref_name: Option<String>,
    /// `branch`, `tag` or `merge-request`.
    pub ref_kind: String,
    /// Commit, in hexadecimal.
    pub sha: Option<String>,
    /// `workflow:name`.
    pub name: Option<String>,
    /// What started it.
    pub source: Option<String>,
    /// Status in REST spelling.
    pub status: String,
    /// Display name of who started it, else the login name.
    pub user_name: Option<String>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When its status last changed.
    pub updated_at: Timestamp,
    /// When its first job started.
    pub started_at: Option<Timestamp>,
    /// When it finished.
    pub finished_at: Option<Timestamp>,
    /// When its commit was made.
    pub committed_at: Option<Timestamp>,
    /// Running time: seconds.
    pub duration: Option<i64>,
    /// Time it waited for its first runner: seconds.
    pub queued_duration: Option<f64>,
    /// Test coverage: percent.
    pub coverage: Option<f64>,
    /// Why the pipeline itself failed.
    pub failure_reason: Option<String>,
    /// Address of its page; absent when the project's is.
    pub web_url: Option<String>,
}

const ROW: &str = "SELECT p.id, p.iid, p.project_id, r.name, r.path_with_namespace, f.text, p.ref_kind, p.sha, \
     n.text, s.text, t.text, coalesce(u.name, u.username), p.created_at, p.updated_at, p.started_at, \
     p.finished_at, p.committed_at, p.duration, p.queued_duration, p.coverage, w.text, r.web_url \
     FROM pipelines p \
     JOIN words t ON t.id = p.status \
     LEFT JOIN projects r ON r.id = p.project_id \
     LEFT JOIN words f ON f.id = p.ref \
     LEFT JOIN words n ON n.id = p.name \
     LEFT JOIN words s ON s.id = p.source \
     LEFT JOIN words w ON w.id = p.failure_reason \
     LEFT JOIN users u ON u.id = p.user_id \
     WHERE p.id = ?1";

impl Reader<'_> {
    /// Pipelines of a filter, newest first.
    pub fn pipelines(&self, filter: &Filter, page: &Page) -> Result<Vec<PipelineRow>, StoreError> {
        let Some(scope) = self.scope(filter)? else {
            return Ok(Vec::new());
        };
        let window = Window::of(scope.lo, scope.hi, page);
        let mut walks = Vec::new();
        if let Some(refs) = &scope.refs {
            walks.push(Walk::new(
                walk_sql("pipelines_by_ref", "ref = ?5"),
                refs,
                window,
            ));
        }
        if let Some(projects) = &scope.projects {
            let sql = walk_sql("pipelines_by_project", "project_id = ?5");
            walks.push(Walk::new(sql, projects, window));
        }
        if let Some(statuses) = &scope.statuses {
            let sql = walk_sql("pipelines_by_status", "status = ?5");
            walks.push(Walk::new(sql, statuses, window));
        }
        walks.push(Walk::new(
            walk_sql("pipelines_by_time", "?5 = 0"),
            &[0],
            window,
        ));
        let ids = newest(self.conn, walks, window, |row| {
            scope.holds(row.project_id, row.reference, row.status, row.source)
        })?;
        let mut statement = self.conn.prepare_cached(ROW)?;
        ids.into_iter()
            .map(|id| Ok(statement.query_row([id], read)?))
            .collect()
    }

    /// One pipeline.
    pub fn pipeline(&self, id: PipelineId) -> Result<Option<PipelineRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(ROW)?;
        Ok(statement.query_row([id.get()], read).optional()?)
    }
}

fn walk_sql(index: &str, condition: &str) -> String {
    format!(
        "SELECT created_at, id, project_id, ref, status, source, NULL, NULL, NULL \
         FROM pipelines INDEXED BY {index} \
         WHERE {condition} AND created_at >= ?1 AND (created_at, id) < (?2, ?3) \
         ORDER BY created_at DESC, id DESC LIMIT ?4"
    )
}

fn read(row: &Row<'_>) -> rusqlite::Result<PipelineRow> {
    let id: i64 = row.get(0)?;
    let project_url: Option<String> = row.get(21)?;
    Ok(PipelineRow {
        id: PipelineId(id),
        iid: PipelineIid(row.get(1)?),
        project_id: ProjectId(row.get(2)?),
        project_name: row.get::<_, Option<String>>(3)?.unwrap_or_default(),
        project_full_path: row.get::<_, Option<String>>(4)?.unwrap_or_default(),
        ref_name: row.get(5)?,
        ref_kind: ref_kind(row.get(6)?).as_str().to_owned(),
        sha: column::sha(row, 7)?,
        name: row.get(8)?,
        source: row.get(9)?,
        status: row.get(10)?,
        user_name: row.get(11)?,
        created_at: column::time(row, 12)?,
        updated_at: column::time(row, 13)?,
        started_at: column::time_or_none(row, 14)?,
        finished_at: column::time_or_none(row, 15)?,
        committed_at: column::time_or_none(row, 16)?,
        duration: row.get(17)?,
        queued_duration: row.get(18)?,
        coverage: row.get(19)?,
        failure_reason: row.get(20)?,
        web_url: project_url.map(|url| format!("{url}/-/pipelines/{id}")),
    })
}

fn ref_kind(stored: i64) -> RefKind {
    match stored {
        1 => RefKind::Tag,
        2 => RefKind::MergeRequest,
        _ => RefKind::Branch,
    }
}
