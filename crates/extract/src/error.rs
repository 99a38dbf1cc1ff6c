//! Why a list could not be read.

use labtower_gitlab::GitlabError;

/// An error while reading a list.
#[derive(Debug, thiserror::Error)]
pub enum ExtractError {
    /// GitLab's answer, or the way to it.
    #[error("{}", .0.sentence())]
    Gitlab(#[from] GitlabError),
    /// A cursor that no version of ours has written.
    #[error("read the cursor of `{stream}`: {detail}")]
    Cursor {
        /// Name of the stream.
        stream: &'static str,
        /// What is wrong with it.
        detail: String,
    },
    /// A row without what names it.
    #[error("read a row of `{stream}`: {detail}")]
    Row {
        /// Name of the stream.
        stream: &'static str,
        /// What is wrong with it.
        detail: String,
    },
}

impl ExtractError {
    /// Whether GitLab does not let this token see the list, or has none: it is skipped, not failed.
    pub fn is_skip(&self) -> bool {
        matches!(
            self,
            Self::Gitlab(GitlabError::Forbidden { .. } | GitlabError::NotFound { .. })
        )
    }

    /// Whether every other list will fail too, until somebody changes the configuration.
    pub fn is_fatal(&self) -> bool {
        matches!(self, Self::Gitlab(error) if error.is_fatal())
    }
}
