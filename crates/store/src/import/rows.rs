//! Reading the old rows and writing them as provisional ones.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use labtower_model::{
    Clock, Pipeline, PipelineId, PipelineIid, PipelineWithJobs, Project, ProjectId, RefKind,
    Status, User, UserId,
};
use rusqlite::{Connection, Row};
use xxhash_rust::xxh3::xxh3_64;

use super::{detect, swap};
use crate::prepare::Prepared;
use crate::write::Session;
use crate::{Batch, RollupMode, StoreError, connect, migrate};

/// Pipelines per transaction.
const CHUNK: usize = 5_000;

/// What an old row says that can be believed.
struct Old {
    id: i64,
    project_id: i64,
    project_name: String,
    path: String,
    ref_name: Option<String>,
    sha: Option<String>,
    user: Option<String>,
    status: String,
    created_at: i64,
    web_url: Option<String>,
}

/// Imports the database at `path` into a staged one; returns the number of pipelines.
pub(super) fn stage(path: &Path, feed: bool, clock: Arc<dyn Clock>) -> Result<u64, StoreError> {
    swap::discard(path)?;
    let old = detect::open(path)?;
    // Its log, when it has one, goes into the file, which then can be moved alone.
    old.pragma_update(None, "journal_mode", "DELETE")?;
    // Nobody writes to it until it is moved.
    old.execute_batch("BEGIN IMMEDIATE")?;

    let mut conn = connect::staging(&swap::staging(path))?;
    migrate::migrate(&mut conn)?;
    let mut session = Session::new(conn, None, feed, clock)?;
    session.set_mode(RollupMode::Deferred, false)?;
    let mut total = 0;
    commit(&mut session, projects(&old)?, Vec::new())?;
    let query = select(&old)?;
    let mut statement = old.prepare(&query)?;
    let mut rows = statement.query([])?;
    let mut units = Vec::with_capacity(CHUNK);
    while let Some(row) = rows.next()? {
        if let Some(unit) = unit(read(row)?) {
            units.push(unit);
            total += 1;
        }
        if units.len() >= CHUNK {
            commit(&mut session, Vec::new(), std::mem::take(&mut units))?;
        }
    }
    commit(&mut session, Vec::new(), units)?;
    session.set_mode(RollupMode::Incremental, true)?;
    swap::mark(path, session.connection())?;
    Ok(total)
}

fn commit(
    session: &mut Session,
    projects: Vec<Project>,
    pipelines: Vec<PipelineWithJobs>,
) -> Result<(), StoreError> {
    let mut batch = Prepared::new(Batch {
        // Older than any read from GitLab.
        read_at: Some(Timestamp::UNIX_EPOCH),
        projects,
        pipelines,
        ..Batch::default()
    });
    // A hash that no read from GitLab has.
    for project in &mut batch.projects {
        project.hash = 0;
    }
    for unit in &mut batch.units {
        unit.pipeline.hash = 0;
    }
    session
        .commit(&[batch])
        .into_iter()
        .try_for_each(|answer| answer.map(drop))
}

/// A query for [`read`], whatever columns this version of the old program had.
fn select(old: &Connection) -> Result<String, StoreError> {
    let known = detect::columns(old, "pipelines")?;
    let column = |name: &str, otherwise: &str| {
        if known.iter().any(|known| known == name) {
            name.to_owned()
        } else {
            otherwise.to_owned()
        }
    };
    Ok(format!(
        "SELECT id, project_id, project_name, {}, {}, {}, {}, status, CAST(created_at AS INTEGER), {}
         FROM pipelines ORDER BY id",
        column("project_full_path", "project_name"),
        column("ref_name", "NULL"),
        column("sha", "NULL"),
        column("user_name", "NULL"),
        column("web_url", "NULL"),
    ))
}

fn read(row: &Row<'_>) -> rusqlite::Result<Old> {
    let text = |index: usize| -> rusqlite::Result<Option<String>> {
        let text: Option<String> = row.get(index)?;
        Ok(text.filter(|text| !text.is_empty()))
    };
    Ok(Old {
        id: row.get(0)?,
        project_id: row.get(1)?,
        project_name: text(2)?.unwrap_or_default(),
        path: text(3)?.unwrap_or_default(),
        ref_name: text(4)?,
        sha: text(5)?,
        user: text(6)?,
        status: text(7)?.unwrap_or_default(),
        created_at: row.get(8)?,
        web_url: text(9)?,
    })
}

/// Its projects, as the newest pipeline of each names them.
fn projects(old: &Connection) -> Result<Vec<Project>, StoreError> {
    let query = select(old)?;
    let mut newest: HashMap<i64, Old> = HashMap::new();
    let mut statement = old.prepare(&query)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let row = read(row)?;
        // Rows come by id, so the last one is the newest.
        newest.insert(row.project_id, row);
    }
    let mut projects: Vec<_> = newest.into_values().map(project).collect();
    projects.sort_by_key(|project| project.id);
    Ok(projects)
}

fn project(old: Old) -> Project {
    let web_url = old
        .web_url
        .as_deref()
        .and_then(|url| url.rsplit_once("/-/pipelines/"))
        .map(|(project, _)| project.to_owned());
    Project {
        id: ProjectId(old.project_id),
        path_with_namespace: old.path,
        name: old.project_name,
        default_branch: None,
        visibility: None,
        archived: false,
        topics: Vec::new(),
        web_url,
        created_at: None,
    }
}

/// `None` when its creation time is not a time.
fn unit(old: Old) -> Option<PipelineWithJobs> {
    let created_at = Timestamp::from_second(old.created_at).ok()?;
    let pipeline = Pipeline {
        id: PipelineId(old.id),
        iid: PipelineIid(0),
        project_id: ProjectId(old.project_id),
        name: None,
        ref_kind: old
            .ref_name
            .as_deref()
            .map_or(RefKind::Branch, RefKind::of_path),
        ref_name: old.ref_name,
        sha: old.sha,
        source: None,
        status: Status::parse(&old.status),
        created_at,
        // GitLab's is never older, so its answer wins.
        updated_at: created_at,
        started_at: None,
        finished_at: None,
        committed_at: None,
        duration: None,
        queued_duration: None,
        coverage: None,
        failure_reason: None,
        user: old.user.map(|name| User {
            id: UserId(-((xxh3_64(name.as_bytes()) >> 1) as i64) - 1),
            username: name,
            name: None,
        }),
    };
    Some(PipelineWithJobs {
        pipeline,
        jobs: Vec::new(),
    })
}
