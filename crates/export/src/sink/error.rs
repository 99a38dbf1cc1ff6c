//! Why a sink did not take something.

/// An error of a sink, without secrets.
#[derive(Debug, thiserror::Error)]
pub enum SinkError {
    /// A setting cannot be used; nothing will work until it is changed.
    #[error("use setting `{key}`: {detail}")]
    Config {
        /// Name of the setting or environment variable.
        key: String,
        /// What is wrong with it.
        detail: String,
    },
    /// It may work later: the network, a timeout, a server that is busy or down.
    #[error("{what}: {detail}")]
    Unavailable {
        /// What was done, for example ``write batch 7 of `issues` to PostgreSQL``.
        what: String,
        /// What came back.
        detail: String,
    },
    /// It will not work however often it is tried: no permission, a table of another kind, a row it cannot hold.
    #[error("{what}: {detail}")]
    Refused {
        /// What was done.
        what: String,
        /// What came back.
        detail: String,
    },
}

impl SinkError {
    /// That a setting cannot be used.
    pub(crate) fn config(key: &str, detail: impl Into<String>) -> Self {
        Self::Config {
            key: key.to_owned(),
            detail: detail.into(),
        }
    }

    /// Whether the same may succeed later without anybody doing anything.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }
}

/// An error with its causes, of which many repeat those below them.
#[cfg(any(feature = "bigquery", feature = "clickhouse", feature = "postgres"))]
pub(crate) fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let cause = error.to_string();
        if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
        source = error.source();
    }
    text
}
