//! Groups of failures.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::Timestamp;
use rusqlite::OptionalExtension;
use serde::Serialize;

use super::issues::LinkedIssue;
use super::nights::{IssueFilter, QUIET};
use super::{Roots, Words};
use crate::{AuditRow, GroupId, Reader, SignatureKey, StoreError};

const DAY: i64 = 86_400;

/// Rows of the audit trail looked through for those about one subject.
const AUDIT: usize = 1000;

/// Which groups are meant, and in what order.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupFilter {
    /// The present.
    pub now: Timestamp,
    /// Failures of so many days count.
    pub days: u16,
    /// Kind of failure; absent for all.
    pub category: Option<String>,
    /// Whether they have an issue.
    pub issue: IssueFilter,
    /// Text in the pattern or title.
    pub text: Option<String>,
    /// Whether groups that are muted now are left out.
    pub without_muted: bool,
    /// Order.
    pub sort: GroupSort,
    /// Rows left out at the beginning.
    pub offset: usize,
    /// At most so many rows.
    pub limit: usize,
}

impl GroupFilter {
    /// The groups of the last 30 days that matter most.
    pub fn new(now: Timestamp) -> Self {
        Self {
            now,
            days: 30,
            category: None,
            issue: IssueFilter::Any,
            text: None,
            without_muted: false,
            sort: GroupSort::default(),
            offset: 0,
            limit: 100,
        }
    }
}

/// Order of groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum GroupSort {
    /// Failures times projects, twice that for a group that is new or came back.
    #[default]
    Impact,
    /// Most failures first.
    Failures,
    /// Most projects first.
    Projects,
    /// Seen last first.
    LastSeen,
    /// Newest group first.
    FirstSeen,
}

/// A group of failures.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GroupRow {
    /// Its id.
    pub id: GroupId,
    /// The group a question for another id was answered with: that one went into this.
    pub merged: Vec<GroupId>,
    /// What its failures have in common.
    pub pattern: String,
    /// Its name, if people gave it one.
    pub title: Option<String>,
    /// Kind of failure, as people say, else as computed.
    pub category: String,
    /// Who can mend it.
    pub whose: String,
    /// When its first failure was created.
    pub first_seen: Timestamp,
    /// When its newest failure was created.
    pub last_seen: Timestamp,
    /// Not to be shown as something to do until then.
    pub muted_until: Option<Timestamp>,
    /// Failures in the days asked for, retried ones too.
    pub failures: u32,
    /// Projects they were in.
    pub projects: u32,
    /// Failures that a newer run replaced.
    pub retried: u32,
    /// Failures per day in UTC, oldest first: as many as days were asked for.
    pub per_day: Vec<u32>,
    /// It was seen again after 14 days without, or after its issue was closed.
    pub came_back: bool,
    /// It was first seen within the last day.
    pub is_new: bool,
    /// Its issues, the one to show first.
    pub issues: Vec<LinkedIssue>,
    /// The patterns in it; only where one group is asked for.
    pub signatures: Vec<GroupSignature>,
}

/// A pattern that belongs to a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GroupSignature {
    /// Its identity: version and 32 hexadecimal digits, as [`SignatureKey::parse`](crate::SignatureKey) reads them.
    pub key: String,
    /// Masked headline.
    pub pattern: String,
    /// `exact`, `fuzzy` or `manual`.
    pub how: String,
    /// Failures stored.
    pub failures: u32,
}

/// Failures of a group, counted.
#[derive(Default)]
struct Counts {
    failures: u32,
    retried: u32,
    projects: HashSet<i64>,
    per_day: BTreeMap<i64, u32>,
}

impl Reader<'_> {
    /// A group, with all that went into it; `None` if there is none with this id. Days count back from now.
    pub fn group(
        &self,
        id: GroupId,
        now: Timestamp,
        days: u16,
    ) -> Result<Option<GroupRow>, StoreError> {
        let roots = self.roots()?;
        let root = roots.of(id.0);
        let members = roots.members(root);
        let since = now.as_second() - i64::from(days) * DAY;
        let mut counts = Counts::default();
        let mut statement = self.conn.prepare_cached(
            "SELECT created_at, project_id, flags FROM failed_jobs INDEXED BY failed_jobs_by_group
             WHERE group_id = ?1 AND created_at >= ?2",
        )?;
        for member in &members {
            let mut rows = statement.query((member, since))?;
            while let Some(row) = rows.next()? {
                counts.add(row.get(0)?, row.get(1)?, row.get(2)?);
            }
        }
        let links = self.group_links(Some(&members))?;
        let links = links.into_iter().map(|(_, link)| link).collect();
        let mut words = Words::default();
        let Some(mut row) =
            self.group_row(root, &roots, &counts, links, &mut words, (now, days))?
        else {
            return Ok(None);
        };
        row.signatures = self.signatures_of(&members)?;
        Ok(Some(row))
    }

    /// Groups seen in the days of a filter, in its order; and how many there are.
    pub fn groups(&self, filter: &GroupFilter) -> Result<(Vec<GroupRow>, usize), StoreError> {
        let roots = self.roots()?;
        let since = filter.now.as_second() - i64::from(filter.days) * DAY;
        let mut counts: HashMap<i64, Counts> = HashMap::new();
        let mut statement = self.conn.prepare_cached(
            "SELECT group_id, created_at, project_id, flags FROM failed_jobs INDEXED BY failed_jobs_by_group
             WHERE group_id IN (SELECT id FROM failure_groups WHERE last_seen >= ?1) AND created_at >= ?1",
        )?;
        let mut rows = statement.query([since])?;
        while let Some(row) = rows.next()? {
            let root = roots.of(row.get(0)?);
            counts
                .entry(root)
                .or_default()
                .add(row.get(1)?, row.get(2)?, row.get(3)?);
        }
        let mut links: HashMap<i64, Vec<LinkedIssue>> = HashMap::new();
        for (group, link) in self.group_links(None)? {
            links.entry(roots.of(group)).or_default().push(link);
        }
        let mut words = Words::default();
        let mut found = Vec::new();
        let text = filter.text.as_ref().map(|text| text.to_lowercase());
        for (root, counts) in &counts {
            let issues = links.remove(root).unwrap_or_default();
            let when = (filter.now, filter.days);
            let Some(row) = self.group_row(*root, &roots, counts, issues, &mut words, when)? else {
                continue;
            };
            let muted = row.muted_until.is_some_and(|until| until > filter.now);
            let named = |text: &String| {
                row.pattern.to_lowercase().contains(text)
                    || row
                        .title
                        .as_ref()
                        .is_some_and(|title| title.to_lowercase().contains(text))
            };
            let linked = match &filter.issue {
                IssueFilter::Any => true,
                IssueFilter::Linked => !row.issues.is_empty(),
                IssueFilter::Unlinked => row.issues.is_empty(),
                IssueFilter::Is(key) => row.issues.iter().any(|link| link.key == *key),
            };
            if linked
                && !(muted && filter.without_muted)
                && filter
                    .category
                    .as_ref()
                    .is_none_or(|name| *name == row.category)
                && text.as_ref().is_none_or(named)
            {
                found.push(row);
            }
        }
        let total = found.len();
        found.sort_by_key(|row| {
            let weight = if row.is_new || row.came_back { 2 } else { 1 };
            let key = match filter.sort {
                GroupSort::Impact => i64::from(row.failures) * i64::from(row.projects) * weight,
                GroupSort::Failures => row.failures.into(),
                GroupSort::Projects => row.projects.into(),
                GroupSort::LastSeen => row.last_seen.as_second(),
                GroupSort::FirstSeen => row.first_seen.as_second(),
            };
            (std::cmp::Reverse(key), row.id)
        });
        let rows = found.into_iter().skip(filter.offset).take(filter.limit);
        Ok((rows.collect(), total))
    }

    /// The newest rows of the audit trail; with `before`, those before that row.
    pub fn audit(&self, before: Option<i64>, limit: usize) -> Result<Vec<AuditRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, at, actor, action, subject, detail, undone_by FROM audit WHERE id < ?1
             ORDER BY id DESC LIMIT ?2",
        )?;
        let mut rows = statement.query((before.unwrap_or(i64::MAX), limit as i64))?;
        let mut audit = Vec::new();
        while let Some(row) = rows.next()? {
            let detail: String = row.get(5)?;
            audit.push(AuditRow {
                id: row.get(0)?,
                at: crate::read::column::time(row, 1)?,
                actor: row.get(2)?,
                action: row.get(3)?,
                subject: row.get(4)?,
                detail: super::json(&detail, "a row of the audit trail")?,
                undone_by: row.get(6)?,
            });
        }
        Ok(audit)
    }

    /// Rows of the audit trail about one subject, such as `job 7`, newest first.
    pub fn audit_about(&self, subject: &str, limit: usize) -> Result<Vec<AuditRow>, StoreError> {
        let mut rows = self.audit(None, AUDIT)?;
        rows.retain(|row| row.subject.split(", ").any(|one| one == subject));
        rows.truncate(limit);
        Ok(rows)
    }

    fn group_row(
        &self,
        root: i64,
        roots: &Roots,
        counts: &Counts,
        mut issues: Vec<LinkedIssue>,
        words: &mut Words,
        (now, days): (Timestamp, u16),
    ) -> Result<Option<GroupRow>, StoreError> {
        let members = roots.members(root);
        let mut statement = self.conn.prepare_cached(
            "SELECT pattern, title, category, whose, first_seen, last_seen, muted_until FROM failure_groups WHERE id = ?1",
        )?;
        let mut own: Option<GroupRow> = None;
        let mut seen: Option<(i64, i64)> = None;
        for member in &members {
            let mut rows = statement.query([member])?;
            let Some(row) = rows.next()? else { continue };
            let (first, last): (i64, i64) = (row.get(4)?, row.get(5)?);
            seen = Some(seen.map_or((first, last), |(a, b)| (a.min(first), b.max(last))));
            if *member != root {
                continue;
            }
            let time = crate::read::column::time_or_none(row, 6)?;
            own = Some(GroupRow {
                id: GroupId(root),
                merged: members
                    .iter()
                    .filter(|id| **id != root)
                    .map(|id| GroupId(*id))
                    .collect(),
                pattern: row.get(0)?,
                title: row.get(1)?,
                category: words.text(self, row.get(2)?)?,
                whose: words.text(self, row.get(3)?)?,
                first_seen: crate::read::column::time(row, 4)?,
                last_seen: crate::read::column::time(row, 5)?,
                muted_until: time,
                failures: counts.failures,
                projects: counts.projects.len() as u32,
                retried: counts.retried,
                per_day: counts.days(now, days),
                came_back: false,
                is_new: false,
                issues: Vec::new(),
                signatures: Vec::new(),
            });
        }
        let (Some(mut row), Some((first, last))) = (own, seen) else {
            return Ok(None);
        };
        let time = |at: i64| Timestamp::from_second(at).unwrap_or(Timestamp::UNIX_EPOCH);
        (row.first_seen, row.last_seen) = (time(first), time(last));
        row.is_new = now.as_second() - first < DAY;
        row.came_back = self.came_back(&members, last, &issues)?;
        for member in &members {
            let said: Option<(Option<i64>, Option<i64>)> = self
                .conn
                .prepare_cached(
                    "SELECT category, whose FROM judgements WHERE group_id = ?1 AND removed_at IS NULL
                     ORDER BY id DESC LIMIT 1",
                )?
                .query_row([member], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?;
            if let Some((category, whose)) = said {
                row.category = words.optional(self, category)?.unwrap_or(row.category);
                row.whose = words.optional(self, whose)?.unwrap_or(row.whose);
            }
        }
        issues.sort_by_key(|link| {
            (
                link.state.as_deref() == Some("closed"),
                std::cmp::Reverse(link.at),
            )
        });
        row.issues = issues;
        Ok(Some(row))
    }

    /// Whether the newest failures followed on a long quiet, or on the close of the issue.
    fn came_back(
        &self,
        members: &[i64],
        last: i64,
        issues: &[LinkedIssue],
    ) -> Result<bool, StoreError> {
        let all_closed = !issues.is_empty()
            && issues.iter().all(|link| {
                link.closed_at
                    .is_some_and(|closed| closed.as_second() < last)
            });
        if all_closed {
            return Ok(true);
        }
        let mut before: Option<i64> = None;
        for member in members {
            let at: Option<i64> = self
                .conn
                .prepare_cached(
                    "SELECT max(created_at) FROM failed_jobs INDEXED BY failed_jobs_by_group
                     WHERE group_id = ?1 AND created_at < ?2",
                )?
                .query_row((member, last - DAY), |row| row.get(0))?;
            before = before.max(at);
        }
        Ok(before.is_some_and(|before| last - DAY - before > QUIET))
    }

    fn signatures_of(&self, members: &[i64]) -> Result<Vec<GroupSignature>, StoreError> {
        let mut counts: HashMap<(u16, u128), u32> = HashMap::new();
        let mut found = Vec::new();
        for member in members {
            let mut statement = self.conn.prepare_cached(
                "SELECT r.signature_version, r.signature, count(*) FROM failed_jobs f INDEXED BY failed_jobs_by_group
                 JOIN reasons r ON r.job_id = f.job_id WHERE f.group_id = ?1 GROUP BY 1, 2",
            )?;
            let mut rows = statement.query([member])?;
            while let Some(row) = rows.next()? {
                let count: u32 = row.get(2)?;
                *counts
                    .entry((row.get(0)?, hash(&row.get::<_, Vec<u8>>(1)?)))
                    .or_default() += count;
            }
            let mut statement = self.conn.prepare_cached(
                "SELECT version, hash, pattern, how FROM signatures INDEXED BY signatures_by_group WHERE group_id = ?1",
            )?;
            let mut rows = statement.query([member])?;
            while let Some(row) = rows.next()? {
                let key = SignatureKey {
                    version: row.get(0)?,
                    hash: hash(&row.get::<_, Vec<u8>>(1)?),
                };
                found.push((key, row.get(2)?, row.get(3)?));
            }
        }
        let mut signatures: Vec<GroupSignature> = found
            .into_iter()
            .map(|(key, pattern, how)| GroupSignature {
                key: key.to_string(),
                pattern,
                how,
                failures: counts.get(&(key.version, key.hash)).copied().unwrap_or(0),
            })
            .collect();
        signatures.sort_by(|a, b| b.failures.cmp(&a.failures).then_with(|| a.key.cmp(&b.key)));
        Ok(signatures)
    }
}

impl Counts {
    fn add(&mut self, at: i64, project: i64, flags: i64) {
        self.failures += 1;
        self.retried += u32::from(flags & 2 != 0);
        self.projects.insert(project);
        *self.per_day.entry(at.div_euclid(DAY)).or_default() += 1;
    }

    fn days(&self, now: Timestamp, days: u16) -> Vec<u32> {
        let last = now.as_second().div_euclid(DAY);
        (last - i64::from(days) + 1..=last)
            .map(|day| self.per_day.get(&day).copied().unwrap_or(0))
            .collect()
    }
}

/// The number of a stored hash; 0 for what is none.
pub(super) fn hash(bytes: &[u8]) -> u128 {
    bytes.try_into().map_or(0, u128::from_be_bytes)
}
