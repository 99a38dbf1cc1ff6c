//! The feed: every version of every entity, in the order they were learnt.

use jiff::Timestamp;
use labtower_model::ProjectId;
use rusqlite::Row;
use serde::Serialize;
use serde_json::value::RawValue;

use super::column;
use crate::feed::{ChangeKind, Decoder};
use crate::{Reader, StoreError};

/// One version of an entity.
#[derive(Debug, Clone, Serialize)]
pub struct Change {
    /// Position in the feed; only grows, may have gaps.
    pub seq: u64,
    /// What kind of entity it is.
    pub kind: ChangeKind,
    /// Its id.
    pub entity_id: i64,
    /// The project it belongs to.
    pub project_id: ProjectId,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// Whether the entity is gone; the body is then its last known version.
    pub deleted: bool,
    /// The entity as JSON.
    pub body: Box<RawValue>,
}

/// What changed, without its body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChangeKey {
    /// Position in the feed.
    pub seq: u64,
    /// What kind of entity it is.
    pub kind: ChangeKind,
    /// Its id.
    pub entity_id: i64,
    /// Whether the entity is gone.
    pub deleted: bool,
}

impl Reader<'_> {
    /// Name of this feed: another file's feed has another, though its numbers may be the same.
    pub fn feed_id(&self) -> Result<String, StoreError> {
        let mut statement = self
            .conn
            .prepare_cached("SELECT value FROM meta WHERE key = 'feed_id'")?;
        Ok(statement.query_row([], |row| row.get(0))?)
    }

    /// Up to `limit` changes after `since_seq`, in order.
    pub fn changes(&self, since_seq: u64, limit: usize) -> Result<Vec<Change>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT seq, kind, entity_id, project_id, recorded_at, deleted, dict_id, body FROM changes \
             WHERE seq > ?1 ORDER BY seq LIMIT ?2",
        )?;
        let mut decoder = Decoder::new(self.conn);
        let mut rows = statement.query((
            i64::try_from(since_seq).unwrap_or(i64::MAX),
            i64::try_from(limit).unwrap_or(i64::MAX),
        ))?;
        let mut changes = Vec::new();
        while let Some(row) = rows.next()? {
            changes.push(read(row, &mut decoder)?);
        }
        Ok(changes)
    }

    /// What up to `limit` changes after `since_seq` are about, in order: for those who read the entities themselves.
    pub fn change_keys(&self, since_seq: u64, limit: usize) -> Result<Vec<ChangeKey>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT seq, kind, entity_id, deleted FROM changes WHERE seq > ?1 ORDER BY seq LIMIT ?2",
        )?;
        let mut rows = statement.query((
            i64::try_from(since_seq).unwrap_or(i64::MAX),
            i64::try_from(limit).unwrap_or(i64::MAX),
        ))?;
        let mut keys = Vec::new();
        while let Some(row) = rows.next()? {
            let seq = column::count(row, 0)?;
            keys.push(ChangeKey {
                seq,
                kind: kind_of(seq, row.get(1)?)?,
                entity_id: row.get(2)?,
                deleted: row.get(3)?,
            });
        }
        Ok(keys)
    }
}

fn kind_of(seq: u64, kind: i64) -> Result<ChangeKind, StoreError> {
    ChangeKind::of_id(kind).ok_or_else(|| StoreError::Corrupt {
        what: format!("the kind of change {seq}"),
        detail: format!("`{kind}` is unknown"),
    })
}

fn read(row: &Row<'_>, decoder: &mut Decoder<'_>) -> Result<Change, StoreError> {
    let seq: i64 = row.get(0)?;
    let kind: i64 = row.get(1)?;
    let corrupt = |what: &str, detail: String| StoreError::Corrupt {
        what: format!("the {what} of change {seq}"),
        detail,
    };
    let body = row.get_ref(7)?;
    let bytes = body
        .as_blob()
        .map_err(|error| corrupt("body", error.to_string()))?;
    let json = decoder.json(seq, row.get(6)?, bytes)?;
    Ok(Change {
        seq: seq as u64,
        kind: kind_of(seq as u64, kind)?,
        entity_id: row.get(2)?,
        project_id: ProjectId(row.get(3)?),
        recorded_at: column::time(row, 4)?,
        deleted: row.get(5)?,
        body: RawValue::from_string(json).map_err(|error| corrupt("body", error.to_string()))?,
    })
}
