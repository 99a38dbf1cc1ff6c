//! Failed jobs one by one: for tables, exports and pages of groups and projects.

use jiff::Timestamp;
use labtower_model::{JobId, PipelineId, ProjectId, RunnerId};
use rusqlite::{Row, ToSql};
use serde::Serialize;

use super::Roots;
use super::issues::LinkedIssue;
use super::window::Links;
use crate::read::{Page, column};
use crate::{GroupId, Reader, StoreError};

/// Which failed jobs are meant; all conditions must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FailureFilter {
    /// Full path of the project.
    pub project: Option<String>,
    /// The group, with all that went into it.
    pub group: Option<GroupId>,
    /// Name of the job.
    pub name: Option<String>,
    /// Created then or later.
    pub from: Option<Timestamp>,
    /// Kind of failure, as people say, else as computed; `unexplained` for those without a reason yet.
    pub category: Option<String>,
    /// What started the pipeline.
    pub source: Option<String>,
    /// Whether runs that a newer one replaced are left out.
    pub without_retried: bool,
}

/// A failed job and its reason in short.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FailureRow {
    /// The job.
    pub job_id: JobId,
    /// Its pipeline.
    pub pipeline_id: PipelineId,
    /// Its project.
    pub project_id: ProjectId,
    /// Full path of the project.
    pub project: String,
    /// Name.
    pub name: String,
    /// Stage.
    pub stage: Option<String>,
    /// Ref of its pipeline.
    #[serde(rename = "ref")]
    pub ref_name: Option<String>,
    /// Commit of its pipeline.
    pub sha: Option<String>,
    /// What started its pipeline.
    pub source: Option<String>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// Running time: seconds.
    pub duration: Option<i64>,
    /// Whether it is allowed to fail.
    pub allow_failure: bool,
    /// Whether a newer run replaced it.
    pub retried: bool,
    /// GitLab's word.
    pub failure_reason: Option<String>,
    /// Of the script.
    pub exit_code: Option<i64>,
    /// Tags it asked for.
    pub tags: Vec<String>,
    /// Runner that took it.
    pub runner_id: Option<RunnerId>,
    /// Its page in GitLab.
    pub web_url: Option<String>,
    /// Kind of failure, as people say, else as computed; absent without a reason yet.
    pub category: Option<String>,
    /// Who can mend it: as computed.
    pub whose: Option<String>,
    /// The reason in a line; absent where nothing is known.
    pub headline: Option<String>,
    /// Line of the log, from 1.
    pub line: Option<u32>,
    /// Section of the log that was open when it died.
    pub phase: Option<String>,
    /// The group it belongs to.
    pub group_id: Option<GroupId>,
    /// The issue it belongs to.
    pub issue: Option<LinkedIssue>,
}

/// The columns of a [`FailureRow`]; `f` is `failed_jobs`.
const ROW: &str = "SELECT f.job_id, f.pipeline_id, f.project_id, p.path_with_namespace, n.text, g.text, b.text, \
     l.sha, s.text, f.created_at, j.started_at, j.finished_at, j.duration, f.flags, w.text, j.exit_code, t.text, \
     j.runner_id, p.web_url, c.text, o.text, r.headline, r.line, h.text, f.group_id \
     FROM failed_jobs f JOIN jobs j ON j.id = f.job_id JOIN words n ON n.id = f.name \
     LEFT JOIN pipelines l ON l.id = f.pipeline_id LEFT JOIN projects p ON p.id = f.project_id \
     LEFT JOIN words g ON g.id = j.stage LEFT JOIN words b ON b.id = f.ref LEFT JOIN words s ON s.id = f.source \
     LEFT JOIN words w ON w.id = j.failure_reason LEFT JOIN words t ON t.id = j.tags \
     LEFT JOIN words c ON c.id = f.category LEFT JOIN reasons r ON r.job_id = f.job_id \
     LEFT JOIN words o ON o.id = r.whose LEFT JOIN words h ON h.id = r.phase";

impl Reader<'_> {
    /// Failed jobs of a filter, newest first.
    pub fn failures(
        &self,
        filter: &FailureFilter,
        page: &Page,
    ) -> Result<Vec<FailureRow>, StoreError> {
        let roots = self.roots()?;
        let mut conditions = Vec::new();
        let mut params: Vec<Box<dyn ToSql>> = Vec::new();
        let mut put = |params: &mut Vec<Box<dyn ToSql>>, sql: &str, value: Box<dyn ToSql>| {
            params.push(value);
            conditions.push(sql.replace("??", &format!("?{}", params.len())));
        };
        if let Some(path) = &filter.project {
            let Some(project) = self.project_ids(std::slice::from_ref(path))?.pop() else {
                return Ok(Vec::new());
            };
            put(&mut params, "f.project_id = ??", Box::new(project));
        }
        for (text, sql) in [
            (&filter.name, "f.name = ??"),
            (&filter.source, "f.source = ??"),
            (&filter.category, "f.category = ??"),
        ] {
            let Some(text) = text else { continue };
            match self.word_ids(std::slice::from_ref(text))?.pop() {
                Some(id) => put(&mut params, sql, Box::new(id)),
                None if text == "unexplained" => {
                    put(&mut params, "f.category IS NULL AND ??", Box::new(true));
                }
                None => return Ok(Vec::new()),
            }
        }
        let mut index = "failed_jobs";
        if let Some(group) = filter.group {
            let members: Vec<String> = roots
                .members(roots.of(group.0))
                .iter()
                .map(ToString::to_string)
                .collect();
            put(
                &mut params,
                &format!("f.group_id IN ({}) AND ??", members.join(", ")),
                Box::new(true),
            );
            index = "failed_jobs_by_group";
        }
        if let Some(from) = filter.from {
            put(
                &mut params,
                "f.created_at >= ??",
                Box::new(from.as_second()),
            );
        }
        if filter.without_retried {
            put(&mut params, "f.flags & 2 = 0 AND ??", Box::new(true));
        }
        if let Some((at, id)) = page.before {
            put(&mut params, "f.created_at <= ??", Box::new(at.as_second()));
            put(
                &mut params,
                &format!("(f.created_at < {} OR f.job_id < ??)", at.as_second()),
                Box::new(id),
            );
        }
        put(&mut params, "f.job_id > ??", Box::new(0));
        let hint = if index == "failed_jobs" {
            ""
        } else {
            "INDEXED BY failed_jobs_by_group"
        };
        let sql = format!(
            "{} WHERE {} ORDER BY f.created_at DESC, f.job_id DESC LIMIT {}",
            ROW.replace("FROM failed_jobs f", &format!("FROM failed_jobs f {hint}")),
            conditions.join(" AND "),
            page.limit
        );
        let links = self.links(&roots, None)?;
        let mut statement = self.conn.prepare(&sql)?;
        let mut rows = statement.query(rusqlite::params_from_iter(params.iter()))?;
        let mut failures = Vec::new();
        while let Some(row) = rows.next()? {
            failures.push(self.failure_row(row, &roots, &links)?);
        }
        Ok(failures)
    }

    /// One failed job; `None` if no failed job has this id.
    pub(super) fn failure(&self, job: JobId) -> Result<Option<FailureRow>, StoreError> {
        let roots = self.roots()?;
        let links = self.links(&roots, None)?;
        let mut statement = self
            .conn
            .prepare_cached(&format!("{ROW} WHERE f.job_id = ?1"))?;
        let mut rows = statement.query([job.get()])?;
        rows.next()?
            .map(|row| self.failure_row(row, &roots, &links))
            .transpose()
    }

    fn failure_row(
        &self,
        row: &Row<'_>,
        roots: &Roots,
        links: &Links,
    ) -> Result<FailureRow, StoreError> {
        let id: i64 = row.get(0)?;
        let flags: i64 = row.get(13)?;
        let tags: Option<String> = row.get(16)?;
        let page: Option<String> = row.get(18)?;
        let group = row.get::<_, Option<i64>>(24)?.map(|group| roots.of(group));
        Ok(FailureRow {
            job_id: JobId(id),
            pipeline_id: PipelineId(row.get(1)?),
            project_id: ProjectId(row.get(2)?),
            project: row.get::<_, Option<String>>(3)?.unwrap_or_default(),
            name: row.get(4)?,
            stage: row.get(5)?,
            ref_name: row.get(6)?,
            sha: column::sha(row, 7)?,
            source: row.get(8)?,
            created_at: column::time(row, 9)?,
            started_at: column::time_or_none(row, 10)?,
            finished_at: column::time_or_none(row, 11)?,
            duration: row.get(12)?,
            allow_failure: flags & 1 != 0,
            retried: flags & 2 != 0,
            failure_reason: row.get(14)?,
            exit_code: row.get(15)?,
            tags: column::tags(tags.as_deref()),
            runner_id: row.get::<_, Option<i64>>(17)?.map(RunnerId),
            web_url: page.map(|page| format!("{page}/-/jobs/{id}")),
            category: row.get(19)?,
            whose: row.get(20)?,
            headline: row
                .get::<_, Option<String>>(21)?
                .filter(|line| !line.is_empty()),
            line: row.get(22)?,
            phase: row.get(23)?,
            group_id: group.map(GroupId),
            issue: links.of(self, id, group)?,
        })
    }
}
