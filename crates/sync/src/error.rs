//! What stops a sync altogether; what concerns one project or group is a row in the store instead.

use labtower_gitlab::GitlabError;
use labtower_store::StoreError;

/// Why syncing cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// GitLab cannot be asked at all: the token is refused, or nothing answers.
    #[error(transparent)]
    Gitlab(#[from] GitlabError),
    /// The store cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A background task ended without an answer.
    #[error("task ended early: {0}")]
    Task(#[from] tokio::task::JoinError),
}
