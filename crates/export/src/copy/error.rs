//! Why a copy ended before its end.

use labtower_extract::ExtractError;
use labtower_gitlab::GitlabError;

use crate::sink::SinkError;

/// An error that ends the run. What was committed before stays and is gone on from.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The roots cannot be read, or the token is not accepted.
    #[error("{}", .0.sentence())]
    Gitlab(#[from] GitlabError),
    /// The sink does not take what it is given.
    #[error("failed to {0}")]
    Sink(#[from] SinkError),
    /// A list that must be there cannot be read.
    #[error(transparent)]
    Extract(#[from] ExtractError),
    /// There is no stream of this name.
    #[error("there is no stream `{name}`; `labtower export --list` shows them all")]
    NoStream {
        /// The name.
        name: String,
    },
}
