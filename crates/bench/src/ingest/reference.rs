//! The reference: how fast SQLite appends such rows when nothing else is asked of it.

use std::path::Path;

use anyhow::Result;
use rusqlite::{Connection, params};

use super::meter::{Meter, Speed};
use super::{Args, facts};

/// Rows per transaction.
const TRANSACTION: usize = 10_000;

/// Appends as many rows as the store gets, each with a job's columns, texts as they are.
pub(super) fn append(path: &Path, args: &Args) -> Result<Speed> {
    let jobs: Vec<_> = facts::pages(args, 0)
        .into_iter()
        .flat_map(|page| page.pipelines)
        .flat_map(|unit| unit.jobs)
        .collect();
    let rows = args.pipelines * (args.jobs + 1);
    let mut conn = Connection::open(path)?;
    conn.pragma_update(None, "journal_mode", "WAL")?;
    conn.pragma_update(None, "synchronous", "NORMAL")?;
    conn.pragma_update(None, "wal_autocheckpoint", 10_000)?;
    conn.execute_batch(
        "CREATE TABLE jobs (id INTEGER PRIMARY KEY, pipeline_id INTEGER, project_id INTEGER, kind TEXT, name TEXT,
           stage TEXT, status TEXT, created_at INTEGER, started_at INTEGER, finished_at INTEGER, duration INTEGER,
           queued_duration REAL, coverage REAL, allow_failure INTEGER, retried INTEGER, failure_reason TEXT,
           exit_code INTEGER, tags TEXT, runner_id INTEGER, downstream_pipeline_id INTEGER)",
    )?;
    let meter = Meter::start();
    let mut id = 0;
    while id < rows {
        let tx = conn.transaction()?;
        {
            let mut insert = tx.prepare_cached(
                "INSERT INTO jobs VALUES
                 (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)",
            )?;
            for _ in 0..TRANSACTION.min(rows - id) {
                let job = &jobs[id % jobs.len()];
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
                ])?;
                id += 1;
            }
        }
        tx.commit()?;
    }
    conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    Ok(meter.stop(rows))
}
