//! Lists of jobs.

use jiff::Timestamp;
use labtower_model::{JobId, JobKind, PipelineId, ProjectId, RunnerId};
use rusqlite::Row;
use serde::Serialize;

use super::column;
use super::newest::{Walk, Window, newest};
use super::scope::{Scope, holds};
use super::words::status_id;
use super::{JobFilter, Page};
use crate::{Reader, StoreError};

/// One job, with every text in place.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct JobRow {
    /// Instance-wide id.
    pub id: JobId,
    /// The pipeline it belongs to.
    pub pipeline_id: PipelineId,
    /// The project.
    pub project_id: ProjectId,
    /// Full path of the project; empty when the project itself is not stored.
    pub project_full_path: String,
    /// `build`, `bridge` or `external`.
    pub kind: String,
    /// Name in `.gitlab-ci.yml`.
    pub name: String,
    /// Stage name.
    pub stage: Option<String>,
    /// Status in REST spelling.
    pub status: String,
    /// Ref of its pipeline.
    pub ref_name: Option<String>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When a runner picked it up.
    pub started_at: Option<Timestamp>,
    /// When it finished.
    pub finished_at: Option<Timestamp>,
    /// Running time: seconds.
    pub duration: Option<i64>,
    /// Time it waited for a runner: seconds.
    pub queued_duration: Option<f64>,
    /// Test coverage: percent.
    pub coverage: Option<f64>,
    /// Whether a failure leaves the pipeline green.
    pub allow_failure: bool,
    /// Whether a newer run of the same job replaced it.
    pub retried: bool,
    /// Why it failed, in REST words.
    pub failure_reason: Option<String>,
    /// Exit code of the script.
    pub exit_code: Option<i64>,
    /// Runner tags it asked for.
    pub tags: Vec<String>,
    /// Runner that took it.
    pub runner_id: Option<RunnerId>,
    /// Pipeline a bridge started.
    pub downstream_pipeline_id: Option<PipelineId>,
    /// Address of its page; absent when the project's is.
    pub web_url: Option<String>,
}

const ROW: &str = "SELECT j.id, j.pipeline_id, j.project_id, r.path_with_namespace, j.kind, n.text, g.text, t.text, \
     f.text, j.created_at, j.started_at, j.finished_at, j.duration, j.queued_duration, j.coverage, \
     j.allow_failure, j.retried, w.text, j.exit_code, k.text, j.runner_id, j.downstream_pipeline_id, r.web_url \
     FROM jobs j \
     JOIN words n ON n.id = j.name \
     JOIN words t ON t.id = j.status \
     LEFT JOIN projects r ON r.id = j.project_id \
     LEFT JOIN words g ON g.id = j.stage \
     LEFT JOIN pipelines p ON p.id = j.pipeline_id \
     LEFT JOIN words f ON f.id = p.ref \
     LEFT JOIN words w ON w.id = j.failure_reason \
     LEFT JOIN words k ON k.id = j.tags";

impl Reader<'_> {
    /// Jobs of a filter, newest first.
    pub fn jobs(&self, filter: &JobFilter, page: &Page) -> Result<Vec<JobRow>, StoreError> {
        let names = self.named_words(&filter.names)?;
        let stages = self.named_words(&filter.stages)?;
        let reasons = self.named_words(&filter.failure_reasons)?;
        let nothing = [&names, &stages, &reasons]
            .into_iter()
            .flatten()
            .any(Vec::is_empty);
        let Some(scope) = self.scope(&filter.filter)?.filter(|_| !nothing) else {
            return Ok(Vec::new());
        };
        let window = Window::of(scope.lo, scope.hi, page);
        let walks = walks(&scope, filter.pipeline_id, window);
        let ids = newest(self.conn, walks, window, |row| {
            scope.holds(row.project_id, row.reference, row.status, row.source)
                && holds(names.as_deref(), row.name)
                && holds(stages.as_deref(), row.stage)
                && holds(reasons.as_deref(), row.failure_reason)
        })?;
        let mut statement = self
            .conn
            .prepare_cached(&format!("{ROW} WHERE j.id = ?1"))?;
        ids.into_iter()
            .map(|id| Ok(statement.query_row([id], read)?))
            .collect()
    }

    /// All jobs of a pipeline, retried ones included: oldest first, which is close to the order of stages.
    pub fn jobs_of(&self, pipeline: PipelineId) -> Result<Vec<JobRow>, StoreError> {
        let mut statement = self
            .conn
            .prepare_cached(&format!("{ROW} WHERE j.pipeline_id = ?1 ORDER BY j.id"))?;
        let rows = statement.query_map([pipeline.get()], read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// The indexes that may lead to the jobs of a scope.
fn walks(scope: &Scope, pipeline: Option<PipelineId>, window: Window) -> Vec<Walk> {
    let of_pipeline = scope.refs.is_some() || scope.sources.is_some();
    let walk = |index: &str, condition: &str, keys: &[i64]| {
        Walk::new(walk_sql(index, condition, of_pipeline), keys, window)
    };
    if let Some(pipeline) = pipeline {
        return vec![walk(
            "jobs_by_pipeline",
            "j.pipeline_id = ?5",
            &[pipeline.get()],
        )];
    }
    let mut walks = Vec::new();
    if let Some(projects) = &scope.projects {
        walks.push(walk("jobs_by_project", "j.project_id = ?5", projects));
    }
    if let Some(statuses) = &scope.statuses {
        if *statuses == [status_id::FAILED] {
            walks.push(walk("jobs_failed", "j.status = 8 AND ?5 = 0", &[0]));
        } else if statuses
            .iter()
            .all(|status| !status_id::FINISHED.contains(status))
        {
            let live =
                "j.status <> 7 AND j.status <> 8 AND j.status <> 10 AND j.status <> 11 AND ?5 = 0";
            walks.push(walk("jobs_live", live, &[0]));
        }
    }
    walks.push(walk("jobs_by_time", "?5 = 0", &[0]));
    walks
}

fn walk_sql(index: &str, condition: &str, of_pipeline: bool) -> String {
    let (columns, join) = if of_pipeline {
        (
            "p.ref, j.status, p.source",
            "LEFT JOIN pipelines p ON p.id = j.pipeline_id",
        )
    } else {
        ("NULL, j.status, NULL", "")
    };
    format!(
        "SELECT j.created_at, j.id, j.project_id, {columns}, j.name, j.stage, j.failure_reason \
         FROM jobs j INDEXED BY {index} {join} \
         WHERE {condition} AND j.created_at >= ?1 AND (j.created_at, j.id) < (?2, ?3) \
         ORDER BY j.created_at DESC, j.id DESC LIMIT ?4"
    )
}

fn read(row: &Row<'_>) -> rusqlite::Result<JobRow> {
    let id: i64 = row.get(0)?;
    let tags: Option<String> = row.get(19)?;
    let project_url: Option<String> = row.get(22)?;
    Ok(JobRow {
        id: JobId(id),
        pipeline_id: PipelineId(row.get(1)?),
        project_id: ProjectId(row.get(2)?),
        project_full_path: row.get::<_, Option<String>>(3)?.unwrap_or_default(),
        kind: kind(row.get(4)?).as_str().to_owned(),
        name: row.get(5)?,
        stage: row.get(6)?,
        status: row.get(7)?,
        ref_name: row.get(8)?,
        created_at: column::time(row, 9)?,
        started_at: column::time_or_none(row, 10)?,
        finished_at: column::time_or_none(row, 11)?,
        duration: row.get(12)?,
        queued_duration: row.get(13)?,
        coverage: row.get(14)?,
        allow_failure: row.get(15)?,
        retried: row.get(16)?,
        failure_reason: row.get(17)?,
        exit_code: row.get(18)?,
        tags: column::tags(tags.as_deref()),
        runner_id: row.get::<_, Option<i64>>(20)?.map(RunnerId),
        downstream_pipeline_id: row.get::<_, Option<i64>>(21)?.map(PipelineId),
        web_url: project_url.map(|url| format!("{url}/-/jobs/{id}")),
    })
}

fn kind(stored: i64) -> JobKind {
    match stored {
        1 => JobKind::Bridge,
        2 => JobKind::External,
        _ => JobKind::Build,
    }
}
