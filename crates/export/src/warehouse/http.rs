//! An HTTP client whose errors hold no secrets.

use std::time::Duration;

use reqwest::Client;
use reqwest::redirect::Policy;
use url::Url;

use crate::sink::{SinkError, with_causes};

/// Longest time to establish a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How often something is tried until its failure is believed.
const TRIES: u32 = 5;
/// Longest words of an error that are passed on.
const LONGEST_DETAIL: usize = 500;

/// A client that follows no redirects: credentials must not travel to another host. Its setting is `key`.
pub(crate) fn client(key: &str, timeout: Duration) -> Result<Client, SinkError> {
    Client::builder()
        .user_agent(concat!("labtower/", env!("CARGO_PKG_VERSION")))
        .redirect(Policy::none())
        .timeout(timeout)
        .connect_timeout(CONNECT_TIMEOUT.min(timeout))
        .build()
        .map_err(|error| SinkError::config(key, told(error)))
}

/// Tries until it is decided; waits longer after each failure that may pass.
pub(crate) async fn tried<T, F: Future<Output = Result<T, SinkError>>>(
    first_delay: Duration,
    once: impl Fn() -> F,
) -> Result<T, SinkError> {
    let mut delay = first_delay;
    for _ in 1..TRIES {
        match once().await {
            Err(error) if error.is_retryable() => tokio::time::sleep(delay).await,
            decided => return decided,
        }
        delay *= 2;
    }
    once().await
}

/// Turns a request's failure into the error of what was done.
pub(crate) fn unavailable(what: &str) -> impl Fn(reqwest::Error) -> SinkError + Copy {
    move |error| SinkError::Unavailable {
        what: what.to_owned(),
        detail: told(error),
    }
}

/// The beginning of a server's message.
pub(crate) fn beginning(message: &str) -> &str {
    let mut end = message.len().min(LONGEST_DETAIL);
    while !message.is_char_boundary(end) {
        end -= 1;
    }
    &message[..end]
}

/// An error without its address, which may hold a secret.
fn told(error: reqwest::Error) -> String {
    with_causes(&error.without_url())
}

/// An address for people: without user, password and query, any of which may be a secret.
pub(crate) fn shown(url: &Url) -> String {
    let port = url
        .port()
        .map_or_else(String::new, |port| format!(":{port}"));
    let host = url.host_str().unwrap_or_default();
    format!("{}://{host}{port}{}", url.scheme(), url.path())
}
