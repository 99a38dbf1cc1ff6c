//! Tokens for Google.

use google_cloud_auth::credentials::{
    Builder, CacheableResource, Credentials, external_account, impersonated, service_account,
    user_account,
};
use reqwest::header::HeaderMap;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::options::{BigQueryOptions, Identity};
use crate::sink::SinkError;

/// The one permission that is asked for.
const SCOPE: &str = "https://www.googleapis.com/auth/bigquery";

/// The setting with the file.
const FILE: &str = "GOOGLE_APPLICATION_CREDENTIALS";

/// Who asks, with the tokens of the hour.
#[derive(Debug, Clone)]
pub(super) struct Auth(Option<Credentials>);

impl Auth {
    /// Reads the credentials; no server is asked yet.
    pub(super) fn new(options: &BigQueryOptions) -> Result<Self, SinkError> {
        let credentials = match &options.identity {
            Identity::Anonymous => return Ok(Self(None)),
            Identity::Environment => Builder::default()
                .with_scopes([SCOPE])
                .build()
                .map_err(|error| SinkError::config(FILE, error.to_string()))?,
            Identity::File(path) => {
                let text = std::fs::read_to_string(path).map_err(|error| {
                    SinkError::config(FILE, format!("`{}`: {error}", path.display()))
                })?;
                from_json(FILE, &SecretString::from(text))?
            }
            Identity::Json(text) => from_json("BIGQUERY_SERVICE_ACCOUNT_JSON", text)?,
        };
        Ok(Self(Some(credentials)))
    }

    /// Headers of a request; a token is renewed when it is about to end.
    pub(super) async fn headers(&self) -> Result<HeaderMap, SinkError> {
        let Some(credentials) = &self.0 else {
            return Ok(HeaderMap::new());
        };
        #[expect(
            clippy::default_trait_access,
            reason = "the type is of a crate that nothing else here needs"
        )]
        let answer = credentials.headers(Default::default()).await;
        match answer {
            Ok(CacheableResource::New { data, .. }) => Ok(data),
            // Only answers those who send a tag, which is not done here.
            Ok(CacheableResource::NotModified) => Ok(HeaderMap::new()),
            Err(error) => {
                let (what, detail) = ("get a token from Google".to_owned(), error.to_string());
                Err(if error.is_transient() {
                    SinkError::Unavailable { what, detail }
                } else {
                    SinkError::Refused { what, detail }
                })
            }
        }
    }
}

/// Credentials of any kind that Google writes into a file.
fn from_json(key: &str, text: &SecretString) -> Result<Credentials, SinkError> {
    // Of a parse error only the place is told: its words may repeat what was there.
    let json: Value = serde_json::from_str(text.expose_secret()).map_err(|error| {
        let place = format!("line {}, column {}", error.line(), error.column());
        SinkError::config(key, format!("it is not JSON ({place})"))
    })?;
    let built = match json.get("type").and_then(Value::as_str) {
        Some("service_account") => service_account::Builder::new(json)
            .with_access_specifier(service_account::AccessSpecifier::from_scopes([SCOPE]))
            .build(),
        Some("external_account") => external_account::Builder::new(json)
            .with_scopes([SCOPE])
            .build(),
        Some("impersonated_service_account") => impersonated::Builder::new(json)
            .with_scopes([SCOPE])
            .build(),
        Some("authorized_user") => user_account::Builder::new(json)
            .with_scopes([SCOPE])
            .build(),
        _ => {
            let detail = "its `type` is none of `service_account`, `external_account`, `impersonated_service_account`, \
                          `authorized_user`";
            return Err(SinkError::config(key, detail));
        }
    };
    built.map_err(|error| {
        let said = error.to_string();
        let secret = said.contains("BEGIN") || said.contains("private_key:");
        let detail = if secret {
            "Google's library does not take it"
        } else {
            &said
        };
        SinkError::config(key, detail)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn auth(json: &str) -> Result<Auth, SinkError> {
        let mut options = BigQueryOptions::new("p", "d_v4").unwrap();
        options.identity = Identity::Json(json.to_owned().into());
        Auth::new(&options)
    }

    #[test]
    fn a_bad_key_is_told_without_its_text() {
        for json in [
            r#"{"type": "service_account", "private_key": "hush""#,
            r#"{"type": "hush"}"#,
            r#""hush""#,
            r#"{"type": "service_account", "private_key": ["hush"]}"#,
            r#"{"type": "external_account", "audience": {"hush": 1}}"#,
        ] {
            let error = auth(json).unwrap_err().to_string();
            assert!(error.contains("BIGQUERY_SERVICE_ACCOUNT_JSON"), "{error}");
            assert!(!error.contains("hush"), "{error}");
        }
    }

    #[tokio::test]
    async fn workload_identity_is_a_file_like_any_other() {
        let auth = auth(
            r#"{"type": "external_account", "audience": "//iam.googleapis.com/x",
            "subject_token_type": "urn:ietf:params:oauth:token-type:jwt", "token_url": "http://127.0.0.1:1/token",
            "credential_source": {"file": "/nowhere/id_token"}}"#,
        )
        .unwrap();
        let error = auth.headers().await.unwrap_err();
        assert!(error.to_string().starts_with("get a token"), "{error}");
    }
}
