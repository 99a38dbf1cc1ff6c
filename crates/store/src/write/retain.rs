//! Retention: old pipelines and old changes go, a slice at a time, so that writes come in between.

use std::collections::BTreeSet;

use rusqlite::{Connection, TransactionBehavior};

use super::counters::Counters;
use super::forget;
use super::latest;
use super::session::Session;
use crate::rollup::{self, Facts, RollupMode};
use crate::{StoreError, totals};

/// Pipelines deleted per transaction.
const PIPELINES: usize = 500;

/// Changes deleted per transaction.
const CHANGES: usize = 10_000;

/// Ids in `words` of the statuses that end a pipeline: success, failed, canceled, skipped.
const FINISHED: &str = "7, 8, 10, 11";

impl Session {
    /// Deletes some finished pipelines created before (unix seconds), with their jobs and what they counted for.
    /// Returns how many; fewer than a slice means that none are left.
    ///
    /// Rollups go with the rows, because figures must agree with the rows a page can show.
    /// The feed gets no tombstones: the pipelines still exist in GitLab, and consumers keep what they have.
    pub(super) fn retain(&mut self, before: i64) -> Result<u64, StoreError> {
        let mode = self.mode();
        let tx = self
            .conn
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let doomed = doomed(&tx, before)?;
        if doomed.is_empty() {
            return Ok(0);
        }
        let mut facts = Facts::default();
        let mut projects = BTreeSet::new();
        for id in &doomed {
            if let Some((fact, _)) = forget::pipeline(&tx, *id, &mut facts)? {
                projects.insert(fact.project_id);
            }
        }
        if mode == RollupMode::Incremental {
            rollup::apply(&tx, &facts)?;
            totals::apply(&tx, &facts)?;
        }
        latest::refresh(&tx, &projects)?;
        forget::deployments(&tx, before)?;
        super::failures::forget_green(&tx, before)?;
        // A number without a row: readers that cache by the data's generation must see that rows went.
        let (generation, seq) = (self.generation + 1, self.seq + 1);
        Counters::save(&tx, generation, seq)?;
        tx.commit()?;
        self.generation = generation;
        self.seq = seq;
        self.counters.publish(generation, seq);
        Ok(doomed.len() as u64)
    }

    /// Deletes some changes recorded before (unix seconds); returns how many, fewer than a slice when none are left.
    pub(super) fn retain_changes(&mut self, before: i64) -> Result<u64, StoreError> {
        // Numbers and times ascend together, so the rows to delete are the first ones.
        let deleted = self.conn.execute(
            "DELETE FROM changes WHERE recorded_at < ?1
               AND seq IN (SELECT seq FROM changes ORDER BY seq LIMIT ?2)",
            (before, CHANGES as i64),
        )?;
        Ok(deleted as u64)
    }
}

fn doomed(conn: &Connection, before: i64) -> Result<Vec<i64>, StoreError> {
    let mut select = conn.prepare_cached(&format!(
        "SELECT id FROM pipelines WHERE created_at < ?1 AND status IN ({FINISHED}) ORDER BY created_at LIMIT ?2"
    ))?;
    let ids = select
        .query_map((before, PIPELINES as i64), |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    Ok(ids)
}
