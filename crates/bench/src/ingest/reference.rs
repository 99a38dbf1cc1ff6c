//! The reference: how fast SQLite appends such rows when nothing else is asked of it.

use std::path::Path;

use anyhow::{Result, ensure};
use rusqlite::{Connection, params};

use super::meter::{Meter, Speed};
use super::{Args, facts};

/// Rows per transaction.
const TRANSACTION: usize = 10_000;

/// Appends as many rows as the store gets: a job as a list of jobs shows it, 25 columns, texts as they are.
pub(super) fn append(path: &Path, args: &Args) -> Result<Speed> {
    let units: Vec<_> = facts::pages(args, 0)
        .into_iter()
        .flat_map(|page| page.pipelines)
        .collect();
    let jobs: Vec<_> = units
        .iter()
        .flat_map(|unit| unit.jobs.iter().map(move |job| (&unit.pipeline, job)))
        .collect();
    ensure!(!jobs.is_empty(), "a reference needs jobs");
    let rows = args.pipelines * (args.jobs + 1);
    let mut conn = Connection::open(path)?;
    conn.pragma_update(None, "journal_mode", "WAL")?;
    conn.pragma_update(None, "synchronous", "NORMAL")?;
    conn.pragma_update(None, "wal_autocheckpoint", 10_000)?;
    conn.execute_batch(
        "CREATE TABLE jobs (id INTEGER PRIMARY KEY, pipeline_id INTEGER, project_id INTEGER, kind TEXT, name TEXT,
           stage TEXT, status TEXT, created_at INTEGER, started_at INTEGER, finished_at INTEGER, duration INTEGER,
           queued_duration REAL, coverage REAL, allow_failure INTEGER, retried INTEGER, failure_reason TEXT,
           exit_code INTEGER, tags TEXT, runner_id INTEGER, downstream_pipeline_id INTEGER,
           iid INTEGER, ref TEXT, sha TEXT, source TEXT, username TEXT)",
    )?;
    let meter = Meter::start();
    let mut id = 0;
    while id < rows {
        let tx = conn.transaction()?;
        {
            let mut insert = tx.prepare_cached(
                "INSERT INTO jobs VALUES
                 (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22,
                  ?23, ?24, ?25)",
            )?;
            for _ in 0..TRANSACTION.min(rows - id) {
                let (pipeline, job) = jobs[id % jobs.len()];
                insert.execute(params![
                    id as i64,
                    job.pipeline_id.get(),
                    job.project_id.get(),
                    job.kind.as_str(),
                    job.name,
                    job.stage,
                    job.status.as_str(),
                    job.created_at.as_second(),
                    job.started_at.map(jiff::Timestamp::as_second),
                    job.finished_at.map(jiff::Timestamp::as_second),
                    job.duration,
                    job.queued_duration,
                    job.coverage,
                    job.allow_failure,
                    job.retried,
                    job.failure_reason,
                    job.exit_code,
                    job.tags.first(),
                    job.runner_id.map(labtower_model::RunnerId::get),
                    job.downstream_pipeline_id
                        .map(labtower_model::PipelineId::get),
                    pipeline.iid.get(),
                    pipeline.ref_name,
                    pipeline.sha,
                    pipeline.source,
                    pipeline.user.as_ref().map(|user| &user.username),
                ])?;
                id += 1;
            }
        }
        tx.commit()?;
    }
    conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    Ok(meter.stop(rows))
}
