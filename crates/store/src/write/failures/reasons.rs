//! Rows of `reasons`, and what goes with them.

use labtower_model::JobId;
use rusqlite::{OptionalExtension, params};

use super::super::apply::Apply;
use super::{compressed, groups, packed};
use crate::{ChangeOrigin, DependencyChanges, GreenRow, Reason, Resigned, StoreError, TraceTry};

impl Apply<'_> {
    /// Writes a reason and puts the job into its group; returns how many rows changed.
    pub(super) fn reason(&mut self, reason: &Reason) -> Result<usize, StoreError> {
        let job = reason.job_id.get();
        let created_at: Option<i64> = self
            .conn
            .prepare_cached("SELECT created_at FROM failed_jobs WHERE job_id = ?1")?
            .query_row([job], |row| row.get(0))
            .optional()?;
        let Some(created_at) = created_at else {
            // Not failed any more, or past retention.
            return Ok(0);
        };
        let conn = self.conn;
        let words = &mut self.memory.words;
        let category = words.id(conn, &reason.category)?;
        let whose = words.id(conn, &reason.whose)?;
        let values = params![
            job,
            reason.explained_at.as_second(),
            words.id(conn, &reason.phase)?,
            category,
            whose,
            reason.headline,
            reason.line,
            words.id(conn, &reason.decided_by.kind)?,
            words.id(conn, &reason.decided_by.name)?,
            words.id(conn, &reason.decided_by.version)?,
            reason.why,
            reason.signature.version,
            reason.signature.hash.to_be_bytes(),
            words.id(conn, reason.trace.as_str())?,
            packed(&reason.body)?,
        ];
        conn.prepare_cached(
            "INSERT OR REPLACE INTO reasons (job_id, explained_at, phase, category, whose, headline, line, decided_kind,
               decided_name, version, why, signature_version, signature, trace_state, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
        )?
        .execute(values)?;
        conn.prepare_cached("DELETE FROM trace_tries WHERE job_id = ?1")?
            .execute([job])?;
        let group = groups::place(
            conn,
            &groups::Place {
                reason,
                category,
                whose,
                created_at,
                now: self.now,
            },
        )?;
        conn.prepare_cached(
            "UPDATE failed_jobs SET category = ?2, group_id = ?3 WHERE job_id = ?1",
        )?
        .execute(params![job, category, group])?;
        groups::judge(conn, job)?;
        Ok(1)
    }

    /// Writes what other rules say of a failure. Where people decided on its group, or moved it there, it stays.
    pub(super) fn revised(&mut self, reason: &Reason) -> Result<usize, StoreError> {
        let job = reason.job_id.get();
        let kept = groups::decided(self.conn, job)?;
        let changed = self.reason(reason)?;
        if let (1.., Some(group)) = (changed, kept) {
            self.conn
                .prepare_cached("UPDATE failed_jobs SET group_id = ?2 WHERE job_id = ?1")?
                .execute([job, group])?;
            groups::judge(self.conn, job)?;
        }
        Ok(changed)
    }

    /// Gives a reason the signature of a newer version. The first group that brings it owns it.
    pub(super) fn resigned(&mut self, resigned: &Resigned) -> Result<usize, StoreError> {
        let (version, hash) = (
            resigned.signature.version,
            resigned.signature.hash.to_be_bytes(),
        );
        let changed = self
            .conn
            .prepare_cached(
                "UPDATE reasons SET signature_version = ?2, signature = ?3 WHERE job_id = ?1
                   AND (signature_version, signature) IS NOT (?2, ?3)",
            )?
            .execute(params![resigned.job_id.get(), version, hash])?;
        if !resigned.pattern.is_empty() {
            self.conn
                .prepare_cached(
                    "INSERT INTO signatures (version, hash, group_id, how, category, pattern)
                     SELECT ?2, ?3, f.group_id, 'exact', r.category, ?4
                     FROM failed_jobs f JOIN reasons r ON r.job_id = f.job_id
                     WHERE f.job_id = ?1 AND f.group_id IS NOT NULL
                     ON CONFLICT DO NOTHING",
                )?
                .execute(params![
                    resigned.job_id.get(),
                    version,
                    hash,
                    resigned.pattern
                ])?;
        }
        Ok(changed)
    }

    pub(super) fn trace_try(&mut self, attempt: &TraceTry) -> Result<usize, StoreError> {
        Ok(self
            .conn
            .prepare_cached(
                "INSERT INTO trace_tries (job_id, tries, next_at, error)
                 SELECT ?1, ?2, ?3, ?4 WHERE EXISTS (SELECT 1 FROM failed_jobs WHERE job_id = ?1)
                 ON CONFLICT (job_id) DO UPDATE SET
                   tries = excluded.tries, next_at = excluded.next_at, error = excluded.error",
            )?
            .execute(params![
                attempt.job_id.get(),
                attempt.tries,
                attempt.next_at.as_second(),
                attempt.error
            ])?)
    }

    pub(super) fn green(&mut self, green: &GreenRow) -> Result<(), StoreError> {
        let words = &mut self.memory.words;
        let name = words.id(self.conn, &green.name)?;
        let ref_name = words.id(self.conn, &green.ref_name)?;
        self.conn
            .prepare_cached(
                "INSERT OR REPLACE INTO green_lines (project_id, name, ref, job_id, read_at, hashes, versions)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![
                green.project_id.get(),
                name,
                ref_name,
                green.job_id.get(),
                green.read_at.as_second(),
                compressed(&green.hashes)?,
                packed(&green.versions)?,
            ])?;
        Ok(())
    }

    pub(super) fn dependency_changes(
        &mut self,
        job: JobId,
        changes: &DependencyChanges,
    ) -> Result<usize, StoreError> {
        let how = match changes.origin {
            ChangeOrigin::Log => "log",
            ChangeOrigin::LockFile(_) => "lock_file",
        };
        Ok(self
            .conn
            .prepare_cached(
                "INSERT OR REPLACE INTO dependency_changes (job_id, green_job_id, how, read_at, body)
                 SELECT ?1, ?2, ?3, ?4, ?5 WHERE EXISTS (SELECT 1 FROM failed_jobs WHERE job_id = ?1)",
            )?
            .execute(params![
                job.get(),
                changes.green_job_id.get(),
                how,
                self.now,
                packed(changes)?
            ])?)
    }
}
