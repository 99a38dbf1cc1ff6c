//! Webhooks that wait, and how many came.

use jiff::Timestamp;

use super::column;
use crate::{InboxBacklog, InboxCount, Reader, StoreError, Waiting};

/// Largest body that is read back; GitLab sends none larger than 25 MB.
const MOST_BYTES: usize = 64 << 20;
/// Bytes of bodies after which no further one is read at once.
const ENOUGH_BYTES: usize = 8 << 20;

impl Reader<'_> {
    /// Webhooks that wait, with greater numbers than `after`, in the order they came: the first of them, as many as
    /// memory should hold.
    pub fn waiting_hooks(&self, after: i64, limit: usize) -> Result<Vec<Waiting>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, kind, received_at, body FROM inbox INDEXED BY inbox_waiting
             WHERE state = 0 AND id > ?1 ORDER BY id LIMIT ?2",
        )?;
        let mut rows = statement.query((after, limit as i64))?;
        let mut waiting = Vec::new();
        let mut bytes = 0;
        while bytes < ENOUGH_BYTES
            && let Some(row) = rows.next()?
        {
            let body: Vec<u8> = row.get(3)?;
            // What cannot be decompressed is as unreadable as what is no JSON.
            let body = zstd::bulk::decompress(&body, bound(&body)).unwrap_or_default();
            bytes += body.len();
            waiting.push(Waiting {
                id: row.get(0)?,
                kind: row.get(1)?,
                received_at: column::time(row, 2)?,
                body,
            });
        }
        Ok(waiting)
    }

    /// How many webhooks wait, and since when.
    pub fn inbox_backlog(&self) -> Result<InboxBacklog, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT count(*), (SELECT received_at FROM inbox INDEXED BY inbox_waiting WHERE state = 0 ORDER BY id LIMIT 1)
             FROM inbox INDEXED BY inbox_waiting WHERE state = 0",
        )?;
        let (waiting, oldest): (i64, Option<i64>) =
            statement.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(InboxBacklog {
            waiting: waiting as u64,
            oldest_at: oldest.and_then(|at| Timestamp::from_second(at).ok()),
        })
    }

    /// Webhooks by kind and what became of them.
    pub fn inbox_counts(&self) -> Result<Vec<InboxCount>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT kind, outcome, count, last_at FROM inbox_counts ORDER BY kind, outcome",
        )?;
        let rows = statement.query_map([], |row| {
            Ok(InboxCount {
                kind: row.get(0)?,
                outcome: row.get(1)?,
                count: row.get::<_, i64>(2)? as u64,
                last_at: column::time(row, 3)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// The size that a compressed body says it has.
fn bound(body: &[u8]) -> usize {
    match zstd::zstd_safe::get_frame_content_size(body) {
        Ok(Some(size)) => (size as usize).min(MOST_BYTES),
        _ => MOST_BYTES,
    }
}
