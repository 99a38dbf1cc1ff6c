//! One row of a list.

use jiff::Timestamp;

/// A version of something in GitLab, as GitLab told it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The values of the stream's key, joined by `/`: unique within stream and parent.
    pub id: String,
    /// The stream's time field, if it has one.
    pub updated_at: Option<Timestamp>,
    /// xxh3 of the body, so that a version can be told from the one before; of a tombstone 0.
    pub hash: u64,
    /// Whether it is a tombstone: it was in the list and is no longer. Its body is an object with the id alone.
    pub deleted: bool,
    /// A JSON object, exactly as GitLab wrote it.
    pub body: String,
}
