//! The client: what all its questions share.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use jiff::{SignedDuration, Timestamp};
use labtower_model::Clock;
use secrecy::SecretString;
use url::Url;

use crate::{
    ClientConfig, GitlabError, Priority, Stats, canned::Shelf, gate::Gate, size::Size,
    stats::Counters, transport,
};

/// A GitLab instance, asked with one token under one budget. Clones share everything.
#[derive(Clone)]
pub struct Client {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) http: reqwest::Client,
    /// Answers instead of the network, where there is one.
    pub(crate) shelf: Option<Shelf>,
    pub(crate) gate: Arc<Gate>,
    pub(crate) counters: Counters,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) token: SecretString,
    pub(crate) retries: usize,
    /// Pipelines a backfill page asks for.
    pub(crate) page: Size,
    /// Merge requests a page asks for.
    pub(crate) requests: Size,
    /// Projects one poll asks about.
    pub(crate) batch: Size,
    /// Held by the question that learns GitLab's time for all.
    pub(crate) learning: tokio::sync::Mutex<()>,
    base: Url,
    gitlab_time: Mutex<Option<GitlabTime>>,
}

/// GitLab's clock, as its last `Date` showed it.
#[derive(Clone, Copy)]
struct GitlabTime {
    date: Timestamp,
    skew: SignedDuration,
}

impl Client {
    /// A client that has not asked anything yet.
    ///
    /// # Errors
    ///
    /// [`GitlabError::Config`] for an address, certificate file, proxy or token that cannot work.
    pub fn new(config: ClientConfig, clock: Arc<dyn Clock>) -> Result<Self, GitlabError> {
        Self::build(config, clock, None)
    }

    pub(crate) fn build(
        config: ClientConfig,
        clock: Arc<dyn Clock>,
        shelf: Option<Shelf>,
    ) -> Result<Self, GitlabError> {
        let base = base(&config.url)?;
        let http = transport::build(&config)?;
        Ok(Self {
            inner: Arc::new(Inner {
                http,
                shelf,
                gate: Gate::new(
                    config.concurrency,
                    config.requests_per_second,
                    config.throttled_wait,
                ),
                counters: Counters::default(),
                clock,
                token: config.token,
                retries: config.retries,
                page: Size::new(20, 100),
                requests: Size::new(50, 100),
                batch: Size::new(100, 100),
                learning: tokio::sync::Mutex::new(()),
                base,
                gitlab_time: Mutex::new(None),
            }),
        })
    }

    /// GitLab's time now, reckoned from our clock and its last `Date`; `None` before the first answer.
    pub fn server_now(&self) -> Option<Timestamp> {
        let skew = self.clock_skew()?;
        self.inner.clock.now().checked_add(skew).ok()
    }

    /// How far GitLab's clock is ahead of ours, to about a second; `None` before the first answer.
    pub fn clock_skew(&self) -> Option<SignedDuration> {
        self.inner.time().map(|time| time.skew)
    }

    /// What the client has done so far.
    pub fn stats(&self) -> Stats {
        let gate = &self.inner.gate;
        let quota = gate.quota();
        Stats {
            limit: quota.limit,
            remaining: quota.remaining,
            reset: quota.reset,
            in_flight: gate.out(),
            queued: Priority::ALL
                .into_iter()
                .map(|priority| (priority, gate.queued(priority)))
                .collect(),
            ..self.inner.counters.stats()
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("host", &self.inner.base.host_str())
            .field("path", &self.inner.base.path())
            .finish_non_exhaustive()
    }
}

impl Inner {
    /// Address of `path` (with query) below the instance's own.
    pub(crate) fn url(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        let (path, query) = match path.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (path, None),
        };
        // Set whole, so that an encoded slash in a project's path stays encoded.
        url.set_path(&format!("{}{path}", self.base.path()));
        url.set_query(query);
        url
    }

    /// The instance's address; its path ends in a slash.
    pub(crate) fn base(&self) -> &Url {
        &self.base
    }

    /// `Date` of the last answer that was no error; of an error while there was none.
    pub(crate) fn last_date(&self) -> Option<Timestamp> {
        self.time().map(|time| time.date)
    }

    /// An answer said this is GitLab's time.
    pub(crate) fn saw_date(&self, date: Timestamp) {
        let skew = date.duration_since(self.clock.now());
        *self
            .gitlab_time
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(GitlabTime { date, skew });
    }

    fn time(&self) -> Option<GitlabTime> {
        *self
            .gitlab_time
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// The instance's address without what must not be in it, ending in a slash.
fn base(url: &Url) -> Result<Url, GitlabError> {
    let problem = |detail: &str| GitlabError::Config {
        key: "url",
        detail: detail.to_owned(),
    };
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(problem(
            "must begin with http:// or https:// and name a host",
        ));
    }
    let mut base = url.clone();
    base.set_query(None);
    base.set_fragment(None);
    let path = base.path().trim_end_matches('/');
    // People paste the API's address; its root is what we need.
    let path = path.strip_suffix("/api/v4").unwrap_or(path);
    let path = format!("{}/", path.trim_end_matches('/'));
    base.set_path(&path);
    Ok(base)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root(url: &str) -> String {
        base(&url.parse().unwrap()).unwrap().to_string()
    }

    #[test]
    fn relative_roots_and_pasted_api_addresses_are_understood() {
        assert_eq!(
            root("https://gitlab.example.com"),
            "https://gitlab.example.com/"
        );
        assert_eq!(
            root("http://intranet:8080/gitlab"),
            "http://intranet:8080/gitlab/"
        );
        assert_eq!(root("https://x/gitlab/api/v4/?a=1#b"), "https://x/gitlab/");
    }

    #[test]
    fn other_schemes_are_refused() {
        assert!(base(&"ftp://x".parse().unwrap()).is_err());
    }
}
