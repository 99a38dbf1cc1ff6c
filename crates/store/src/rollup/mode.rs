//! Whether rollups follow every write.

use rusqlite::Connection;

use crate::StoreError;

/// Whether rollups follow every write; kept in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RollupMode {
    /// Every commit keeps them exact.
    Incremental,
    /// They stand still and are wrong, until the mode is left and they are rebuilt in bulk.
    Deferred,
}

impl RollupMode {
    /// `incremental` or `deferred`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Incremental => "incremental",
            Self::Deferred => "deferred",
        }
    }

    /// The mode the file was left in.
    pub(crate) fn load(conn: &Connection) -> Result<Self, StoreError> {
        let text: String = conn.query_row(
            "SELECT value FROM meta WHERE key = 'rollup_mode'",
            [],
            |row| row.get(0),
        )?;
        match text.as_str() {
            "deferred" => Ok(Self::Deferred),
            _ => Ok(Self::Incremental),
        }
    }

    /// Keeps the mode in the file.
    pub(crate) fn save(self, conn: &Connection) -> Result<(), StoreError> {
        conn.execute(
            "UPDATE meta SET value = ?1 WHERE key = 'rollup_mode'",
            [self.as_str()],
        )?;
        Ok(())
    }
}
