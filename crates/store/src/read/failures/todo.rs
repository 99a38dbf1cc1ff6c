//! What is left to do: jobs to explain, green runs to compare with, signatures to know.

use jiff::Timestamp;
use labtower_model::{JobId, JobKind, PipelineId, ProjectId};
use rusqlite::OptionalExtension;

use super::{groups::hash, plain, unpacked};
use crate::read::column;
use crate::{GreenRow, LogLine, Package, Reader, ReasonBody, SignatureKey, StoreError};

/// A failed job without a reason.
#[derive(Debug, Clone, PartialEq)]
pub struct JobToExplain {
    /// The job.
    pub job_id: JobId,
    /// Its pipeline.
    pub pipeline_id: PipelineId,
    /// Its project.
    pub project_id: ProjectId,
    /// Full path of the project; empty when that is not stored.
    pub project: String,
    /// The project's default branch.
    pub default_branch: Option<String>,
    /// Build, bridge or external status: only a build has a log.
    pub kind: JobKind,
    /// Name.
    pub name: String,
    /// Stage.
    pub stage: String,
    /// Status: `failed`.
    pub status: String,
    /// GitLab's word.
    pub failure_reason: Option<String>,
    /// Of the script.
    pub exit_code: Option<i64>,
    /// Running time: seconds.
    pub duration: Option<i64>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// Ref of its pipeline.
    pub ref_name: Option<String>,
    /// Commit of its pipeline.
    pub sha: Option<String>,
    /// Attempts to read its log that failed.
    pub tries: u32,
}

/// A green run of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GreenCandidate {
    /// The job.
    pub job_id: JobId,
    /// Ref of its pipeline.
    pub ref_name: String,
    /// Commit of its pipeline.
    pub sha: Option<String>,
    /// When it was created.
    pub created_at: Timestamp,
}

/// A signature that leads to a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownSignature {
    /// The signature.
    pub key: SignatureKey,
    /// Kind of failure.
    pub category: String,
    /// Masked headline.
    pub pattern: String,
    /// How it came to its group: `exact` if that began with it, `fuzzy` or `manual`.
    pub how: String,
}

/// A reason whose signature was made by an older version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaleSignature {
    /// The job.
    pub job_id: JobId,
    /// Kind of failure, as computed.
    pub category: String,
    /// The headline.
    pub headline: String,
    /// Masked headline as it was signed; absent where it belongs to no group.
    pub pattern: Option<String>,
}

impl Reader<'_> {
    /// Failed jobs created since then that have no reason and whose log may be tried now, newest first.
    pub fn unexplained(
        &self,
        now: Timestamp,
        since: Timestamp,
        limit: usize,
    ) -> Result<Vec<JobToExplain>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT f.job_id, f.pipeline_id, f.project_id, p.path_with_namespace, p.default_branch, j.kind, n.text,
               g.text, w.text, j.exit_code, j.duration, f.created_at, j.finished_at, b.text, l.sha,
               coalesce(t.tries, 0), s.text
             FROM failed_jobs f INDEXED BY failed_jobs_unexplained
             JOIN sync_projects y ON y.project_id = f.project_id
             JOIN jobs j ON j.id = f.job_id JOIN words n ON n.id = f.name JOIN words s ON s.id = j.status
             JOIN pipelines l ON l.id = f.pipeline_id
             LEFT JOIN projects p ON p.id = f.project_id LEFT JOIN words g ON g.id = j.stage
             LEFT JOIN words w ON w.id = j.failure_reason LEFT JOIN words b ON b.id = f.ref
             LEFT JOIN trace_tries t ON t.job_id = f.job_id
             WHERE f.category IS NULL AND f.job_id > 0 AND f.created_at >= ?2 AND y.state <> 'missing'
               AND (t.next_at IS NULL OR t.next_at <= ?1)
             ORDER BY f.created_at DESC, f.job_id DESC LIMIT ?3",
        )?;
        let rows =
            statement.query_map((now.as_second(), since.as_second(), limit as i64), |row| {
                Ok(JobToExplain {
                    job_id: JobId(row.get(0)?),
                    pipeline_id: PipelineId(row.get(1)?),
                    project_id: ProjectId(row.get(2)?),
                    project: row.get::<_, Option<String>>(3)?.unwrap_or_default(),
                    default_branch: row.get(4)?,
                    kind: match row.get::<_, i64>(5)? {
                        1 => JobKind::Bridge,
                        2 => JobKind::External,
                        _ => JobKind::Build,
                    },
                    name: row.get(6)?,
                    stage: row.get::<_, Option<String>>(7)?.unwrap_or_default(),
                    failure_reason: row.get(8)?,
                    exit_code: row.get(9)?,
                    duration: row.get(10)?,
                    created_at: column::time(row, 11)?,
                    finished_at: column::time_or_none(row, 12)?,
                    ref_name: row.get(13)?,
                    sha: column::sha(row, 14)?,
                    tries: row.get(15)?,
                    status: row.get(16)?,
                })
            })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The newest run of a build that passed on a ref, before a failed one of the same name; `None` if none is stored.
    pub fn last_green(
        &self,
        project: ProjectId,
        name: &str,
        ref_name: &str,
        before: Timestamp,
    ) -> Result<Option<GreenCandidate>, StoreError> {
        let ids = self.word_ids(&[name.to_owned()])?;
        let refs = self.word_ids(&[ref_name.to_owned()])?;
        let (Some(name), Some(reference)) = (ids.first(), refs.first()) else {
            return Ok(None);
        };
        // Nothing older than a few hundred pipelines is worth the search.
        Ok(self
            .conn
            .prepare_cached(
                "SELECT j.id, p.sha, j.created_at FROM (
                   SELECT id, sha, created_at FROM pipelines INDEXED BY pipelines_by_project
                   WHERE project_id = ?1 AND created_at <= ?2 AND ref = ?3 AND status IN (6, 7, 8, 10)
                   ORDER BY created_at DESC LIMIT 200) p
                 CROSS JOIN jobs j INDEXED BY jobs_by_pipeline ON j.pipeline_id = p.id
                 WHERE j.name = ?4 AND j.status = 7 AND j.kind = 0 LIMIT 1",
            )?
            .query_row((project.get(), before.as_second(), reference, name), |row| {
                Ok(GreenCandidate {
                    job_id: JobId(row.get(0)?),
                    ref_name: ref_name.to_owned(),
                    sha: column::sha(row, 1)?,
                    created_at: column::time(row, 2)?,
                })
            })
            .optional()?)
    }

    /// What the last green run of a job printed, if that was read.
    pub fn green_lines(
        &self,
        project: ProjectId,
        name: &str,
        ref_name: &str,
    ) -> Result<Option<GreenRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT job_id, read_at, hashes, versions FROM green_lines
             WHERE project_id = ?1 AND name = (SELECT id FROM words WHERE text = ?2)
               AND ref = (SELECT id FROM words WHERE text = ?3)",
        )?;
        let mut rows = statement.query((project.get(), name, ref_name))?;
        let Some(row) = rows.next()? else {
            return Ok(None);
        };
        let (hashes, versions): (Vec<u8>, Vec<u8>) = (row.get(2)?, row.get(3)?);
        Ok(Some(GreenRow {
            project_id: project,
            name: name.to_owned(),
            ref_name: ref_name.to_owned(),
            job_id: JobId(row.get(0)?),
            read_at: column::time(row, 1)?,
            hashes: plain(&hashes, "the lines of a green run")?,
            versions: unpacked::<Vec<Package>>(&versions, "the versions of a green run")?,
        }))
    }

    /// All signatures of a version, for likeness to be searched among.
    pub fn signatures(&self, version: u16) -> Result<Vec<KnownSignature>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT s.hash, w.text, s.pattern, s.how FROM signatures s JOIN words w ON w.id = s.category WHERE s.version = ?1",
        )?;
        let rows = statement.query_map([version], |row| {
            Ok(KnownSignature {
                key: SignatureKey {
                    version,
                    hash: hash(&row.get::<_, Vec<u8>>(0)?),
                },
                category: row.get(1)?,
                pattern: row.get(2)?,
                how: row.get(3)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Reasons whose signatures are of another version, after a job's id; as many as `limit`.
    pub fn stale_signatures(
        &self,
        version: u16,
        after: JobId,
        limit: usize,
    ) -> Result<Vec<StaleSignature>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT r.job_id, w.text, r.headline, s.pattern FROM reasons r JOIN words w ON w.id = r.category
             LEFT JOIN signatures s ON s.version = r.signature_version AND s.hash = r.signature
             WHERE r.job_id > ?2 AND r.signature_version <> ?1 ORDER BY r.job_id LIMIT ?3",
        )?;
        let rows = statement.query_map((version, after.get(), limit as i64), |row| {
            Ok(StaleSignature {
                job_id: JobId(row.get(0)?),
                category: row.get(1)?,
                headline: row.get(2)?,
                pattern: row.get(3)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Full paths of the projects that had a failed job since then, sorted.
    pub fn failing_projects(&self, since: Timestamp) -> Result<Vec<String>, StoreError> {
        self.column(
            "SELECT p.path_with_namespace FROM projects p JOIN sync_projects y ON y.project_id = p.id
             WHERE y.state <> 'missing' AND EXISTS (
               SELECT 1 FROM failed_jobs f INDEXED BY failed_jobs_by_project
               WHERE f.project_id = p.id AND f.night_at >= ?1)
             ORDER BY p.path_with_namespace",
            [since.as_second()],
        )
    }

    /// How many logs could not be read yet, and the error of one that is tried last; `None` for no such log.
    pub fn failing_traces(&self) -> Result<Option<(u64, String)>, StoreError> {
        let (count, error): (u64, Option<String>) = self
            .conn
            .prepare_cached(
                "SELECT count(*), (SELECT error FROM trace_tries ORDER BY next_at DESC, job_id LIMIT 1) FROM trace_tries",
            )?
            .query_row([], |row| Ok((column::count(row, 0)?, row.get(1)?)))?;
        Ok(error.map(|error| (count, error)))
    }

    /// Texts of reasons after a job's id, for patterns to be tried on: id, project's path, name of the job, headline,
    /// excerpt; as many as `limit`, of jobs created since then.
    pub fn reason_texts(
        &self,
        since: Timestamp,
        after: JobId,
        limit: usize,
    ) -> Result<Vec<ReasonText>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT r.job_id, p.path_with_namespace, n.text, r.headline, r.body, f.group_id
             FROM reasons r JOIN failed_jobs f ON f.job_id = r.job_id JOIN words n ON n.id = f.name
             LEFT JOIN projects p ON p.id = f.project_id
             WHERE r.job_id > ?1 AND f.created_at >= ?2 ORDER BY r.job_id LIMIT ?3",
        )?;
        let roots = self.roots()?;
        let mut rows = statement.query((after.get(), since.as_second(), limit as i64))?;
        let mut texts = Vec::new();
        while let Some(row) = rows.next()? {
            let body: Vec<u8> = row.get(4)?;
            let body: ReasonBody = unpacked(&body, "the reason of a job")?;
            texts.push(ReasonText {
                job_id: JobId(row.get(0)?),
                project: row.get::<_, Option<String>>(1)?.unwrap_or_default(),
                name: row.get(2)?,
                headline: row.get(3)?,
                excerpt: body.excerpt,
                group_id: roots.id(row.get(5)?),
            });
        }
        Ok(texts)
    }
}

/// What a pattern is tried on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReasonText {
    /// The job.
    pub job_id: JobId,
    /// Full path of its project.
    pub project: String,
    /// Name of the job.
    pub name: String,
    /// The reason in a line.
    pub headline: String,
    /// Lines around it.
    pub excerpt: Vec<LogLine>,
    /// The group it belongs to.
    pub group_id: Option<crate::GroupId>,
}
