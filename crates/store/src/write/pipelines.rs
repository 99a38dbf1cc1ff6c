//! Rows of `pipelines`: the guard against stale and unchanged reads, and the write itself.

use labtower_model::{Pipeline, RefKind};
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{OptionalExtension, Row, params};

use super::apply::Apply;
use crate::StoreError;
use crate::feed::ChangeKind;
use crate::prepare::Unit;
use crate::rollup::Fact;
use crate::totals::millis;

/// What is stored of a pipeline, as far as the guard and the rollups need it.
struct Stored {
    updated_at: i64,
    read_at: i64,
    hash: i64,
    jobs_hash: i64,
    fact: Fact,
}

impl Apply<'_> {
    /// Writes a pipeline with its jobs, unless exactly that is stored already or something newer is.
    ///
    /// GitLab moves `updated_at` only when the pipeline's own status changes, and has whole seconds there;
    /// so between equal times the later read wins.
    pub(super) fn unit(&mut self, unit: &Unit, read_at: i64) -> Result<(), StoreError> {
        let pipeline = &unit.pipeline.value;
        let stored = self.stored(pipeline.id.get())?;
        if let Some(stored) = &stored {
            if stored.hash == unit.pipeline.hash && stored.jobs_hash == unit.jobs_hash {
                self.written.unchanged += 1;
                return Ok(());
            }
            let updated_at = pipeline.updated_at.as_second();
            let newer = updated_at > stored.updated_at
                || (updated_at == stored.updated_at && read_at >= stored.read_at);
            if !newer {
                self.written.stale += 1;
                return Ok(());
            }
        }

        let fact = self.put_pipeline(unit, read_at)?;
        self.pending.moves.add(fact.project_id, read_at);
        match &stored {
            None => {
                self.pending.facts.add(fact);
                self.pending.dirty_projects.insert(fact.project_id);
            }
            Some(stored) if stored.fact != fact => {
                self.pending.facts.remove(stored.fact);
                self.pending.facts.add(fact);
                self.pending.dirty_projects.insert(stored.fact.project_id);
                self.pending.dirty_projects.insert(fact.project_id);
            }
            Some(_) => {}
        }
        if stored.as_ref().map(|stored| stored.hash) != Some(unit.pipeline.hash) {
            self.written.changed_pipelines += 1;
            self.record(
                ChangeKind::Pipeline,
                pipeline.id.get(),
                fact.project_id,
                unit.pipeline.json.clone(),
            )?;
        }
        let was_stored = stored.is_some();
        match stored {
            None => self.insert_jobs(unit, &fact)?,
            // Jobs count under the properties of their pipeline.
            Some(stored) if stored.jobs_hash != unit.jobs_hash || !stored.fact.is_alike(&fact) => {
                self.replace_jobs(unit, &stored.fact, &fact)?;
            }
            Some(_) => {}
        }
        self.failed_jobs(unit, &fact, was_stored)
    }

    fn stored(&self, id: i64) -> Result<Option<Stored>, StoreError> {
        let stored = self
            .conn
            .prepare_cached(
                "SELECT updated_at, read_at, hash, jobs_hash,
                        id, project_id, ref, created_at, status, ref_kind, source, duration, queued_duration,
                        failure_reason
                 FROM pipelines WHERE id = ?1",
            )?
            .query_row([id], |row| {
                Ok(Stored {
                    updated_at: row.get(0)?,
                    read_at: row.get(1)?,
                    hash: row.get(2)?,
                    jobs_hash: row.get(3)?,
                    fact: fact_of(row, 4)?,
                })
            })
            .optional()?;
        Ok(stored)
    }

    fn put_pipeline(&mut self, unit: &Unit, read_at: i64) -> Result<Fact, StoreError> {
        let pipeline: &Pipeline = &unit.pipeline.value;
        if let Some(user) = &pipeline.user {
            self.memory.users.put(self.conn, user)?;
        }
        let words = &mut self.memory.words;
        let name = words.optional(self.conn, pipeline.name.as_deref())?;
        let ref_name = words.optional(self.conn, pipeline.ref_name.as_deref())?;
        let source = words.optional(self.conn, pipeline.source.as_deref())?;
        let status = words.id(self.conn, pipeline.status.as_str())?;
        let failure_reason = words.optional(self.conn, pipeline.failure_reason.as_deref())?;
        let ref_kind = ref_kind_id(pipeline.ref_kind);
        self.conn
            .prepare_cached(
                "INSERT INTO pipelines (id, iid, project_id, name, ref, ref_kind, sha, source, status, created_at,
                   updated_at, started_at, finished_at, committed_at, duration, queued_duration, coverage,
                   failure_reason, user_id, read_at, hash, jobs_hash)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20,
                   ?21, ?22)
                 ON CONFLICT (id) DO UPDATE SET
                   iid = excluded.iid, project_id = excluded.project_id, name = excluded.name, ref = excluded.ref,
                   ref_kind = excluded.ref_kind, sha = excluded.sha, source = excluded.source,
                   status = excluded.status, created_at = excluded.created_at, updated_at = excluded.updated_at,
                   started_at = excluded.started_at, finished_at = excluded.finished_at,
                   committed_at = excluded.committed_at, duration = excluded.duration,
                   queued_duration = excluded.queued_duration, coverage = excluded.coverage,
                   failure_reason = excluded.failure_reason, user_id = excluded.user_id,
                   read_at = excluded.read_at, hash = excluded.hash, jobs_hash = excluded.jobs_hash",
            )?
            .execute(params![
                pipeline.id.get(),
                pipeline.iid.get(),
                pipeline.project_id.get(),
                name,
                ref_name,
                ref_kind,
                pipeline.sha.as_deref().map(Sha::of),
                source,
                status,
                pipeline.created_at.as_second(),
                pipeline.updated_at.as_second(),
                pipeline.started_at.map(jiff::Timestamp::as_second),
                pipeline.finished_at.map(jiff::Timestamp::as_second),
                pipeline.committed_at.map(jiff::Timestamp::as_second),
                pipeline.duration,
                pipeline.queued_duration,
                pipeline.coverage,
                failure_reason,
                pipeline.user.as_ref().map(|user| user.id.get()),
                read_at,
                unit.pipeline.hash,
                unit.jobs_hash,
            ])?;
        Ok(Fact {
            id: pipeline.id.get(),
            project_id: pipeline.project_id.get(),
            ref_id: ref_name,
            created_at: pipeline.created_at.as_second(),
            status,
            ref_kind,
            source,
            duration: pipeline.duration,
            queued: pipeline.queued_duration.map(millis),
            failure_reason,
        })
    }
}

/// Reads a [`Fact`] from columns id, project_id, ref, created_at, status, ref_kind, source, duration, queued_duration,
/// failure_reason.
pub(super) fn fact_of(row: &Row<'_>, first: usize) -> rusqlite::Result<Fact> {
    Ok(Fact {
        id: row.get(first)?,
        project_id: row.get(first + 1)?,
        ref_id: row.get(first + 2)?,
        created_at: row.get(first + 3)?,
        status: row.get(first + 4)?,
        ref_kind: row.get(first + 5)?,
        source: row.get(first + 6)?,
        duration: row.get(first + 7)?,
        queued: row.get::<_, Option<f64>>(first + 8)?.map(millis),
        failure_reason: row.get(first + 9)?,
    })
}

/// Number of a ref kind in `pipelines.ref_kind`.
fn ref_kind_id(kind: RefKind) -> i64 {
    match kind {
        RefKind::Branch => 0,
        RefKind::Tag => 1,
        RefKind::MergeRequest => 2,
    }
}

/// A commit id as stored: half the size as bytes, unless it is not lower-case hexadecimal.
pub(super) enum Sha<'t> {
    Bytes(Vec<u8>),
    Text(&'t str),
}

impl<'t> Sha<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Some(byte - b'0'),
            b'a'..=b'f' => Some(byte - b'a' + 10),
            _ => None,
        };
        let bytes: Option<Vec<u8>> = text
            .as_bytes()
            .chunks(2)
            .map(|pair| match pair {
                [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
                _ => None,
            })
            .collect();
        bytes.map_or(Self::Text(text), Self::Bytes)
    }
}

impl ToSql for Sha<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}
