//! The HTTP client underneath: TLS, proxy, timeouts, token header.

use std::time::Duration;

use reqwest::{
    Certificate, Proxy,
    header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderName, HeaderValue},
    redirect::Policy,
};
use secrecy::ExposeSecret;

use crate::{ClientConfig, GitlabError, TokenKind};

/// Longest time to establish a connection; never more than the whole request may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Builds the HTTP client a configuration describes.
///
/// Redirects are not followed here: GitLab's name its configured host, which need not be the one
/// we reach it by, and a token must not travel to another.
pub(crate) fn build(config: &ClientConfig) -> Result<reqwest::Client, GitlabError> {
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("labtower/", env!("CARGO_PKG_VERSION")))
        .default_headers(default_headers(config)?)
        .redirect(Policy::none())
        .timeout(config.timeout)
        .connect_timeout(CONNECT_TIMEOUT.min(config.timeout))
        .pool_max_idle_per_host(config.concurrency.max(1))
        .tcp_nodelay(true)
        .tls_danger_accept_invalid_certs(config.skip_invalid_certs);
    let certificates = certificates(config)?;
    if !certificates.is_empty() {
        builder = builder.tls_certs_merge(certificates);
    }
    if let Some(proxy) = &config.proxy {
        let proxy = Proxy::all(proxy.clone()).map_err(|_| GitlabError::Config {
            key: "proxy",
            detail: "not a proxy address".to_owned(),
        })?;
        builder = builder.proxy(proxy);
    }
    builder.build().map_err(|error| GitlabError::Config {
        key: "url",
        detail: chain(&error.without_url()),
    })
}

fn default_headers(config: &ClientConfig) -> Result<HeaderMap, GitlabError> {
    let token = config.token.expose_secret().trim();
    let (name, value) = match config.token_kind {
        TokenKind::Private => (
            HeaderName::from_static("private-token"),
            HeaderValue::from_str(token),
        ),
        TokenKind::Bearer => (
            AUTHORIZATION,
            HeaderValue::from_str(&format!("Bearer {token}")),
        ),
    };
    let mut value = value.map_err(|_| GitlabError::Config {
        key: "token",
        detail: "has characters no token has".to_owned(),
    })?;
    value.set_sensitive(true);
    let mut headers = HeaderMap::new();
    headers.insert(name, value);
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    Ok(headers)
}

fn certificates(config: &ClientConfig) -> Result<Vec<Certificate>, GitlabError> {
    let Some(path) = &config.ca_file else {
        return Ok(Vec::new());
    };
    let problem = |detail: String| GitlabError::Config {
        key: "ca_file",
        detail: format!("`{}`: {detail}", path.display()),
    };
    let pem = std::fs::read(path).map_err(|error| problem(error.to_string()))?;
    let certificates =
        Certificate::from_pem_bundle(&pem).map_err(|error| problem(chain(&error)))?;
    if certificates.is_empty() {
        return Err(problem("no PEM certificate in it".to_owned()));
    }
    Ok(certificates)
}

/// An error with its causes, which is where reqwest says what happened.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        let next_text = next.to_string();
        if !text.ends_with(&next_text) {
            text = format!("{text}: {next_text}");
        }
        cause = next.source();
    }
    text
}
