//! Rows of `test_reports`, `test_suites` and `test_cases`.

use labtower_model::{TestCase, TestReport};
use rusqlite::{OptionalExtension, params};

use super::apply::Apply;
use crate::StoreError;

impl Apply<'_> {
    /// Writes a report with its suites, unless a later one is stored; returns rows changed, 0 when it is stored already.
    pub(super) fn put_test_report(&mut self, row: &TestReport) -> Result<usize, StoreError> {
        let id = row.pipeline_id.get();
        let seen_at = row.pipeline_updated_at.as_second();
        let stored: Option<i64> = self
            .conn
            .prepare_cached("SELECT pipeline_updated_at FROM test_reports WHERE pipeline_id = ?1")?
            .query_row([id], |row| row.get(0))
            .optional()?;
        if stored.is_some_and(|stored| stored > seen_at) {
            return Ok(0);
        }
        let total = &row.total;
        let mut changed = self
            .conn
            .prepare_cached(
                "INSERT INTO test_reports (pipeline_id, project_id, pipeline_updated_at, total_time, total_count,
                   success_count, failed_count, skipped_count, error_count)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
                 ON CONFLICT (pipeline_id) DO UPDATE SET
                   project_id = excluded.project_id, pipeline_updated_at = excluded.pipeline_updated_at,
                   total_time = excluded.total_time, total_count = excluded.total_count,
                   success_count = excluded.success_count, failed_count = excluded.failed_count,
                   skipped_count = excluded.skipped_count, error_count = excluded.error_count, cases_read = 0
                 WHERE (project_id, pipeline_updated_at, total_time, total_count, success_count, failed_count,
                        skipped_count, error_count)
                   IS NOT (excluded.project_id, excluded.pipeline_updated_at, excluded.total_time,
                           excluded.total_count, excluded.success_count, excluded.failed_count,
                           excluded.skipped_count, excluded.error_count)",
            )?
            .execute(params![
                id,
                row.project_id.get(),
                seen_at,
                total.time,
                total.count as i64,
                total.success as i64,
                total.failed as i64,
                total.skipped as i64,
                total.error as i64,
            ])?;
        if changed == 0 {
            return Ok(0);
        }
        self.conn
            .prepare_cached("DELETE FROM test_suites WHERE pipeline_id = ?1")?
            .execute([id])?;
        for suite in &row.suites {
            let name = self.memory.words.id(self.conn, &suite.name)?;
            let counts = &suite.counts;
            // Two jobs may give their suites one name: then they count together, as GitLab's own report does.
            changed += self
                .conn
                .prepare_cached(
                    "INSERT INTO test_suites (pipeline_id, name, total_time, total_count, success_count,
                       failed_count, skipped_count, error_count, suite_error)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
                     ON CONFLICT (pipeline_id, name) DO UPDATE SET
                       total_time = total_time + excluded.total_time,
                       total_count = total_count + excluded.total_count,
                       success_count = success_count + excluded.success_count,
                       failed_count = failed_count + excluded.failed_count,
                       skipped_count = skipped_count + excluded.skipped_count,
                       error_count = error_count + excluded.error_count,
                       suite_error = coalesce(suite_error, excluded.suite_error)",
                )?
                .execute(params![
                    id,
                    name,
                    counts.time,
                    counts.count as i64,
                    counts.success as i64,
                    counts.failed as i64,
                    counts.skipped as i64,
                    counts.error as i64,
                    suite.error,
                ])?;
        }
        Ok(changed)
    }

    /// Replaces the cases of a pipeline; returns rows changed.
    pub(super) fn put_test_cases(
        &mut self,
        pipeline_id: i64,
        cases: &[TestCase],
    ) -> Result<usize, StoreError> {
        let mut changed = self
            .conn
            .prepare_cached("DELETE FROM test_cases WHERE pipeline_id = ?1")?
            .execute([pipeline_id])?;
        let mut put = self.conn.prepare_cached(
            "INSERT INTO test_cases (pipeline_id, position, suite, name, classname, status, execution_time, message)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?;
        let words = &mut self.memory.words;
        for (position, case) in (0_i64..).zip(cases) {
            changed += put.execute(params![
                pipeline_id,
                position,
                words.id(self.conn, &case.suite)?,
                words.id(self.conn, &case.name)?,
                words.optional(self.conn, case.classname.as_deref())?,
                words.id(self.conn, &case.status)?,
                case.execution_time,
                case.message,
            ])?;
        }
        changed += self
            .conn
            .prepare_cached(
                "UPDATE test_reports SET cases_read = 1 WHERE pipeline_id = ?1 AND cases_read = 0",
            )?
            .execute([pipeline_id])?;
        Ok(changed)
    }
}
