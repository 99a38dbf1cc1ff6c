//! What a pattern would be about: all stored reasons, and what green runs printed.

use std::collections::HashMap;
use std::ops::ControlFlow;

use jiff::Timestamp;
use labtower_model::JobId;
use serde::Serialize;

use super::{Words, plain, unpacked};
use crate::read::column;
use crate::{GroupId, IssueKey, LogLine, Reader, ReasonBody, StoreError};

/// A failure with all that is stored of its log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReasonLines {
    /// The job.
    pub job_id: JobId,
    /// Full path of its project.
    pub project: String,
    /// Name of the job.
    pub name: String,
    /// When it was created.
    pub created_at: Timestamp,
    /// The reason in a line.
    pub headline: String,
    /// Its line of the log.
    pub line: Option<u32>,
    /// Lines around it.
    pub excerpt: Vec<LogLine>,
    /// The group it belongs to.
    pub group_id: Option<GroupId>,
}

/// A green run that was read, without text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GreenHashes {
    /// Full path of its project.
    pub project: String,
    /// Name of the job.
    pub name: String,
    /// Ref its pipeline ran on.
    pub ref_name: String,
    /// The green job.
    pub job_id: JobId,
    /// Hashes of masked lines, as the explainer stores them.
    pub hashes: Vec<u8>,
}

/// How much there is to look through.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct History {
    /// Failures with a reason.
    pub reasons: u64,
    /// Green runs that were read.
    pub green_runs: u64,
}

impl Reader<'_> {
    /// How much [`Reader::each_reason`] and [`Reader::each_green`] have to show.
    pub fn explained_history(&self) -> Result<History, StoreError> {
        let count = |sql: &str| -> Result<u64, StoreError> {
            let mut statement = self.conn.prepare_cached(sql)?;
            Ok(statement.query_row([], |row| row.get::<_, i64>(0))? as u64)
        };
        Ok(History {
            reasons: count("SELECT count(*) FROM reasons")?,
            green_runs: count("SELECT count(*) FROM green_lines")?,
        })
    }

    /// Shows every failure that has a reason, the newest jobs first, until `visit` breaks.
    pub fn each_reason(
        &self,
        mut visit: impl FnMut(ReasonLines) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT r.job_id, p.path_with_namespace, f.name, f.created_at, r.headline, r.line, r.body, f.group_id
             FROM reasons r JOIN failed_jobs f ON f.job_id = r.job_id
             LEFT JOIN projects p ON p.id = f.project_id
             ORDER BY r.job_id DESC",
        )?;
        let roots = self.roots()?;
        let mut words = Words::default();
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let body: Vec<u8> = row.get(6)?;
            let body: ReasonBody = unpacked(&body, "the reason of a job")?;
            let lines = ReasonLines {
                job_id: JobId(row.get(0)?),
                project: row.get::<_, Option<String>>(1)?.unwrap_or_default(),
                name: words.text(self, row.get(2)?)?,
                created_at: column::time(row, 3)?,
                headline: row.get(4)?,
                line: row.get(5)?,
                excerpt: body.excerpt,
                group_id: roots.id(row.get(7)?),
            };
            if visit(lines).is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Shows every green run that was read, until `visit` breaks.
    pub fn each_green(
        &self,
        mut visit: impl FnMut(GreenHashes) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT p.path_with_namespace, g.name, g.ref, g.job_id, g.hashes
             FROM green_lines g LEFT JOIN projects p ON p.id = g.project_id",
        )?;
        let mut words = Words::default();
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let hashes: Vec<u8> = row.get(4)?;
            let green = GreenHashes {
                project: row.get::<_, Option<String>>(0)?.unwrap_or_default(),
                name: words.text(self, row.get(1)?)?,
                ref_name: words.text(self, row.get(2)?)?,
                job_id: JobId(row.get(3)?),
                hashes: plain(&hashes, "the lines of a green run")?,
            };
            if visit(green).is_break() {
                break;
            }
        }
        Ok(())
    }

    /// The issues that groups and single jobs are linked to.
    pub fn issues_by_subject(&self) -> Result<IssuesBySubject, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT group_id, job_id, project_path, iid FROM issue_links WHERE removed_at IS NULL",
        )?;
        let roots = self.roots()?;
        let mut issues = IssuesBySubject::default();
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let key = IssueKey {
                project_path: row.get(2)?,
                iid: row.get(3)?,
            };
            if let Some(group) = roots.id(row.get(0)?) {
                issues.groups.entry(group).or_default().push(key);
            } else if let Some(job) = row.get(1)? {
                issues.jobs.entry(JobId(job)).or_default().push(key);
            }
        }
        Ok(issues)
    }

    /// What a group is called: the name somebody gave it, else its pattern.
    pub fn group_title(&self, group: GroupId) -> Result<String, StoreError> {
        let mut statement = self
            .conn
            .prepare_cached("SELECT coalesce(title, pattern) FROM failure_groups WHERE id = ?1")?;
        let mut rows = statement.query([group.0])?;
        let title = rows.next()?.map(|row| row.get(0)).transpose()?;
        Ok(title.unwrap_or_default())
    }
}

/// Issues, by what is linked to them.
#[derive(Debug, Default)]
pub struct IssuesBySubject {
    groups: HashMap<GroupId, Vec<IssueKey>>,
    jobs: HashMap<JobId, Vec<IssueKey>>,
}

impl IssuesBySubject {
    /// The issues of a failed job: its own, and its group's.
    pub fn of(&self, job: JobId, group: Option<GroupId>) -> impl Iterator<Item = &IssueKey> {
        let of_group = group.and_then(|group| self.groups.get(&group));
        let own = self.jobs.get(&job);
        own.into_iter().chain(of_group).flatten()
    }
}
