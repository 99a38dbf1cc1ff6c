//! One question's requests: permission, sending, retries, and what is learnt from every answer.

use std::{
    borrow::Cow,
    time::{Duration, Instant},
};

use bytes::Bytes;
use jiff::Timestamp;
use reqwest::{Method, StatusCode, header::HeaderMap};
use secrecy::{ExposeSecret, SecretString};

use crate::{
    Answer, Client, Endpoint, GitlabError, Priority, Site,
    gate::Permit,
    headers,
    kept::{Keep, Kept},
    mask::{excerpt, mask},
    redirect, refusal,
    retry::Delays,
    transport,
};

/// Answers above this are not GitLab's.
const LARGEST_BODY: usize = 256 << 20;

/// 429s sat out inside one question before it fails.
const PATIENCE: usize = 20;

/// Redirects followed for one question.
const REDIRECTS: usize = 5;

/// A request, to be sent any number of times.
#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) endpoint: Endpoint,
    /// Path below the instance's address, with query: `api/v4/projects/7`.
    pub(crate) path: String,
    /// JSON body; a request with one is a POST, unless the call says otherwise.
    pub(crate) body: Option<Bytes>,
    /// What is asked for, in the words of an error message.
    pub(crate) what: String,
    /// Whether the caller asks for less, rather than again, when this is too much for GitLab.
    pub(crate) shrinks: bool,
}

/// An answer with a status below 400.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// Bytes of the body that were left out, after the first [`Keep::head`].
    pub(crate) skipped: u64,
    /// From permission to the last byte.
    pub(crate) took: Duration,
    pub(crate) site: Site,
}

/// Bookkeeping of one question.
pub(crate) struct Call<'c> {
    pub(crate) client: &'c Client,
    priority: Priority,
    asked_at: Option<Timestamp>,
    answered_at: Option<Timestamp>,
    requests: u32,
    /// Whether the request under way is only there to learn GitLab's time.
    learning: bool,
    /// What is kept of bodies; all of it when absent.
    keep: Option<Keep>,
    /// Whether a request that may have arrived must not be sent again.
    once_only: bool,
    /// The method, where it does not follow from there being a body.
    method: Option<Method>,
    /// What GitLab might repeat of the body, and no message may.
    secrets: Vec<SecretString>,
}

impl<'c> Call<'c> {
    pub(crate) fn new(client: &'c Client, priority: Priority) -> Self {
        Self {
            client,
            priority,
            asked_at: None,
            answered_at: None,
            requests: 0,
            learning: false,
            keep: None,
            once_only: false,
            method: None,
            secrets: Vec::new(),
        }
    }

    /// A call that keeps the first and the last bytes of bodies.
    pub(crate) fn keeping(client: &'c Client, priority: Priority, keep: Keep) -> Self {
        Self {
            keep: Some(keep),
            ..Self::new(client, priority)
        }
    }

    /// A call that changes something: what may have arrived is not sent again.
    pub(crate) fn once_only(client: &'c Client, priority: Priority) -> Self {
        Self {
            once_only: true,
            ..Self::new(client, priority)
        }
    }

    /// A call that changes something by this method: what may have arrived is sent again only if that does no harm.
    pub(crate) fn writing(client: &'c Client, method: Method, secrets: Vec<SecretString>) -> Self {
        Self {
            once_only: method == Method::POST,
            method: Some(method),
            secrets,
            ..Self::new(client, Priority::Running)
        }
    }

    /// The answer to the question.
    pub(crate) fn answer<T>(self, value: T) -> Answer<T> {
        let asked_at = self
            .asked_at
            .unwrap_or_else(|| self.client.inner.clock.now());
        Answer {
            value,
            asked_at,
            answered_at: self.answered_at.unwrap_or(asked_at),
            requests: self.requests,
        }
    }

    /// Sends `request` and reads the answer with `read`, again and again until both succeed,
    /// the error cannot pass, or the retries are used up.
    pub(crate) async fn send<T>(
        &mut self,
        request: &Request,
        read: impl Fn(&Reply) -> Result<T, GitlabError>,
    ) -> Result<T, GitlabError> {
        if self.asked_at.is_none() && self.client.inner.last_date().is_none() {
            self.learning = true;
            let learnt = self.learn_the_time().await;
            self.learning = false;
            learnt?;
        }
        let mut request = Cow::Borrowed(request);
        let mut redirects = 0;
        let mut delays = Delays::new();
        let mut failures = 0;
        let mut throttled = 0;
        loop {
            let (error, wait) = match self.once(&request).await {
                Ok(reply) if reply.status.is_redirection() => {
                    let path = redirect::target(&request, &reply, self.client.inner.base())?;
                    redirects += 1;
                    if redirects > REDIRECTS {
                        return Err(GitlabError::Malformed {
                            what: request.what.clone(),
                            detail: "too many redirects".to_owned(),
                            site: Box::new(reply.site),
                        });
                    }
                    request.to_mut().path = path;
                    continue;
                }
                Ok(reply) => match read(&reply) {
                    Ok(value) => return Ok(value),
                    Err(error) => (self.masked(error), None),
                },
                Err(failed) => failed,
            };
            if request.shrinks && error.asks_for_less() {
                return Err(error);
            }
            if matches!(error, GitlabError::RateLimited { .. }) {
                // The gate keeps the next try back for as long as it takes.
                throttled += 1;
                if throttled > PATIENCE {
                    return Err(error);
                }
                self.client.inner.counters.retry();
                continue;
            }
            if self.once_only {
                return Err(error);
            }
            failures += 1;
            // One of many may spoil the answer for good: let the caller find it rather than wait.
            let spoilt = request.shrinks && matches!(error, GitlabError::GraphQl { .. });
            let tries = if spoilt { 1 } else { usize::MAX };
            if !error.is_retryable() || failures > self.client.inner.retries.min(tries) {
                return Err(error);
            }
            let delay = delays.next(wait);
            tracing::debug!(%error, failures, ?delay, "request failed, trying again");
            self.client.inner.counters.retry();
            tokio::time::sleep(delay).await;
        }
    }

    /// Learns GitLab's time from whatever `/version` answers, its errors included; once for all questions.
    async fn learn_the_time(&mut self) -> Result<(), GitlabError> {
        let client = self.client;
        let _alone = client.inner.learning.lock().await;
        if client.inner.last_date().is_some() {
            return Ok(());
        }
        let request = Request {
            endpoint: Endpoint::Version,
            path: "api/v4/version".to_owned(),
            body: None,
            what: "the version".to_owned(),
            shrinks: false,
        };
        let mut delays = Delays::new();
        let mut failures = 0;
        loop {
            let Err((error, wait)) = self.once(&request).await else {
                return Ok(());
            };
            if error.is_fatal() {
                return Err(error);
            }
            if self.client.inner.last_date().is_some() {
                return Ok(());
            }
            failures += 1;
            if failures > self.client.inner.retries {
                return Err(error);
            }
            tokio::time::sleep(delays.next(wait)).await;
        }
    }

    /// Sends the request once. An error comes with the wait GitLab asked for.
    async fn once(&mut self, request: &Request) -> Result<Reply, (GitlabError, Option<Duration>)> {
        let inner = &self.client.inner;
        let mut permit = inner.gate.permit(self.priority, request.endpoint).await;
        if !self.learning && self.asked_at.is_none() {
            // Without any `Date` our own clock is the best guess left.
            self.asked_at = Some(inner.last_date().unwrap_or_else(|| inner.clock.now()));
        }
        self.requests += 1;
        let began = Instant::now();
        let mut site = Site {
            endpoint: endpoint_text(&self.method(request), request),
            ..Site::default()
        };
        let sent = self.exchange(request, &mut permit).await;
        let (status, bytes) = match &sent {
            Ok((status, _, body, _)) => (status.as_u16(), body.received()),
            Err(_) => (0, 0),
        };
        inner
            .counters
            .request(request.endpoint, status, self.priority, bytes);
        drop(permit);
        let (status, headers, kept, broken) =
            sent.map_err(|error| (self.transport_error(error, std::mem::take(&mut site)), None))?;
        let (body, skipped) = kept.finish();
        site.status = Some(status.as_u16());
        site.request_id = headers::request_id(&headers);
        if status.as_u16() >= 400 {
            let secrets = self.secrets.iter().map(|secret| secret.expose_secret());
            let said = secrets.fold(String::from_utf8_lossy(&body), |said, secret| {
                said.replace(secret, "[masked]").into()
            });
            site.excerpt = excerpt(said.as_bytes(), inner.token.expose_secret());
            let wait = headers::retry_after(&headers);
            return Err((refusal::error(request, status, wait, &body, site), wait));
        }
        if let Some(error) = broken {
            return Err((self.transport_error(error, site), None));
        }
        Ok(Reply {
            status,
            headers,
            body,
            skipped,
            took: began.elapsed(),
            site,
        })
    }

    /// The wire: status, headers, as much of the body as came, and what broke it off.
    async fn exchange(
        &mut self,
        request: &Request,
        permit: &mut Permit,
    ) -> Result<(StatusCode, HeaderMap, Kept, Option<Broken>), Broken> {
        let inner = &self.client.inner;
        let url = inner.url(&request.path);
        let mut builder = inner.http.request(self.method(request), url);
        if let Some(body) = &request.body {
            builder = builder
                .header(reqwest::header::CONTENT_TYPE, "application/json")
                .body(body.clone());
        }
        let mut response = match &inner.shelf {
            Some(shelf) => shelf.answer(),
            None => builder.send().await.map_err(Broken::Network)?,
        };
        let (status, headers) = (response.status(), response.headers().clone());
        if let Some(date) = headers::date(&headers) {
            // An error may be a proxy's, whose clock is not GitLab's: the next question would seem to be asked later
            // than it was, and what changed in between would never be read.
            if status.as_u16() < 400 || inner.last_date().is_none() {
                inner.saw_date(date);
            }
            self.answered_at = Some(date);
        }
        // The kind of a 429 shows only in its body, so its headers count once that is here.
        let throttled = status == StatusCode::TOO_MANY_REQUESTS;
        if !throttled {
            permit.answered(headers::rate_limit(&headers), headers::date(&headers), None);
        }
        // Errors are read whole: they are short, and say what is wrong.
        let keep = self.keep.filter(|_| status.is_success());
        let mut body = Kept::new(keep, response.content_length());
        let broken = loop {
            match response.chunk().await {
                Ok(Some(chunk)) if body.received() + chunk.len() > LARGEST_BODY => {
                    break Some(Broken::TooLarge);
                }
                Ok(Some(chunk)) => body.push(&chunk),
                Ok(None) => break None,
                Err(error) => break Some(Broken::Network(error)),
            }
        };
        if throttled {
            permit.answered(
                headers::rate_limit(&headers),
                headers::date(&headers),
                Some(refusal::throttled(&headers, body.head())),
            );
        }
        Ok((status, headers, body, broken))
    }

    fn method(&self, request: &Request) -> Method {
        match &self.method {
            // Time is learnt by another request than the call's.
            Some(method) if !self.learning => method.clone(),
            _ if request.body.is_some() => Method::POST,
            _ => Method::GET,
        }
    }

    /// An error about what a body says, which it may quote: without what must not be seen.
    fn masked(&self, mut error: GitlabError) -> GitlabError {
        let own = self.client.inner.token.expose_secret();
        let hide = |text: &mut String| {
            let secrets = self.secrets.iter().map(|secret| secret.expose_secret());
            for secret in secrets.chain([own]) {
                *text = mask(text, secret);
            }
        };
        match &mut error {
            GitlabError::Malformed { detail, .. } => hide(detail),
            GitlabError::GraphQl { messages, .. } => messages.iter_mut().for_each(hide),
            _ => {}
        }
        error
    }

    fn transport_error(&self, error: Broken, site: Site) -> GitlabError {
        let site = Box::new(site);
        match error {
            Broken::Network(error) if error.is_timeout() => GitlabError::Timeout { site },
            Broken::Network(error) => {
                let host = error.url().and_then(|url| url.host_str());
                let host = host.unwrap_or("its host").to_owned();
                let detail = format!("{host}: {}", transport::chain(&error.without_url()));
                GitlabError::Transport {
                    detail: mask(&detail, self.client.inner.token.expose_secret()),
                    site,
                }
            }
            Broken::TooLarge => GitlabError::Transport {
                detail: format!("the answer is larger than {} MiB", LARGEST_BODY >> 20),
                site,
            },
        }
    }
}

/// Why there is no whole answer.
enum Broken {
    Network(reqwest::Error),
    TooLarge,
}

/// Method and path; the query is cut off where it is long, and holds no secrets.
fn endpoint_text(method: &Method, request: &Request) -> String {
    let path: String = request.path.chars().take(200).collect();
    format!("{method} /{path}")
}
