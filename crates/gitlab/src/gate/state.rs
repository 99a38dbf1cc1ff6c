//! The rules of the gate: pure, the time is a parameter.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    time::Duration,
};

use jiff::Timestamp;
use tokio::time::Instant;

use super::{
    pace::Pace,
    quota::{Quota, QuotaView, Room},
};
use crate::{Endpoint, Priority, headers::RateLimit};

/// Most requests of a window kept for running and fresh pipelines while history is read.
const MOST_SPARE: u64 = 20;

/// A 429.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Throttled {
    /// By the user throttle: nothing gets through.
    Everything(Option<Duration>),
    /// By the application limiter: only this endpoint is closed.
    Endpoint(Option<Duration>),
}

/// What the first waiter in line may do.
pub(super) enum Turn<W> {
    /// Go, with this permit number, to this endpoint.
    Go(W, (u64, Endpoint)),
    /// Nobody may; look again then, or when something is answered.
    Wait(Option<Instant>),
}

/// Everything the gate knows. `W` is whatever wakes a waiter.
pub(super) struct State<W> {
    concurrency: usize,
    pace: Option<Pace>,
    /// Wait after a 429 that names none.
    throttled_wait: Duration,
    queues: BTreeMap<(Priority, Endpoint), VecDeque<(u64, W)>>,
    next_arrival: u64,
    next_permit: u64,
    /// Permits out.
    out: usize,
    /// Permits out whose answer's headers have not come yet: GitLab may or may not have counted them.
    awaiting: u64,
    quota: Option<Quota>,
    blocked_until: Option<Instant>,
    probing: Probing,
    closed: HashMap<Endpoint, Closed>,
}

/// Whether one request goes ahead alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Probing {
    No,
    /// The next request is the probe.
    Due,
    /// This permit is the probe.
    Sent(u64),
}

/// An endpoint closed by the application limiter.
struct Closed {
    until: Instant,
    probe: Option<u64>,
}

impl<W> State<W> {
    pub(super) fn new(
        concurrency: usize,
        per_second: Option<f64>,
        throttled_wait: Duration,
    ) -> Self {
        Self {
            throttled_wait,
            concurrency: concurrency.max(1),
            pace: per_second.and_then(Pace::new),
            queues: BTreeMap::new(),
            next_arrival: 0,
            next_permit: 0,
            out: 0,
            awaiting: 0,
            quota: None,
            blocked_until: None,
            probing: Probing::Due,
            closed: HashMap::new(),
        }
    }

    /// Queues a waiter.
    pub(super) fn arrive(&mut self, priority: Priority, endpoint: Endpoint, waiter: W) {
        let arrival = self.next_arrival;
        self.next_arrival += 1;
        self.queues
            .entry((priority, endpoint))
            .or_default()
            .push_back((arrival, waiter));
    }

    /// Lets the first in line go, if anything may. `gone` tells a waiter that gave up.
    pub(super) fn turn(&mut self, now: Instant, gone: impl Fn(&W) -> bool) -> Turn<W> {
        for queue in self.queues.values_mut() {
            while queue.front().is_some_and(|(_, waiter)| gone(waiter)) {
                queue.pop_front();
            }
        }
        self.queues.retain(|_, queue| !queue.is_empty());

        if self.out >= self.concurrency {
            return Turn::Wait(None);
        }
        let (key, closed_until) = self.first_in_line(now);
        let Some(key) = key else {
            return Turn::Wait(closed_until);
        };
        if let Err(until) = self.may_go(now, key.0) {
            return Turn::Wait(until);
        }
        let Some((_, waiter)) = self.queues.get_mut(&key).and_then(VecDeque::pop_front) else {
            return Turn::Wait(None);
        };
        Turn::Go(waiter, (self.give(now, key.1), key.1))
    }

    /// The longest waiting of the most urgent whose endpoint is open; and when a closed one opens.
    fn first_in_line(&self, now: Instant) -> (Option<(Priority, Endpoint)>, Option<Instant>) {
        let mut first: Option<((Priority, Endpoint), u64)> = None;
        let mut opens: Option<Instant> = None;
        for (key, queue) in &self.queues {
            if first.is_some_and(|(found, _)| found.0 < key.0) {
                break;
            }
            if let Some(closed) = self.closed.get(&key.1) {
                if now < closed.until {
                    opens = Some(opens.map_or(closed.until, |other| other.min(closed.until)));
                    continue;
                }
                if closed.probe.is_some() {
                    continue;
                }
            }
            if let Some((arrival, _)) = queue.front()
                && first.is_none_or(|(_, other)| *arrival < other)
            {
                first = Some((*key, *arrival));
            }
        }
        (first.map(|(key, _)| key), opens)
    }

    /// Whether anybody of this priority may go; if not, when to look again.
    fn may_go(&mut self, now: Instant, priority: Priority) -> Result<(), Option<Instant>> {
        if let Some(until) = self.blocked_until {
            if now < until {
                return Err(Some(until));
            }
            self.blocked_until = None;
        }
        if let Probing::Sent(_) = self.probing {
            return Err(None);
        }
        if let Some(until) = self.pace.as_ref().and_then(|pace| pace.wait_until(now)) {
            return Err(Some(until));
        }
        if self.probing == Probing::Due {
            return Ok(());
        }
        if let Some(quota) = &mut self.quota {
            let spare = spare(priority, quota.size());
            match quota.room(now, self.awaiting, spare, self.next_permit) {
                Room::Yes => {}
                Room::Until(until) => return Err(Some(until)),
                Room::Probe => self.probing = Probing::Due,
            }
        }
        Ok(())
    }

    fn give(&mut self, now: Instant, endpoint: Endpoint) -> u64 {
        let permit = self.next_permit;
        self.next_permit += 1;
        self.out += 1;
        self.awaiting += 1;
        if let Some(pace) = &mut self.pace {
            pace.take(now);
        }
        if self.probing == Probing::Due {
            self.probing = Probing::Sent(permit);
        }
        if let Some(closed) = self.closed.get_mut(&endpoint) {
            closed.probe = Some(permit);
        }
        permit
    }

    /// The headers of a permit's answer came.
    pub(super) fn answered(
        &mut self,
        now: Instant,
        permit: u64,
        endpoint: Endpoint,
        seen: Option<RateLimit>,
        date: Option<Timestamp>,
        throttled: Option<Throttled>,
    ) {
        self.awaiting = self.awaiting.saturating_sub(1);
        if let Some(seen) = seen {
            match &mut self.quota {
                Some(quota) => quota.update(seen, date, now, permit),
                None => self.quota = Some(Quota::seen(seen, date, now, permit)),
            }
        }
        let was_probe = self.probing == Probing::Sent(permit);
        match throttled {
            Some(Throttled::Everything(wait)) => {
                self.block(now, wait);
                return;
            }
            Some(Throttled::Endpoint(wait)) => {
                let until = now + wait.unwrap_or(self.throttled_wait);
                let closed = self
                    .closed
                    .entry(endpoint)
                    .or_insert(Closed { until, probe: None });
                closed.until = closed.until.max(until);
                closed.probe = None;
            }
            None => {
                if self
                    .closed
                    .get(&endpoint)
                    .is_some_and(|closed| closed.probe == Some(permit))
                {
                    self.closed.remove(&endpoint);
                }
            }
        }
        if was_probe {
            self.probing = Probing::No;
        }
    }

    fn block(&mut self, now: Instant, wait: Option<Duration>) {
        let until = now + wait.unwrap_or(self.throttled_wait);
        self.blocked_until = Some(self.blocked_until.map_or(until, |other| other.max(until)));
        self.probing = Probing::Due;
    }

    /// A permit came back; `answered` says whether its headers had come.
    pub(super) fn returned(&mut self, permit: u64, endpoint: Endpoint, answered: bool) {
        self.out = self.out.saturating_sub(1);
        if answered {
            return;
        }
        self.answered_nothing(permit, endpoint);
        if let Some(quota) = &mut self.quota {
            quota.lost_one();
        }
    }

    /// A permit was given to somebody who had just left: nothing was sent.
    pub(super) fn unused(&mut self, permit: u64, endpoint: Endpoint) {
        self.answered_nothing(permit, endpoint);
        self.out = self.out.saturating_sub(1);
    }

    fn answered_nothing(&mut self, permit: u64, endpoint: Endpoint) {
        self.awaiting = self.awaiting.saturating_sub(1);
        if self.probing == Probing::Sent(permit) {
            self.probing = Probing::Due;
        }
        if let Some(closed) = self.closed.get_mut(&endpoint)
            && closed.probe == Some(permit)
        {
            closed.probe = None;
        }
    }

    pub(super) fn out(&self) -> usize {
        self.out
    }

    pub(super) fn queued(&self, priority: Priority) -> usize {
        self.queues
            .iter()
            .filter(|((of, _), _)| *of == priority)
            .map(|(_, queue)| queue.len())
            .sum()
    }

    pub(super) fn quota(&self) -> QuotaView {
        self.quota.as_ref().map(Quota::view).unwrap_or_default()
    }
}

/// Requests of a window that this priority leaves to the more urgent.
fn spare(priority: Priority, window: u64) -> u64 {
    match priority {
        Priority::Running | Priority::Fresh => 0,
        Priority::Backfill | Priority::Enrichment => (window * 3 / 100).min(MOST_SPARE),
    }
}

#[cfg(test)]
mod tests;
