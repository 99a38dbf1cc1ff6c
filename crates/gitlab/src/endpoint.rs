//! Kinds of requests and their urgency.

use std::fmt;

use serde::Serialize;

/// What a request asks, as far as GitLab's per-endpoint limits tell requests apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Endpoint {
    /// `POST /api/graphql`.
    #[serde(rename = "POST /api/graphql")]
    GraphQl,
    /// `GET /groups/:id/projects`.
    #[serde(rename = "GET /groups/:id/projects")]
    GroupProjects,
    /// `GET /projects/:id`.
    #[serde(rename = "GET /projects/:id")]
    Project,
    /// `GET /version`.
    #[serde(rename = "GET /version")]
    Version,
    /// `GET /metadata`.
    #[serde(rename = "GET /metadata")]
    Metadata,
    /// `GET /personal_access_tokens/self`.
    #[serde(rename = "GET /personal_access_tokens/self")]
    Token,
}

impl Endpoint {
    /// Method and path pattern.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::GraphQl => "POST /api/graphql",
            Self::GroupProjects => "GET /groups/:id/projects",
            Self::Project => "GET /projects/:id",
            Self::Version => "GET /version",
            Self::Metadata => "GET /metadata",
            Self::Token => "GET /personal_access_tokens/self",
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How urgent a request is; an earlier one always goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// Pipelines that run now.
    Running,
    /// What changed since the last look; discovery too.
    Fresh,
    /// History.
    Backfill,
    /// Nice to have.
    Enrichment,
}

impl Priority {
    /// All of them, most urgent first.
    pub const ALL: [Priority; 4] = [Self::Running, Self::Fresh, Self::Backfill, Self::Enrichment];
}
