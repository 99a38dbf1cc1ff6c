//! The crate's one error type.

use std::{fmt, time::Duration};

/// Why a question to GitLab failed, named for what the caller can do about it.
#[derive(Debug, thiserror::Error)]
pub enum GitlabError {
    /// The token is missing, wrong, expired or revoked: nothing will work until it is replaced.
    #[error("authenticate at GitLab: the token was not accepted, asking {site}")]
    Unauthorized {
        /// The request.
        site: Box<Site>,
    },
    /// The token may not see this (scope, role, or a feature that is off).
    #[error("read {what}: not allowed, asking {site}")]
    Forbidden {
        /// What was asked for, for example `group `platform``.
        what: String,
        /// The request.
        site: Box<Site>,
    },
    /// It does not exist, or is hidden from this token; GitLab does not say which.
    #[error("find {what}: absent or hidden, asking {site}")]
    NotFound {
        /// What was asked for.
        what: String,
        /// The request.
        site: Box<Site>,
    },
    /// GitLab kept answering 429 for longer than we wait.
    #[error("ask GitLab: too many requests, next try possible in {} s, asking {site}", .wait.as_secs())]
    RateLimited {
        /// How long GitLab asked us to wait.
        wait: Duration,
        /// The request.
        site: Box<Site>,
    },
    /// The query scores above the instance's limit: ask for less.
    #[error("ask GitLab: query too complex, asking {site}")]
    Complexity {
        /// The request.
        site: Box<Site>,
    },
    /// GitLab, or the configured timeout, gave up: ask again or for less.
    #[error("ask GitLab: timed out, asking {site}")]
    Timeout {
        /// The request.
        site: Box<Site>,
    },
    /// The answer did not come or broke off.
    #[error("reach GitLab: {detail}, asking {site}")]
    Transport {
        /// What the network said.
        detail: String,
        /// The request.
        site: Box<Site>,
    },
    /// GitLab or something before it answered 5xx.
    #[error("ask GitLab: server error {status}, asking {site}")]
    Server {
        /// HTTP status.
        status: u16,
        /// The request.
        site: Box<Site>,
    },
    /// GitLab does not take the request as it is (400, 405, 422 and their like).
    #[error("ask GitLab: request refused with {status}, asking {site}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// The request.
        site: Box<Site>,
    },
    /// The answer is not what GitLab documents.
    #[error("read GitLab's answer about {what}: {detail}, asking {site}")]
    Malformed {
        /// What was asked for.
        what: String,
        /// What is wrong with it.
        detail: String,
        /// The request.
        site: Box<Site>,
    },
    /// GraphQL errors, with or without data beside them: partial data is no answer.
    #[error("query GitLab: {}, asking {site}", .messages.join("; "))]
    GraphQl {
        /// GitLab's words.
        messages: Vec<String>,
        /// Whether there was data too; such an error may pass.
        partial: bool,
        /// The request.
        site: Box<Site>,
    },
    /// A setting does not work.
    #[error("use setting `{key}`: {detail}")]
    Config {
        /// Name of the setting, as in [`crate::ClientConfig`].
        key: &'static str,
        /// What is wrong with it.
        detail: String,
    },
}

impl GitlabError {
    /// Whether the same question may succeed later without anybody doing anything.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::RateLimited { .. }
            | Self::Timeout { .. }
            | Self::Transport { .. }
            | Self::Server { .. }
            | Self::Malformed { .. } => true,
            Self::GraphQl { partial, .. } => *partial,
            Self::Unauthorized { .. }
            | Self::Forbidden { .. }
            | Self::NotFound { .. }
            | Self::Complexity { .. }
            | Self::Refused { .. }
            | Self::Config { .. } => false,
        }
    }

    /// Whether every question will fail until somebody changes the configuration.
    pub fn is_fatal(&self) -> bool {
        matches!(self, Self::Unauthorized { .. } | Self::Config { .. })
    }

    /// The whole sentence, for people: what could not be done, and why.
    pub fn sentence(&self) -> String {
        format!("failed to {self}")
    }

    /// Whether asking for less may help.
    pub(crate) fn asks_for_less(&self) -> bool {
        matches!(
            self,
            Self::Complexity { .. } | Self::Timeout { .. } | Self::Server { status: 503, .. }
        )
    }

    /// The request that failed, if one was made.
    pub fn site(&self) -> Option<&Site> {
        match self {
            Self::Unauthorized { site }
            | Self::Forbidden { site, .. }
            | Self::NotFound { site, .. }
            | Self::RateLimited { site, .. }
            | Self::Complexity { site }
            | Self::Timeout { site }
            | Self::Transport { site, .. }
            | Self::Server { site, .. }
            | Self::Refused { site, .. }
            | Self::Malformed { site, .. }
            | Self::GraphQl { site, .. } => Some(site),
            Self::Config { .. } => None,
        }
    }
}

/// The request an error is about, with what GitLab's administrator needs to find it in the logs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Site {
    /// Method and path, without host and secrets.
    pub endpoint: String,
    /// HTTP status, if an answer came.
    pub status: Option<u16>,
    /// `X-Request-Id`.
    pub request_id: Option<String>,
    /// Opening of the body, in one line, secrets masked.
    pub excerpt: String,
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.endpoint)?;
        if let Some(status) = self.status {
            write!(f, ", status {status}")?;
        }
        if let Some(id) = &self.request_id {
            write!(f, ", request id `{id}`")?;
        }
        if !self.excerpt.is_empty() {
            write!(f, ", body `{}`", self.excerpt)?;
        }
        Ok(())
    }
}
