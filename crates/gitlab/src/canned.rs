//! Answers that are at hand: a client that asks nobody.
//!
//! Everything behind the wire is as ever (the gate, statuses, paging, what is read and what is refused), so that fuzzing
//! can send a million answers through it in a minute.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use labtower_model::Clock;
use reqwest::header::{HeaderName, HeaderValue};

use crate::{Client, ClientConfig, GitlabError};

/// What every request is answered with.
#[derive(Debug, Clone, Default)]
pub struct Canned {
    /// The status; 0 counts as 200.
    pub status: u16,
    /// Header lines; those that are none are left out. A `Date` is added.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
}

/// Where a client takes answers from instead of the network.
#[derive(Debug, Default)]
pub(crate) struct Shelf(Mutex<Canned>);

impl Client {
    /// A client that asks nobody, and is answered by [`Client::set_answer`].
    ///
    /// # Errors
    ///
    /// As [`Client::new`].
    pub fn canned(config: ClientConfig, clock: Arc<dyn Clock>) -> Result<Self, GitlabError> {
        Self::build(config, clock, Some(Shelf::default()))
    }

    /// Sets what every request of a canned client is answered with from now on; others go on asking GitLab.
    pub fn set_answer(&self, answer: Canned) {
        if let Some(Shelf(shelf)) = &self.inner.shelf {
            *shelf.lock().unwrap_or_else(PoisonError::into_inner) = answer;
        }
    }
}

impl Shelf {
    /// The answer, as if it had come from the network.
    pub(crate) fn answer(&self) -> reqwest::Response {
        let canned = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let mut response = http::Response::new(canned.body);
        if let Ok(status) = http::StatusCode::from_u16(canned.status) {
            *response.status_mut() = status;
        }
        let headers = response.headers_mut();
        for (name, value) in &canned.headers {
            if let (Ok(name), Ok(value)) =
                (name.parse::<HeaderName>(), HeaderValue::from_str(value))
            {
                headers.append(name, value);
            }
        }
        let date = HeaderValue::from_static("Fri, 20 Nov 2026 12:00:00 GMT");
        headers.insert(reqwest::header::DATE, date);
        reqwest::Response::from(response)
    }
}
