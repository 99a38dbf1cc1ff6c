//! The writer's connection and what it knows: one transaction at a time.

use std::sync::Arc;

use labtower_model::Clock;
use rusqlite::{Connection, TransactionBehavior};

use super::apply::{Apply, Memory, Pending};
use super::counters::Counters;
use super::latest;
use crate::feed::{Compressor, Dictionary, Feed};
use crate::lock::Lock;
use crate::prepare::Prepared;
use crate::rollup::{self, RollupMode};
use crate::{StoreError, Written, totals};

/// The writer's connection and what it knows.
pub(crate) struct Session {
    pub(super) conn: Connection,
    clock: Arc<dyn Clock>,
    pub(super) counters: Arc<Counters>,
    memory: Memory,
    feed: Option<Feed>,
    pub(super) generation: i64,
    pub(super) seq: i64,
    mode: RollupMode,
    /// Released last.
    _lock: Option<Lock>,
}

impl Session {
    /// Takes over a migrated connection and the lock of its file.
    pub(crate) fn new(
        conn: Connection,
        lock: Option<Lock>,
        feed: bool,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StoreError> {
        let (generation, seq) = Counters::load(&conn)?;
        let counters = Arc::new(Counters::default());
        counters.publish(generation, seq);
        let feed = if feed {
            let dictionary = Dictionary::newest(&conn)?;
            Some(Feed::new(Compressor::start(dictionary)?))
        } else {
            None
        };
        let mode = RollupMode::load(&conn)?;
        Ok(Self {
            conn,
            clock,
            counters,
            memory: Memory::default(),
            feed,
            generation,
            seq,
            mode,
            _lock: lock,
        })
    }

    /// The counters this session moves.
    pub(crate) fn counters(&self) -> Arc<Counters> {
        Arc::clone(&self.counters)
    }

    /// The connection that writes.
    pub(crate) fn connection(&self) -> &Connection {
        &self.conn
    }

    /// Applies batches in one transaction; returns one answer each, in order.
    ///
    /// When that fails, each is tried alone, so that a bad one fails alone. Failures are rare, and a savepoint
    /// per batch would copy every page it touches.
    pub(crate) fn commit(&mut self, batches: &[Prepared]) -> Vec<Result<Written, StoreError>> {
        match self.try_commit(batches) {
            Ok(answers) => answers.into_iter().map(Ok).collect(),
            Err(error) if batches.len() == 1 => {
                self.forget();
                vec![Err(error)]
            }
            Err(_) => {
                self.forget();
                let alone = |batch| self.commit(std::slice::from_ref(batch));
                batches.iter().flat_map(alone).collect()
            }
        }
    }

    fn try_commit(&mut self, batches: &[Prepared]) -> Result<Vec<Written>, StoreError> {
        self.take_dictionary()?;
        let now = self.clock.now().as_second();
        let tx = self
            .conn
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut pending = Pending::default();
        let mut seq = self.seq;
        let mut sync_rows = 0;
        let mut answers = Vec::with_capacity(batches.len());
        for batch in batches {
            let mut apply = Apply {
                batch,
                conn: &tx,
                now,
                memory: &mut self.memory,
                pending: &mut pending,
                feed: self.feed.as_mut(),
                seq: &mut seq,
                written: Written::default(),
                sync_rows: 0,
            };
            apply.run()?;
            sync_rows += apply.sync_rows;
            answers.push(apply.written);
        }
        let generation = self.generation + i64::from(seq != self.seq || sync_rows > 0);
        if generation != self.generation {
            if self.mode == RollupMode::Incremental {
                rollup::apply(&tx, &pending.facts)?;
                totals::apply(&tx, &pending.facts)?;
            }
            latest::refresh(&tx, &pending.dirty_projects)?;
            pending.moves.save(&tx, generation)?;
            // Last, because the feed's thread needs time to compress.
            if let Some(feed) = &mut self.feed {
                feed.flush(&tx, now)?;
            }
            Counters::save(&tx, generation, seq)?;
        }
        tx.commit()?;
        self.generation = generation;
        self.seq = seq;
        self.counters.publish(generation, seq);
        Ok(answers)
    }

    /// Counts all rollups anew and sets the mode, in one transaction.
    pub(crate) fn set_mode(&mut self, mode: RollupMode, rebuild: bool) -> Result<(), StoreError> {
        let tx = self
            .conn
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        if rebuild {
            rollup::rebuild(&tx)?;
            totals::rebuild(&tx)?;
        }
        mode.save(&tx)?;
        let generation = self.generation + 1;
        Counters::save(&tx, generation, self.seq)?;
        tx.commit()?;
        self.mode = mode;
        self.generation = generation;
        self.counters.publish(generation, self.seq);
        Ok(())
    }

    /// The writer's clock: unix seconds.
    pub(super) fn now(&self) -> i64 {
        self.clock.now().as_second()
    }

    /// Whether rollups follow every write.
    pub(crate) fn mode(&self) -> RollupMode {
        self.mode
    }

    /// Copies the log back into the file, so that the file alone is complete.
    pub(crate) fn checkpoint(&self) {
        let result = self
            .conn
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        if let Err(error) = result {
            tracing::warn!(%error, "failed to checkpoint the database");
        }
    }

    /// Stores a dictionary that was trained meanwhile, and uses it from then on.
    fn take_dictionary(&mut self) -> Result<(), StoreError> {
        let Some(feed) = &self.feed else {
            return Ok(());
        };
        if let Some(body) = feed.compressor().trained() {
            let dictionary = Dictionary::insert(&self.conn, body)?;
            feed.compressor().switch(dictionary)?;
        }
        Ok(())
    }

    /// Drops what an aborted transaction left in memory.
    fn forget(&mut self) {
        self.memory.clear();
        if let Some(feed) = &mut self.feed {
            feed.clear();
        }
    }
}
