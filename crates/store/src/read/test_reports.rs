//! Test reports, and the pipelines that lack one.

use std::collections::BTreeMap;

use jiff::Timestamp;
use labtower_model::{
    JobArtifacts, JobId, PipelineId, PipelineIid, ProjectId, TestCase, TestCounts, TestReport,
    TestSuite,
};
use rusqlite::{OptionalExtension, Row};
use serde::Serialize;

use super::column;
use super::words::status_id::FINISHED;
use crate::{Reader, StoreError};

/// A finished pipeline whose tests are not stored as of its last change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnreadTests {
    /// Its project.
    pub project_id: ProjectId,
    /// The pipeline.
    pub pipeline_id: PipelineId,
    /// Its number within the project.
    pub iid: PipelineIid,
    /// When its status last changed.
    pub updated_at: Timestamp,
}

const COUNTS: &str =
    "total_time, total_count, success_count, failed_count, skipped_count, error_count";

impl Reader<'_> {
    /// Sizes of what the jobs of a pipeline left behind, by job; nothing before it finished.
    pub fn artifacts_of(&self, id: PipelineId) -> Result<Vec<JobArtifacts>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT job_id, size FROM job_artifacts WHERE pipeline_id = ?1 ORDER BY job_id",
        )?;
        let rows = statement.query_map([id.get()], |row| {
            Ok(JobArtifacts {
                job_id: JobId(row.get(0)?),
                pipeline_id: id,
                size: column::count(row, 1)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The test report of a pipeline with its suites, by name; absent when it was not read yet.
    pub fn test_report(&self, id: PipelineId) -> Result<Option<TestReport>, StoreError> {
        let mut statement = self.conn.prepare_cached(&format!(
            "SELECT {COUNTS}, project_id, pipeline_updated_at FROM test_reports WHERE pipeline_id = ?1"
        ))?;
        let report = statement
            .query_row([id.get()], |row| {
                Ok(TestReport {
                    pipeline_id: id,
                    project_id: ProjectId(row.get(6)?),
                    pipeline_updated_at: column::time(row, 7)?,
                    total: counts(row)?,
                    suites: Vec::new(),
                })
            })
            .optional()?;
        let Some(mut report) = report else {
            return Ok(None);
        };
        let mut statement = self.conn.prepare_cached(&format!(
            "SELECT {COUNTS}, w.text, suite_error FROM test_suites JOIN words w ON w.id = name \
             WHERE pipeline_id = ?1 ORDER BY w.text"
        ))?;
        let suites = statement.query_map([id.get()], |row| {
            Ok(TestSuite {
                name: row.get(6)?,
                counts: counts(row)?,
                error: row.get(7)?,
            })
        })?;
        report.suites = suites.collect::<Result<_, _>>()?;
        Ok(Some(report))
    }

    /// The test cases of a pipeline, in the order of its report; empty when they were not read.
    pub fn test_cases(&self, id: PipelineId) -> Result<Vec<TestCase>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT s.text, n.text, c.text, t.text, execution_time, message FROM test_cases \
             JOIN words s ON s.id = suite JOIN words n ON n.id = test_cases.name \
             LEFT JOIN words c ON c.id = classname JOIN words t ON t.id = status \
             WHERE pipeline_id = ?1 ORDER BY position",
        )?;
        let cases = statement.query_map([id.get()], |row| {
            Ok(TestCase {
                suite: row.get(0)?,
                name: row.get(1)?,
                classname: row.get(2)?,
                status: row.get(3)?,
                execution_time: row.get(4)?,
                message: row.get(5)?,
            })
        })?;
        Ok(cases.collect::<Result<_, _>>()?)
    }

    /// Finished pipelines of these projects created since, whose tests are not stored as of their last change;
    /// per project, oldest change first.
    pub fn unread_tests(
        &self,
        projects: &[ProjectId],
        since: Timestamp,
    ) -> Result<BTreeMap<ProjectId, Vec<UnreadTests>>, StoreError> {
        let [a, b, c, d] = FINISHED;
        // An imported pipeline has no number, and GitLab is asked about it by its window all the same.
        let mut statement = self.conn.prepare_cached(&format!(
            "SELECT p.id, p.iid, p.updated_at FROM pipelines p INDEXED BY pipelines_by_project \
             LEFT JOIN test_reports t ON t.pipeline_id = p.id \
             WHERE p.project_id = ?1 AND p.created_at >= ?2 AND p.status IN ({a}, {b}, {c}, {d}) \
               AND (t.pipeline_id IS NULL OR t.pipeline_updated_at < p.updated_at) \
             ORDER BY p.updated_at, p.id"
        ))?;
        let mut unread = BTreeMap::new();
        for project_id in projects {
            let rows = statement.query_map([project_id.get(), since.as_second()], |row| {
                Ok(UnreadTests {
                    project_id: *project_id,
                    pipeline_id: PipelineId(row.get(0)?),
                    iid: PipelineIid(row.get(1)?),
                    updated_at: column::time(row, 2)?,
                })
            })?;
            unread.insert(*project_id, rows.collect::<Result<_, _>>()?);
        }
        Ok(unread)
    }

    /// Pipelines with tests whose cases are not stored, created since; newest first, at most so many.
    pub fn unread_test_cases(
        &self,
        since: Timestamp,
        limit: usize,
    ) -> Result<Vec<(ProjectId, PipelineId)>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT t.project_id, t.pipeline_id FROM test_reports t JOIN pipelines p ON p.id = t.pipeline_id \
             WHERE t.cases_read = 0 AND t.total_count > 0 AND p.created_at >= ?1 \
             ORDER BY t.pipeline_id DESC LIMIT ?2",
        )?;
        let rows = statement.query_map((since.as_second(), limit as i64), |row| {
            Ok((ProjectId(row.get(0)?), PipelineId(row.get(1)?)))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// The columns of [`COUNTS`], which come first.
fn counts(row: &Row<'_>) -> rusqlite::Result<TestCounts> {
    Ok(TestCounts {
        time: row.get(0)?,
        count: column::count(row, 1)?,
        success: column::count(row, 2)?,
        failed: column::count(row, 3)?,
        skipped: column::count(row, 4)?,
        error: column::count(row, 5)?,
    })
}
