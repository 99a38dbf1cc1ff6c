//! What can be wrong with a sink before it starts.

/// Why a sink cannot start.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// A setting cannot be used.
    #[error("failed to use {key}: {detail}")]
    Config {
        /// The setting, for example `export.otlp.ca_file`.
        key: &'static str,
        /// What is wrong with it, without secrets.
        detail: String,
    },
    /// A sink of rows cannot be opened.
    #[error("failed to {0}")]
    Sink(#[from] crate::sink::SinkError),
}
