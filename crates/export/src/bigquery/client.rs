//! Requests to BigQuery's REST API.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Client as Http, Method, StatusCode};
use serde_json::Value;
use url::Url;

use super::auth::Auth;
use super::options::BigQueryOptions;
use crate::sink::SinkError;
use crate::warehouse::{beginning, client, tried, unavailable};

/// Asks one service as one identity.
#[derive(Debug)]
pub(super) struct Client {
    http: Http,
    auth: Auth,
    endpoint: Url,
    project: String,
    first_delay: Duration,
}

/// What came back.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    /// The JSON of the body; null if there was none.
    pub(super) body: Value,
}

/// A request, for as long as it takes to send it.
#[derive(Debug, Clone)]
pub(super) struct Request<'a> {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) content_type: &'a str,
    pub(super) body: Vec<u8>,
    /// For errors: what is done with it.
    pub(super) what: &'a str,
}

impl Client {
    pub(super) fn new(options: &BigQueryOptions) -> Result<Self, SinkError> {
        Ok(Self {
            http: client("endpoint", options.timeout)?,
            auth: Auth::new(options)?,
            endpoint: options.endpoint.clone(),
            project: options.project.clone(),
            first_delay: options.first_delay,
        })
    }

    /// An address below the project: `datasets/d/tables`.
    pub(super) fn url(&self, path: &str) -> Url {
        self.below("bigquery/v2", path)
    }

    /// An address that bodies are uploaded to.
    pub(super) fn upload_url(&self, path: &str) -> Url {
        self.below("upload/bigquery/v2", path)
    }

    fn below(&self, api: &str, path: &str) -> Url {
        let mut url = self.endpoint.clone();
        let base = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{base}/{api}/projects/{}/{path}", self.project));
        url
    }

    /// Sends JSON and takes any answer that has decided something, also a refusal.
    pub(super) async fn json(
        &self,
        method: Method,
        url: Url,
        body: Option<&Value>,
        what: &str,
    ) -> Result<Answer, SinkError> {
        let request = Request {
            method,
            url,
            content_type: "application/json",
            body: body.map_or_else(Vec::new, |body| body.to_string().into_bytes()),
            what,
        };
        self.send(&request).await
    }

    /// Sends a request until it is decided; waits longer after each failure that may pass.
    pub(super) async fn send(&self, request: &Request<'_>) -> Result<Answer, SinkError> {
        tried(self.first_delay, || async {
            let answer = self.send_once(request).await?;
            if answer.is_passing() {
                return Err(answer.error(request.what));
            }
            Ok(answer)
        })
        .await
    }

    /// Sends a request once.
    pub(super) async fn send_once(&self, request: &Request<'_>) -> Result<Answer, SinkError> {
        let unavailable = unavailable(request.what);
        let mut sent = self
            .http
            .request(request.method.clone(), request.url.clone())
            .headers(self.auth.headers().await?);
        if request.method != Method::GET && request.method != Method::DELETE {
            sent = sent
                .header(CONTENT_TYPE, request.content_type)
                .body(request.body.clone());
        }
        let response = sent.send().await.map_err(unavailable)?;
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = response.bytes().await.map_err(unavailable)?;
        Ok(Answer {
            status,
            headers,
            body: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        })
    }
}

impl Answer {
    /// The answer if it is a success, else the error that it is.
    pub(super) fn ok(self, what: &str) -> Result<Self, SinkError> {
        if self.status.is_success() {
            return Ok(self);
        }
        Err(self.error(what))
    }

    /// Whether what is asked for is not there.
    pub(super) fn is_missing(&self) -> bool {
        self.status == StatusCode::NOT_FOUND
    }

    /// Whether what is to be made is there already.
    pub(super) fn is_conflict(&self) -> bool {
        self.status == StatusCode::CONFLICT
    }

    fn is_passing(&self) -> bool {
        let busy = self.status.is_server_error() && self.status != StatusCode::NOT_IMPLEMENTED;
        busy || matches!(self.status.as_u16(), 408 | 429)
            || self.status == StatusCode::FORBIDDEN && passes(self.reason())
    }

    fn reason(&self) -> &str {
        self.body["error"]["errors"][0]["reason"]
            .as_str()
            .unwrap_or_default()
    }

    /// An error with Google's words.
    pub(super) fn error(&self, what: &str) -> SinkError {
        let message = self.body["error"]["message"].as_str().unwrap_or_default();
        let detail = format!("{}: {}", self.status, beginning(message));
        let what = what.to_owned();
        if self.is_passing() {
            SinkError::Unavailable { what, detail }
        } else {
            SinkError::Refused { what, detail }
        }
    }
}

/// Whether a failure with this reason of Google's may pass without anybody doing anything.
pub(super) fn passes(reason: &str) -> bool {
    matches!(
        reason,
        "backendError"
            | "internalError"
            | "jobBackendError"
            | "jobInternalError"
            | "jobRateLimitExceeded"
            | "quotaExceeded"
            | "rateLimitExceeded"
            | "resourcesExceeded"
            | "stopped"
            | "tableUnavailable"
            | "timeout"
    )
}
