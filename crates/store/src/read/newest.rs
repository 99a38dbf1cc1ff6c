//! The newest rows of a list that satisfy all conditions.
//!
//! Each index gives rows newest first under one condition; the others are checked row by row. Which index gets
//! there first depends on the data (a rare status, a quiet project), so they race: each may look at a few
//! thousand rows, then each at more, until one has filled the page or has no rows left. The winner is at worst a
//! few times slower than the best index alone, without statistics that could be wrong.

use std::collections::{BinaryHeap, VecDeque};

use rusqlite::{Connection, Row};

use super::{Page, column};
use crate::StoreError;

/// Rows each index may look at in the first round.
const FIRST_BUDGET: usize = 2000;

/// What one seek costs, in rows read in sequence.
const SEEK: usize = 10;

/// Most rows fetched at once.
const LARGEST_CHUNK: usize = 1024;

/// A row as the index gives it, in ids; 0 for none.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate {
    pub(super) created_at: i64,
    pub(super) id: i64,
    pub(super) project_id: i64,
    pub(super) reference: i64,
    pub(super) status: i64,
    pub(super) source: i64,
    pub(super) name: i64,
    pub(super) stage: i64,
    pub(super) failure_reason: i64,
}

impl Candidate {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            created_at: row.get(0)?,
            id: row.get(1)?,
            project_id: row.get(2)?,
            reference: column::id_or_zero(row, 3)?,
            status: row.get(4)?,
            source: column::id_or_zero(row, 5)?,
            name: column::id_or_zero(row, 6)?,
            stage: column::id_or_zero(row, 7)?,
            failure_reason: column::id_or_zero(row, 8)?,
        })
    }
}

/// The part of the list wanted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    /// Earliest `created_at`, inclusive.
    pub(super) lo: i64,
    /// `created_at` and id that rows must come after in the list.
    pub(super) before: (i64, i64),
    pub(super) limit: usize,
}

/// One index, walked under each of some keys (projects, refs, statuses) and merged by time.
pub(super) struct Walk {
    sql: String,
    streams: Vec<Stream>,
    heap: BinaryHeap<(i64, i64, usize)>,
    found: Vec<i64>,
    looked_at: usize,
    started: bool,
}

/// The rows under one key.
struct Stream {
    key: i64,
    buffer: VecDeque<Candidate>,
    before: (i64, i64),
    chunk: usize,
    exhausted: bool,
}

impl Walk {
    /// Walks `sql`, which selects a [`Candidate`]'s columns, newest first, by parameters 1 earliest time,
    /// 2 and 3 time and id to come after, 4 limit, 5 key.
    pub(super) fn new(sql: String, keys: &[i64], window: Window) -> Self {
        let chunk = (window.limit / keys.len().max(1)).clamp(4, LARGEST_CHUNK / 4);
        let streams = keys
            .iter()
            .map(|key| Stream {
                key: *key,
                buffer: VecDeque::new(),
                before: window.before,
                chunk,
                exhausted: false,
            })
            .collect();
        Self {
            sql,
            streams,
            heap: BinaryHeap::new(),
            found: Vec::new(),
            looked_at: 0,
            started: false,
        }
    }

    /// Goes on until `budget` rows have been looked at in all; tells whether the page is complete.
    fn advance(
        &mut self,
        conn: &Connection,
        window: Window,
        budget: usize,
        holds: &impl Fn(&Candidate) -> bool,
    ) -> Result<bool, StoreError> {
        if !self.started {
            if self.streams.len() * SEEK > budget {
                return Ok(false);
            }
            self.started = true;
            for index in 0..self.streams.len() {
                self.refill(conn, window, index)?;
            }
        }
        while self.found.len() < window.limit {
            if self.looked_at >= budget {
                return Ok(false);
            }
            let Some((_, _, index)) = self.heap.pop() else {
                return Ok(true);
            };
            let stream = &mut self.streams[index];
            if let Some(candidate) = stream.buffer.pop_front()
                && holds(&candidate)
            {
                self.found.push(candidate.id);
            }
            self.looked_at += 1;
            match stream.buffer.front() {
                Some(next) => self.heap.push((next.created_at, next.id, index)),
                None => self.refill(conn, window, index)?,
            }
        }
        Ok(true)
    }

    /// Fetches the next rows of a stream and puts the first on the heap.
    fn refill(
        &mut self,
        conn: &Connection,
        window: Window,
        index: usize,
    ) -> Result<(), StoreError> {
        let stream = &mut self.streams[index];
        if stream.exhausted {
            return Ok(());
        }
        let mut statement = conn.prepare_cached(&self.sql)?;
        let (at, id) = stream.before;
        let rows = statement.query_map(
            (window.lo, at, id, stream.chunk as i64, stream.key),
            Candidate::read,
        )?;
        for candidate in rows {
            stream.buffer.push_back(candidate?);
        }
        stream.exhausted = stream.buffer.len() < stream.chunk;
        stream.chunk = (stream.chunk * 2).min(LARGEST_CHUNK);
        if let Some(last) = stream.buffer.back() {
            stream.before = (last.created_at, last.id);
        }
        if let Some(first) = stream.buffer.front() {
            self.heap.push((first.created_at, first.id, index));
        }
        self.looked_at += SEEK;
        Ok(())
    }
}

/// Ids of the newest rows that satisfy `holds`, newest first. Each walk must reach every such row.
pub(super) fn newest(
    conn: &Connection,
    mut walks: Vec<Walk>,
    window: Window,
    holds: impl Fn(&Candidate) -> bool,
) -> Result<Vec<i64>, StoreError> {
    let mut budget = FIRST_BUDGET;
    loop {
        for walk in &mut walks {
            if walk.advance(conn, window, budget, &holds)? {
                return Ok(std::mem::take(&mut walk.found));
            }
        }
        budget = budget.saturating_mul(4);
    }
}

impl Window {
    /// The page of a list whose times run from `lo` to `hi`, both inclusive.
    pub(super) fn of(lo: i64, hi: i64, page: &Page) -> Self {
        let end = (hi, i64::MAX);
        let before = page
            .before
            .map_or(end, |(at, id)| end.min((at.as_second(), id)));
        Self {
            lo,
            before,
            limit: page.limit,
        }
    }
}
