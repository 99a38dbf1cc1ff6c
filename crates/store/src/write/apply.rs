//! Applying one batch inside the open transaction.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use rusqlite::Connection;

use super::moves::Moves;
use super::users::Users;
use super::words::Words;
use crate::feed::{ChangeKind, Feed, Json, Row};
use crate::prepare::Prepared;
use crate::rollup::Facts;
use crate::{StoreError, Written};

/// What the writer remembers between transactions to spare queries; cleared when one is rolled back.
#[derive(Default)]
pub(super) struct Memory {
    pub(super) words: Words,
    pub(super) users: Users,
}

impl Memory {
    pub(super) fn clear(&mut self) {
        self.words.clear();
        self.users.clear();
    }
}

/// What the transaction must still do before its commit.
#[derive(Default)]
pub(super) struct Pending {
    pub(super) facts: Facts,
    /// Projects whose `latest_*` may have moved.
    pub(super) dirty_projects: BTreeSet<i64>,
    pub(super) moves: Moves,
}

/// A batch being applied.
pub(super) struct Apply<'a> {
    pub(super) batch: &'a Prepared,
    pub(super) conn: &'a Connection,
    /// The writer's clock: unix seconds.
    pub(super) now: i64,
    pub(super) memory: &'a mut Memory,
    pub(super) pending: &'a mut Pending,
    /// Absent when the store keeps no feed.
    pub(super) feed: Option<&'a mut Feed>,
    /// Last number given out in the feed; moves without a feed too.
    pub(super) seq: &'a mut i64,
    pub(super) written: Written,
    /// Rows of sync state that changed.
    pub(super) sync_rows: usize,
}

impl Apply<'_> {
    /// Applies a whole batch; an error leaves it half applied, for the caller to roll back.
    pub(super) fn run(&mut self) -> Result<(), StoreError> {
        let batch = self.batch;
        for project in &batch.projects {
            self.project(project)?;
        }
        let read_at = batch.read_at.unwrap_or(self.now);
        for unit in &batch.units {
            self.unit(unit, read_at)?;
        }
        for pipeline in &batch.gone {
            self.gone(*pipeline, read_at)?;
        }
        for request in &batch.merge_requests {
            self.merge_request(request, read_at)?;
        }
        for commit in &batch.commits {
            self.commit(commit)?;
        }
        for statistics in &batch.statistics {
            self.statistics(statistics, read_at)?;
        }
        for delivery in &batch.delivery {
            self.delivery(delivery)?;
        }
        self.failures(&batch.failures)?;
        for update in &batch.sync {
            self.sync_rows += super::sync::apply(self.conn, update)?;
        }
        self.written.last_seq = *self.seq as u64;
        Ok(())
    }

    /// Records a new version of an entity in the feed.
    pub(super) fn record(
        &mut self,
        kind: ChangeKind,
        entity_id: i64,
        project_id: i64,
        json: Range<usize>,
    ) -> Result<(), StoreError> {
        let json = Json {
            batch: Arc::clone(&self.batch.json),
            range: json,
        };
        self.change(kind, entity_id, project_id, json, false)
    }

    /// Records that GitLab no longer lists an entity; the body holds its keys.
    pub(super) fn tombstone(
        &mut self,
        kind: ChangeKind,
        entity_id: i64,
        project_id: i64,
        json: String,
    ) -> Result<(), StoreError> {
        self.change(kind, entity_id, project_id, json.into_bytes().into(), true)
    }

    fn change(
        &mut self,
        kind: ChangeKind,
        entity_id: i64,
        project_id: i64,
        json: Json,
        deleted: bool,
    ) -> Result<(), StoreError> {
        *self.seq += 1;
        if let Some(feed) = &mut self.feed {
            feed.push(Row {
                seq: *self.seq,
                kind,
                entity_id,
                project_id,
                deleted,
                json,
                dict_id: None,
                body: Vec::new(),
            })?;
        }
        Ok(())
    }
}
