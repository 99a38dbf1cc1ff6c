//! All there is to say about one failed job.

use jiff::Timestamp;
use labtower_model::JobId;
use rusqlite::OptionalExtension;
use serde::Serialize;

use super::issues::LinkedIssue;
use super::list::FailureRow;
use super::unpacked;
use crate::read::column;
use crate::{DecidedBy, DependencyChanges, GroupId, Reader, ReasonBody, StoreError, TraceState};

/// Why a job failed, with everything that belongs to it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReasonRow {
    /// The job, and the reason in short: as people say, else as computed.
    pub failure: FailureRow,
    /// Absent before the job was explained.
    pub explained: Option<Explained>,
    /// What people said last, of the job or of its group.
    pub judgement: Option<Judgement>,
    /// Issues of the job, then of its group.
    pub issues: Vec<LinkedIssue>,
    /// Dependencies that differ from the last green run, if that is known.
    pub changes: Option<DependencyChanges>,
    /// Attempts to read the log that failed, when the next one is, and the last error.
    pub tries: Option<(u32, Timestamp, String)>,
}

/// What was computed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explained {
    /// When.
    pub explained_at: Timestamp,
    /// Kind of failure as computed.
    pub category: String,
    /// Whose it is, as computed.
    pub whose: String,
    /// What decided.
    pub decided_by: DecidedBy,
    /// A sentence for people.
    pub why: String,
    /// The masked headline; absent where it belongs to no group.
    pub pattern: Option<String>,
    /// How its signature came into the group: `exact`, `fuzzy` or `manual`.
    pub how: Option<String>,
    /// What became of the log.
    pub trace: TraceState,
    /// The long part.
    pub body: ReasonBody,
}

/// What somebody said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Judgement {
    /// The group it was said of; absent when of the job.
    pub group_id: Option<GroupId>,
    /// Kind of failure.
    pub category: Option<String>,
    /// Who can mend it.
    pub whose: Option<String>,
    /// Whether the reason shown was wrong.
    pub wrong: bool,
    /// Why.
    pub note: Option<String>,
    /// Who said it.
    pub actor: String,
    /// When.
    pub at: Timestamp,
}

impl Reader<'_> {
    /// All about a failed job; `None` if no failed job has this id.
    pub fn reason(&self, job: JobId) -> Result<Option<ReasonRow>, StoreError> {
        let Some(failure) = self.failure(job)? else {
            return Ok(None);
        };
        let roots = self.roots()?;
        let members = failure
            .group_id
            .map(|group| roots.members(group.0))
            .unwrap_or_default();
        let mut issues = self.job_links(job.get())?;
        let of_group = self.group_links(Some(&members))?;
        issues.extend(of_group.into_iter().map(|(_, link)| link));
        let changes: Option<Vec<u8>> = self
            .conn
            .prepare_cached("SELECT body FROM dependency_changes WHERE job_id = ?1")?
            .query_row([job.get()], |row| row.get(0))
            .optional()?;
        let tries = self
            .conn
            .prepare_cached("SELECT tries, next_at, error FROM trace_tries WHERE job_id = ?1")?
            .query_row([job.get()], |row| {
                Ok((row.get(0)?, column::time(row, 1)?, row.get(2)?))
            })
            .optional()?;
        Ok(Some(ReasonRow {
            explained: self.explained(job.get())?,
            judgement: self.judgement(job.get(), &members)?,
            issues,
            changes: changes
                .map(|body| unpacked(&body, "the dependency changes of a job"))
                .transpose()?,
            tries,
            failure,
        }))
    }

    fn explained(&self, job: i64) -> Result<Option<Explained>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT r.explained_at, c.text, o.text, k.text, n.text, v.text, r.why, s.pattern, s.how, t.text, r.body
             FROM reasons r
             JOIN words c ON c.id = r.category JOIN words o ON o.id = r.whose
             JOIN words k ON k.id = r.decided_kind JOIN words n ON n.id = r.decided_name
             JOIN words v ON v.id = r.version JOIN words t ON t.id = r.trace_state
             LEFT JOIN signatures s ON s.version = r.signature_version AND s.hash = r.signature
             WHERE r.job_id = ?1",
        )?;
        let mut rows = statement.query([job])?;
        let Some(row) = rows.next()? else {
            return Ok(None);
        };
        let trace: String = row.get(9)?;
        let body: Vec<u8> = row.get(10)?;
        Ok(Some(Explained {
            explained_at: column::time(row, 0)?,
            category: row.get(1)?,
            whose: row.get(2)?,
            decided_by: DecidedBy {
                kind: row.get(3)?,
                name: row.get(4)?,
                version: row.get(5)?,
            },
            why: row.get(6)?,
            pattern: row.get(7)?,
            how: row.get(8)?,
            trace: TraceState::parse(&trace).unwrap_or(TraceState::Failed),
            body: unpacked(&body, "the reason of a job")?,
        }))
    }

    /// What people said last of a job, else of one of the groups.
    fn judgement(&self, job: i64, groups: &[i64]) -> Result<Option<Judgement>, StoreError> {
        let own = self.judgements("j.job_id = ?1", job)?;
        if own.is_some() {
            return Ok(own);
        }
        let mut last: Option<Judgement> = None;
        for group in groups {
            let said = self.judgements("j.group_id = ?1", *group)?;
            if said.as_ref().map(|said| said.at) > last.as_ref().map(|last| last.at) {
                last = said;
            }
        }
        Ok(last)
    }

    fn judgements(&self, of: &str, id: i64) -> Result<Option<Judgement>, StoreError> {
        let mut statement = self.conn.prepare_cached(&format!(
            "SELECT j.group_id, c.text, w.text, j.wrong, j.note, j.actor, j.at FROM judgements j
             LEFT JOIN words c ON c.id = j.category LEFT JOIN words w ON w.id = j.whose
             WHERE {of} AND j.removed_at IS NULL ORDER BY j.id DESC LIMIT 1"
        ))?;
        Ok(statement
            .query_row([id], |row| {
                Ok(Judgement {
                    group_id: row.get::<_, Option<i64>>(0)?.map(GroupId),
                    category: row.get(1)?,
                    whose: row.get(2)?,
                    wrong: row.get(3)?,
                    note: row.get(4)?,
                    actor: row.get(5)?,
                    at: column::time(row, 6)?,
                })
            })
            .optional()?)
    }
}
