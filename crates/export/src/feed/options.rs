//! Where the feed goes.

use secrecy::{ExposeSecret, SecretString};

/// Where the feed goes.
#[derive(Debug, Clone)]
pub struct FeedOptions {
    target: SecretString,
    /// The instance's name in the data: host and path.
    pub instance: String,
}

impl FeedOptions {
    /// To a sink, by its address.
    pub fn new(target: SecretString, instance: String) -> Self {
        Self { target, instance }
    }

    /// The address, which may have a password in it.
    pub(crate) fn target(&self) -> &str {
        self.target.expose_secret()
    }

    /// What the sink is called in metrics and on pages: `files`, `postgres`, `bigquery` or `clickhouse`.
    pub fn name(&self) -> &'static str {
        let target = self.target();
        let scheme = target.split_once("://").map_or("", |(scheme, _)| scheme);
        match scheme {
            "postgres" | "postgresql" => "postgres",
            "clickhouse" | "clickhouses" => "clickhouse",
            _ if target == "bigquery" || scheme == "bigquery" => "bigquery",
            _ => "files",
        }
    }
}
