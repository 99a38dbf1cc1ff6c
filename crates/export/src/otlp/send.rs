//! One request.

use std::error::Error as _;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client};
use url::Url;

use super::answer::{self, Answer};
use super::headers::headers;
use super::options::{OtlpOptions, traces_url};
use super::request::Body;
use crate::ExportError;

/// Longest time to establish a connection; never more than the whole request may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Posts requests to one receiver.
#[derive(Debug)]
pub(super) struct Sender {
    client: Client,
    url: Url,
    gzip: bool,
}

impl Sender {
    /// Reads certificates and headers.
    pub(super) fn new(options: &OtlpOptions) -> Result<Self, ExportError> {
        let headers = headers(&options.headers).map_err(|detail| ExportError::Config {
            key: "export.otlp.headers",
            detail,
        })?;
        let mut builder = Client::builder()
            .user_agent(concat!("labtower/", env!("CARGO_PKG_VERSION")))
            .default_headers(headers)
            // Headers may be credentials, which must not travel to another host.
            .redirect(Policy::none())
            .timeout(options.timeout)
            .connect_timeout(CONNECT_TIMEOUT.min(options.timeout));
        let certificates = certificates(options)?;
        if !certificates.is_empty() {
            builder = builder.tls_certs_merge(certificates);
        }
        let client = builder.build().map_err(|error| ExportError::Config {
            key: "export.otlp.endpoint",
            detail: chain(error),
        })?;
        Ok(Self {
            client,
            url: traces_url(&options.endpoint),
            gzip: options.gzip,
        })
    }

    /// Sends a body and reads the answer; whatever keeps it from arriving may pass.
    pub(super) async fn send(&self, body: &Body, now: Timestamp) -> Answer {
        let mut request = self
            .client
            .post(self.url.clone())
            .header(CONTENT_TYPE, "application/x-protobuf");
        if self.gzip {
            request = request.header(CONTENT_ENCODING, "gzip");
        }
        let response = match request.body(body.bytes.clone()).send().await {
            Ok(response) => response,
            Err(error) => return later(error),
        };
        let (status, headers) = (response.status(), response.headers().clone());
        match response.bytes().await {
            Ok(answer) => answer::read(status, &headers, &answer, now),
            // The receiver has decided, only its words are lost.
            Err(_) if status.is_success() => answer::read(status, &headers, b"", now),
            Err(error) => later(error),
        }
    }
}

fn later(error: reqwest::Error) -> Answer {
    Answer::Later {
        reason: chain(error),
        after: None,
    }
}

fn certificates(options: &OtlpOptions) -> Result<Vec<Certificate>, ExportError> {
    let Some(path) = &options.ca_file else {
        return Ok(Vec::new());
    };
    let problem = |detail: String| ExportError::Config {
        key: "export.otlp.ca_file",
        detail: format!("`{}`: {detail}", path.display()),
    };
    let pem = std::fs::read(path).map_err(|error| problem(error.to_string()))?;
    let certificates = Certificate::from_pem_bundle(&pem).map_err(|error| problem(chain(error)))?;
    if certificates.is_empty() {
        return Err(problem("no PEM certificate in it".to_owned()));
    }
    Ok(certificates)
}

/// An error with its causes and without its address, which may hold a secret.
fn chain(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        let words = next.to_string();
        if !text.ends_with(&words) {
            text = format!("{text}: {words}");
        }
        cause = next.source();
    }
    text
}
