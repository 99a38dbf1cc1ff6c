//! What this GitLab is and what our token may do there.

use jiff::civil::Date;
use serde::Deserialize;
use serde_json::json;

use crate::{
    Client, Endpoint, GitlabError, Priority,
    exchange::{Call, Request},
    graphql,
    projects::read,
};

/// What is known about the instance and the token.
#[derive(Debug, Clone, PartialEq)]
pub struct Capabilities {
    /// Version, for example `18.4.1-ee`.
    pub version: String,
    /// Whether it is the Enterprise Edition; unknown before GitLab 15.6.
    pub enterprise: Option<bool>,
    /// The token; `None` for kinds GitLab does not describe (OAuth, for one).
    pub token: Option<TokenInfo>,
    /// Most a GraphQL query may score for this token.
    pub complexity_limit: Option<u32>,
    /// How far GitLab's clock is ahead of ours: seconds.
    pub clock_skew_seconds: Option<f64>,
}

/// An access token, as it sees itself.
///
/// Source: `GET /personal_access_tokens/self`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct TokenInfo {
    /// Its name.
    pub name: Option<String>,
    /// Its scopes, for example `read_api`.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// Last day it works.
    pub expires_at: Option<Date>,
    /// Whether it works now.
    pub active: Option<bool>,
}

#[derive(Deserialize)]
struct Metadata {
    version: String,
    enterprise: Option<bool>,
}

impl Client {
    /// Looks at the instance and the token, in three requests.
    ///
    /// # Errors
    ///
    /// Whatever keeps us from reading the version; the rest is optional, apart from [`GitlabError::Unauthorized`].
    pub async fn probe(&self) -> Result<Capabilities, GitlabError> {
        let mut call = Call::new(self, Priority::Fresh);
        let metadata = match get::<Metadata>(&mut call, Endpoint::Metadata, "metadata").await {
            // Not there before GitLab 15.2.
            Err(GitlabError::NotFound { .. }) => {
                get(&mut call, Endpoint::Version, "version").await?
            }
            other => other?,
        };
        let token = self.token().await?;
        let limit = graphql::query(
            &mut call,
            graphql::LIMIT,
            json!({}),
            "limits".to_owned(),
            false,
        )
        .await;
        let limit: Option<(graphql::LimitData, _)> = optional(limit)?;
        Ok(Capabilities {
            version: metadata.version,
            enterprise: metadata.enterprise,
            token,
            complexity_limit: limit.and_then(|(data, _)| data.query_complexity?.limit),
            clock_skew_seconds: self.clock_skew().map(|skew| skew.as_secs_f64()),
        })
    }
}

impl Client {
    /// Looks at the token, in one request; `None` for kinds GitLab does not describe.
    ///
    /// # Errors
    ///
    /// Whatever keeps us from asking.
    pub async fn token(&self) -> Result<Option<TokenInfo>, GitlabError> {
        let mut call = Call::new(self, Priority::Fresh);
        optional(get(&mut call, Endpoint::Token, "personal_access_tokens/self").await)
    }
}

async fn get<T: serde::de::DeserializeOwned>(
    call: &mut Call<'_>,
    endpoint: Endpoint,
    path: &str,
) -> Result<T, GitlabError> {
    let request = Request {
        endpoint,
        path: format!("api/v4/{path}"),
        body: None,
        what: format!("`{path}`"),
        shrinks: false,
    };
    call.send(&request, |reply| read(reply, &request.what))
        .await
}

/// What GitLab refuses to show is unknown; what keeps us from asking is an error.
fn optional<T>(answer: Result<T, GitlabError>) -> Result<Option<T>, GitlabError> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(
            GitlabError::NotFound { .. }
            | GitlabError::Forbidden { .. }
            | GitlabError::Refused { .. }
            | GitlabError::GraphQl { .. },
        ) => Ok(None),
        Err(error) => Err(error),
    }
}
