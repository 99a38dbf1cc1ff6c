//! What the client has done so far, for status pages and metrics.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use serde::Serialize;

use crate::{Endpoint, Priority};

/// Counters since the client was made, and where its budget stands.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Stats {
    /// Requests sent, by endpoint, status and priority.
    pub requests: Vec<RequestCount>,
    /// Requests that repeated a failed one.
    pub retries: u64,
    /// Answers with status 429.
    pub throttled: u64,
    /// Quota per minute as GitLab last told (`RateLimit-Limit`); absent while it has none.
    pub limit: Option<u64>,
    /// Requests left in the window (`RateLimit-Remaining`).
    pub remaining: Option<u64>,
    /// End of the window: unix seconds on GitLab's clock (`RateLimit-Reset`).
    pub reset: Option<i64>,
    /// Requests under way.
    pub in_flight: usize,
    /// Requests waiting for the budget, by priority.
    pub queued: BTreeMap<Priority, usize>,
    /// Bytes of answers, unpacked.
    pub bytes_received: u64,
}

impl Stats {
    /// Requests sent in all.
    pub fn total(&self) -> u64 {
        self.requests.iter().map(|line| line.count).sum()
    }
}

/// One line of [`Stats::requests`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RequestCount {
    /// What was asked.
    pub endpoint: Endpoint,
    /// HTTP status; 0 when no answer came.
    pub status: u16,
    /// How urgent it was.
    pub priority: Priority,
    /// How many.
    pub count: u64,
}

/// The counters behind [`Stats`].
#[derive(Default)]
pub(crate) struct Counters(Mutex<Counts>);

#[derive(Default)]
struct Counts {
    requests: BTreeMap<(Endpoint, u16, Priority), u64>,
    retries: u64,
    bytes_received: u64,
}

impl Counters {
    /// One request ended with `status` (0: no answer) and a body of `bytes`.
    pub(crate) fn request(
        &self,
        endpoint: Endpoint,
        status: u16,
        priority: Priority,
        bytes: usize,
    ) {
        let mut counts = self.lock();
        *counts
            .requests
            .entry((endpoint, status, priority))
            .or_default() += 1;
        counts.bytes_received += bytes as u64;
    }

    /// One request is about to be repeated.
    pub(crate) fn retry(&self) {
        self.lock().retries += 1;
    }

    /// The counters, without what only the gate knows.
    pub(crate) fn stats(&self) -> Stats {
        let counts = self.lock();
        let requests: Vec<_> = counts
            .requests
            .iter()
            .map(|(&(endpoint, status, priority), &count)| RequestCount {
                endpoint,
                status,
                priority,
                count,
            })
            .collect();
        Stats {
            throttled: requests
                .iter()
                .filter(|line| line.status == 429)
                .map(|line| line.count)
                .sum(),
            requests,
            retries: counts.retries,
            bytes_received: counts.bytes_received,
            ..Stats::default()
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
