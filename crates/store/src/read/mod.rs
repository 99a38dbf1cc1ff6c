//! Questions to the store, one file each; every method sees the snapshot its [`Reader`] was given for.

use rusqlite::Connection;

/// One consistent view of the store, as lent out by [`Store::read`](crate::Store::read).
pub struct Reader<'c> {
    #[expect(dead_code, reason = "questions follow")]
    conn: &'c Connection,
}

impl<'c> Reader<'c> {
    /// A view through `conn`, which is inside a read transaction.
    pub(crate) fn new(conn: &'c Connection) -> Self {
        Self { conn }
    }
}
