//! What rollups cost: kept exact at every commit against not kept at all, and counted anew against one scan of the rows.

use std::path::Path;
use std::time::Instant;

use anyhow::Result;
use labtower_store::{RollupMode, Store};
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};

use super::{meter, open, round2, write_all};

/// Stores the rows in both modes in each round and reports medians.
pub(crate) fn run(args: &super::Args) -> Result<Value> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let (mut kept, mut deferred, mut anew) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..args.rounds.max(1) {
        let folder = tempfile::tempdir()?;
        let store = open(args, &folder.path().join("kept.db"))?;
        kept.push(runtime.block_on(write_all(args, &store, 0))?);
        store.close();

        let path = folder.path().join("deferred.db");
        let store = open(args, &path)?;
        runtime.block_on(store.set_rollup_mode(RollupMode::Deferred))?;
        deferred.push(runtime.block_on(write_all(args, &store, 0))?);
        anew.push(runtime.block_on(counted_anew(&store, &path))?);
        store.close();
    }
    let (kept, deferred) = (meter::median(&kept), meter::median(&deferred));
    anew.sort_by(|a: &Anew, b| a.scans().total_cmp(&b.scans()));
    let anew = &anew[anew.len() / 2];
    Ok(json!({
        "bench": "rollup",
        "rows": args.pipelines * (args.jobs + 1),
        "none": { "rows_per_second": deferred.wall.round() },
        "kept": {
            "rows_per_second": kept.wall.round(),
            "ratio": round2(kept.wall / deferred.wall),
            "cpu_ratio": round2(kept.cpu / deferred.cpu),
        },
        "anew": {
            "seconds": anew.seconds,
            "scan_seconds": anew.scan_seconds,
            "scans": round2(anew.scans()),
        },
    }))
}

/// Counting everything once.
struct Anew {
    seconds: f64,
    /// Reading every pipeline and job once, in order.
    scan_seconds: f64,
}

impl Anew {
    fn scans(&self) -> f64 {
        self.seconds / self.scan_seconds
    }
}

async fn counted_anew(store: &Store, path: &Path) -> Result<Anew> {
    let started = Instant::now();
    store.set_rollup_mode(RollupMode::Incremental).await?;
    let seconds = started.elapsed().as_secs_f64();
    let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let started = Instant::now();
    for table in ["pipelines", "jobs"] {
        let sql = format!("SELECT count(*), sum(duration) FROM {table} NOT INDEXED");
        conn.query_row(&sql, [], |row| row.get::<_, i64>(0))?;
    }
    Ok(Anew {
        seconds,
        scan_seconds: started.elapsed().as_secs_f64(),
    })
}
