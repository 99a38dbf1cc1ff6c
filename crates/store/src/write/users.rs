//! Rows of `users`.

use std::collections::HashMap;

use labtower_model::User;
use rusqlite::{Connection, params};

use crate::StoreError;

/// People remembered before the memory starts anew.
const REMEMBERED: usize = 50_000;

/// People as last written, so that each is written once and not with every pipeline.
#[derive(Default)]
pub(crate) struct Users {
    known: HashMap<i64, User>,
}

impl Users {
    /// Writes a person when new or renamed; a name that is not told now is kept.
    pub(crate) fn put(&mut self, conn: &Connection, user: &User) -> Result<(), StoreError> {
        if self.known.get(&user.id.get()) == Some(user) {
            return Ok(());
        }
        conn.prepare_cached(
            "INSERT INTO users (id, username, name) VALUES (?1, ?2, ?3)
             ON CONFLICT (id) DO UPDATE SET username = excluded.username, name = coalesce(excluded.name, name)
             WHERE username <> excluded.username OR name IS NOT coalesce(excluded.name, name)",
        )?
        .execute(params![user.id.get(), user.username, user.name])?;
        if self.known.len() >= REMEMBERED {
            self.known.clear();
        }
        self.known.insert(user.id.get(), user.clone());
        Ok(())
    }

    /// Forgets everything; needed after a rollback.
    pub(crate) fn clear(&mut self) {
        self.known.clear();
    }
}
