//! How well failures are explained.

use std::collections::HashMap;

use jiff::Timestamp;
use rusqlite::OptionalExtension;
use serde::Serialize;

use crate::read::column;
use crate::{Reader, StoreError};

/// How well the failures of some days are explained.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct FailureHealth {
    /// Failed jobs, retried ones too.
    pub failed_jobs: u64,
    /// Failed jobs with a reason.
    pub explained: u64,
    /// Failed jobs whose log waits to be read.
    pub waiting: u64,
    /// Failed jobs whose log could not be read yet, and is tried again.
    pub trying: u64,
    /// Failed jobs with a reason of kind `unknown`.
    pub unknown: u64,
    /// How many reasons came from what, by kind: `parser`, `rule`, ...
    pub by_decider: Vec<(String, u64)>,
    /// How many logs were read, not shown, gone, ..., by [`TraceState`](crate::TraceState).
    pub by_trace: Vec<(String, u64)>,
    /// How many failures there are of each kind; `unexplained` for those without a reason.
    pub by_category: Vec<(String, u64)>,
    /// How many reasons each version of the explainer gave.
    pub by_version: Vec<(String, u64)>,
    /// The version that works now; absent before the first pass.
    pub version: Option<String>,
    /// The oldest failure that waits.
    pub oldest_waiting: Option<Timestamp>,
    /// The last error of reading a log.
    pub last_error: Option<String>,
    /// What people said was wrong, not taken back.
    pub said_wrong: u64,
    /// What people said was wrong, by what had decided so, most first: name, wrong ones, and reasons it gives now.
    pub wrong_by_decider: Vec<WrongReasons>,
    /// Groups that stand for themselves.
    pub groups: u64,
    /// Groups of those with an issue.
    pub groups_with_issue: u64,
}

/// Reasons of one parser or rule that people called wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct WrongReasons {
    /// `rule`, `parser`, ...
    pub kind: String,
    /// Name of the rule or parser.
    pub name: String,
    /// Called wrong, not taken back.
    pub wrong: u64,
    /// Reasons it gives now.
    pub reasons: u64,
}

impl Reader<'_> {
    /// How well failures of jobs created since then are explained.
    pub fn failure_health(&self, since: Timestamp) -> Result<FailureHealth, StoreError> {
        let since = since.as_second();
        let [mut by_category, by_decider, by_trace, by_version] = self.reasons_by_kind(since)?;
        let one = |sql: &str| -> Result<u64, StoreError> {
            let mut statement = self.conn.prepare_cached(sql)?;
            let params = statement.parameter_count();
            let count: i64 = if params == 0 {
                statement.query_row([], |row| row.get(0))?
            } else {
                statement.query_row([since], |row| row.get(0))?
            };
            Ok(count as u64)
        };
        let failed_jobs = one(
            "SELECT count(*) FROM jobs INDEXED BY jobs_failed WHERE status = 8 AND created_at >= ?1",
        )?;
        let (trying, last_error) = self
            .conn
            .prepare_cached(
                "SELECT count(*), (SELECT error FROM trace_tries ORDER BY next_at DESC LIMIT 1) FROM trace_tries",
            )?
            .query_row([], |row| Ok((column::count(row, 0)?, row.get(1)?)))?;
        let (waiting, oldest) = self
            .conn
            .prepare_cached(
                "SELECT count(*), min(created_at) FROM failed_jobs INDEXED BY failed_jobs_unexplained
                 WHERE category IS NULL AND job_id > 0 AND created_at >= ?1",
            )?
            .query_row([since], |row| {
                Ok((column::count(row, 0)?, column::time_or_none(row, 1)?))
            })?;
        let unexplained = waiting;
        if unexplained > 0 {
            by_category.push(("unexplained".to_owned(), unexplained));
        }
        let unknown = by_category
            .iter()
            .find(|(name, _)| name == "unknown")
            .map_or(0, |(_, count)| *count);
        Ok(FailureHealth {
            failed_jobs,
            explained: by_decider.iter().map(|(_, count)| count).sum(),
            waiting,
            trying,
            unknown,
            by_decider,
            by_trace,
            by_category,
            by_version,
            version: self
                .conn
                .prepare_cached("SELECT value FROM meta WHERE key = 'explainer_version'")?
                .query_row([], |row| row.get(0))
                .optional()?,
            oldest_waiting: oldest,
            last_error,
            said_wrong: one("SELECT count(*) FROM judgements WHERE wrong AND removed_at IS NULL")?,
            wrong_by_decider: self.wrong_reasons()?,
            groups: one("SELECT count(*) FROM failure_groups WHERE merged_into IS NULL")?,
            groups_with_issue: one(
                "SELECT count(DISTINCT group_id) FROM issue_links INDEXED BY issue_links_by_group
                 WHERE group_id IS NOT NULL AND removed_at IS NULL",
            )?,
        })
    }

    /// Failures by category, and their reasons by decider, by state of the trace and by version; most first.
    fn reasons_by_kind(&self, since: i64) -> Result<[Vec<(String, u64)>; 4], StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT f.category, r.decided_kind, r.trace_state, r.version, count(*)
             FROM jobs j INDEXED BY jobs_failed JOIN failed_jobs f ON f.job_id = j.id
             LEFT JOIN reasons r ON r.job_id = j.id
             WHERE j.status = 8 AND j.created_at >= ?1 GROUP BY 1, 2, 3, 4",
        )?;
        let mut by_word: [HashMap<i64, u64>; 4] = Default::default();
        let mut rows = statement.query([since])?;
        while let Some(row) = rows.next()? {
            let count = column::count(row, 4)?;
            for (place, counts) in by_word.iter_mut().enumerate() {
                if let Some(word) = row.get(place)? {
                    *counts.entry(word).or_default() += count;
                }
            }
        }
        let [category, decider, trace, version] = by_word.map(|counts| {
            let named = |(word, count)| Ok((self.word(word)?, count));
            let mut counts: Vec<_> = counts
                .into_iter()
                .map(named)
                .collect::<Result<_, StoreError>>()?;
            counts.sort_by(|a: &(String, u64), b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
            Ok::<_, StoreError>(counts)
        });
        Ok([category?, decider?, trace?, version?])
    }

    /// Reasons that people called wrong, by what had decided when they did.
    fn wrong_reasons(&self) -> Result<Vec<WrongReasons>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT q.kind, q.name, q.n, (
               SELECT count(*) FROM reasons r WHERE r.decided_kind = (SELECT id FROM words WHERE text = q.kind)
                 AND r.decided_name = (SELECT id FROM words WHERE text = q.name))
             FROM (SELECT json_extract(detail, '$.decided_kind') AS kind, json_extract(detail, '$.decided_name') AS name,
                          count(*) AS n
                   FROM audit WHERE action = 'wrong_reason' AND undone_by IS NULL GROUP BY 1, 2) q
             WHERE q.kind IS NOT NULL ORDER BY q.n DESC, q.kind, q.name LIMIT 50",
        )?;
        let rows = statement.query_map([], |row| {
            Ok(WrongReasons {
                kind: row.get(0)?,
                name: row.get(1)?,
                wrong: column::count(row, 2)?,
                reasons: column::count(row, 3)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
