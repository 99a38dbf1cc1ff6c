//! Which pipelines were sent as traces, and what started a pipeline.

use labtower_model::{JobId, PipelineId};
use rusqlite::{OptionalExtension, Row};

use super::column;
use crate::{Reader, StoreError, Trace};

impl Reader<'_> {
    /// What is known of a pipeline's trace; absent when it neither was sent nor waits.
    pub fn trace(&self, pipeline: PipelineId) -> Result<Option<Trace>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT pipeline_id, ended_at, root_id, waiting_since FROM traces WHERE pipeline_id = ?1",
        )?;
        Ok(statement.query_row([pipeline.get()], read).optional()?)
    }

    /// Up to `limit` pipelines that wait, those that wait longest first.
    pub fn waiting_traces(&self, limit: usize) -> Result<Vec<Trace>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT pipeline_id, ended_at, root_id, waiting_since FROM traces \
             WHERE waiting_since IS NOT NULL ORDER BY waiting_since, pipeline_id LIMIT ?1",
        )?;
        let rows = statement.query_map([i64::try_from(limit).unwrap_or(i64::MAX)], read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The bridge that started a pipeline, and the pipeline it belongs to; absent when none is stored.
    pub fn upstream(
        &self,
        pipeline: PipelineId,
    ) -> Result<Option<(JobId, PipelineId)>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, pipeline_id FROM jobs WHERE downstream_pipeline_id = ?1 ORDER BY id LIMIT 1",
        )?;
        let found = statement.query_row([pipeline.get()], |row| {
            Ok((JobId(row.get(0)?), PipelineId(row.get(1)?)))
        });
        Ok(found.optional()?)
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Trace> {
    Ok(Trace {
        pipeline_id: PipelineId(row.get(0)?),
        ended_at: column::time(row, 1)?,
        root_id: row.get::<_, Option<i64>>(2)?.map(PipelineId),
        waiting_since: column::time_or_none(row, 3)?,
    })
}
