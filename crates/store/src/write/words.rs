//! Interning: texts that repeat are stored once and named by id.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension};

use crate::StoreError;

/// Texts remembered before the memory starts anew: bounds it to a few tens of MiB.
const REMEMBERED: usize = 100_000;

/// Ids of texts seen lately. Must be cleared when a transaction or savepoint is rolled back,
/// because it may name rows that are gone.
#[derive(Default)]
pub(crate) struct Words {
    ids: HashMap<Box<str>, i64>,
}

impl Words {
    /// Id of a text, inserting it when new.
    pub(crate) fn id(&mut self, conn: &Connection, text: &str) -> Result<i64, StoreError> {
        if let Some(id) = self.ids.get(text) {
            return Ok(*id);
        }
        let stored = conn
            .prepare_cached("SELECT id FROM words WHERE text = ?1")?
            .query_row([text], |row| row.get(0))
            .optional()?;
        let id = if let Some(id) = stored {
            id
        } else {
            conn.prepare_cached("INSERT INTO words (text) VALUES (?1)")?
                .insert([text])?
        };
        if self.ids.len() >= REMEMBERED {
            self.ids.clear();
        }
        self.ids.insert(text.into(), id);
        Ok(id)
    }

    /// Id of a text that may be absent.
    pub(crate) fn optional(
        &mut self,
        conn: &Connection,
        text: Option<&str>,
    ) -> Result<Option<i64>, StoreError> {
        text.map(|text| self.id(conn, text)).transpose()
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        self.ids.clear();
    }
}
