//! What is remarkable about a group's failures in a night: never seen before, or back again.

use std::collections::HashMap;

use rusqlite::OptionalExtension;

use super::Roots;
use super::nights::{Mark, QUIET};
use crate::{Reader, StoreError};

/// Marks of groups and nights, each looked up once.
pub(super) struct Marks<'q> {
    roots: &'q Roots,
    /// When the last of its issues was closed, of groups with a closed issue: unix seconds.
    closed: HashMap<i64, i64>,
    /// When it was seen first: unix seconds.
    first_seen: HashMap<i64, Option<i64>>,
    /// By group and beginning of the night.
    known: HashMap<(i64, i64), Option<Mark>>,
}

impl<'q> Marks<'q> {
    /// No marks yet.
    pub(super) fn new(reader: &Reader<'_>, roots: &'q Roots) -> Result<Self, StoreError> {
        let mut closed: HashMap<i64, i64> = HashMap::new();
        let mut statement = reader.conn.prepare_cached(
            "SELECT l.group_id, i.closed_at FROM issue_links l
             JOIN issues i ON i.project_path = l.project_path AND i.iid = l.iid
             WHERE l.group_id IS NOT NULL AND l.removed_at IS NULL AND i.state = 'closed' AND i.closed_at IS NOT NULL",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let at: i64 = row.get(1)?;
            let last = closed.entry(roots.of(row.get(0)?)).or_insert(at);
            *last = at.max(*last);
        }
        Ok(Self {
            roots,
            closed,
            first_seen: HashMap::new(),
            known: HashMap::new(),
        })
    }

    /// The mark of a group in a night that begins then (unix seconds).
    pub(super) fn of(
        &mut self,
        reader: &Reader<'_>,
        group: i64,
        begins: i64,
    ) -> Result<Option<Mark>, StoreError> {
        if let Some(mark) = self.known.get(&(group, begins)) {
            return Ok(*mark);
        }
        let mark = self.find(reader, group, begins)?;
        self.known.insert((group, begins), mark);
        Ok(mark)
    }

    fn find(
        &mut self,
        reader: &Reader<'_>,
        group: i64,
        begins: i64,
    ) -> Result<Option<Mark>, StoreError> {
        let members = self.roots.members(group);
        let first = if let Some(first) = self.first_seen.get(&group) {
            *first
        } else {
            let mut first: Option<i64> = None;
            let mut statement = reader
                .conn
                .prepare_cached("SELECT first_seen FROM failure_groups WHERE id = ?1")?;
            for member in &members {
                let at: Option<i64> = statement.query_row([member], |row| row.get(0)).optional()?;
                first = match (first, at) {
                    (Some(a), Some(b)) => Some(a.min(b)),
                    (a, b) => a.or(b),
                };
            }
            self.first_seen.insert(group, first);
            first
        };
        // Kept with the group, because retention may have deleted what was seen first.
        let Some(first) = first.filter(|first| *first < begins) else {
            return Ok(Some(Mark::New));
        };
        let mut statement = reader.conn.prepare_cached(
            "SELECT max(created_at) FROM failed_jobs INDEXED BY failed_jobs_by_group
             WHERE group_id = ?1 AND created_at < ?2",
        )?;
        let mut last = first;
        for member in &members {
            let at: Option<i64> = statement.query_row([*member, begins], |row| row.get(0))?;
            last = last.max(at.unwrap_or(first));
        }
        // After a close, the first night counts: what failed before is another matter.
        let closed = self.closed.get(&group);
        let back = begins - last > QUIET
            || closed.is_some_and(|closed| *closed < begins && last <= *closed);
        Ok(back.then_some(Mark::CameBack))
    }
}
