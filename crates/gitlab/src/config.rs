//! How to reach GitLab.

use std::{fmt, path::PathBuf, time::Duration};

use secrecy::SecretString;
use url::Url;

/// Where GitLab is, who we are, and how hard we may ask.
#[derive(Clone)]
pub struct ClientConfig {
    /// Address of the instance, for example `https://gitlab.example.com` or,
    /// with a relative root, `http://intranet/gitlab`.
    pub url: Url,
    /// Access token with scope `read_api`.
    pub token: SecretString,
    /// How the token is sent.
    pub token_kind: TokenKind,
    /// Certificates to trust beside the system's: a PEM file with one or more.
    pub ca_file: Option<PathBuf>,
    /// Whether any certificate is accepted.
    pub skip_invalid_certs: bool,
    /// Proxy for all requests; without it the usual environment variables count.
    pub proxy: Option<Url>,
    /// Longest time for one request, body included.
    pub timeout: Duration,
    /// Most requests per second; fractions allowed. GitLab's own limits are obeyed in any case.
    pub requests_per_second: Option<f64>,
    /// Most requests at a time.
    pub concurrency: usize,
    /// How often a failed request is repeated.
    pub retries: usize,
    /// How long an endpoint is left alone after a 429 that names no time; GitLab's own default is a minute.
    pub throttled_wait: Duration,
}

impl ClientConfig {
    /// The defaults: 30 s timeout, 10 requests at a time, 5 retries, no ceiling of our own.
    pub fn new(url: Url, token: SecretString) -> Self {
        Self {
            url,
            token,
            token_kind: TokenKind::Private,
            ca_file: None,
            skip_invalid_certs: false,
            proxy: None,
            timeout: Duration::from_secs(30),
            requests_per_second: None,
            concurrency: 10,
            retries: 5,
            throttled_wait: Duration::from_secs(60),
        }
    }
}

impl fmt::Debug for ClientConfig {
    // By hand, because a URL may carry a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientConfig")
            .field("host", &self.url.host_str())
            .field("path", &self.url.path())
            .field("token_kind", &self.token_kind)
            .field("ca_file", &self.ca_file)
            .field("skip_invalid_certs", &self.skip_invalid_certs)
            .field("proxy", &self.proxy.as_ref().and_then(Url::host_str))
            .field("timeout", &self.timeout)
            .field("requests_per_second", &self.requests_per_second)
            .field("concurrency", &self.concurrency)
            .field("retries", &self.retries)
            .field("throttled_wait", &self.throttled_wait)
            .finish_non_exhaustive()
    }
}

/// The header a token travels in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TokenKind {
    /// `PRIVATE-TOKEN`: personal, project and group access tokens.
    #[default]
    Private,
    /// `Authorization: Bearer`: OAuth tokens (access tokens work too).
    Bearer,
}
