//! Slows down guessing of passwords.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Failures that cost an address nothing yet: people mistype.
const FREE_OF_ADDRESS: u32 = 5;
/// The same for a person: guesses may come from many addresses, but nobody should lock another out easily.
const FREE_OF_USER: u32 = 20;
/// Longest wait.
const LONGEST: Duration = Duration::from_secs(300);
/// Failures are forgotten after this long without another.
const MEMORY: Duration = Duration::from_secs(3600);
/// Addresses and people remembered.
const MOST: usize = 10_000;

/// Failed attempts, by address and by person.
#[derive(Debug, Default)]
pub(super) struct Throttle(Mutex<HashMap<Key, Failures>>);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Address(Option<IpAddr>),
    User(String),
}

#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    last: Instant,
    until: Instant,
}

impl Throttle {
    /// How long an attempt has to wait; absent when it may be made.
    pub(super) fn wait(
        &self,
        address: Option<IpAddr>,
        user: &str,
        now: Instant,
    ) -> Option<Duration> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        keys(address, user)
            .iter()
            .filter_map(|(key, _)| known.get(key))
            .map(|failures| failures.until.saturating_duration_since(now))
            .max()
            .filter(|wait| !wait.is_zero())
    }

    /// An attempt failed.
    pub(super) fn failed(&self, address: Option<IpAddr>, user: &str, now: Instant) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.retain(|_, failures| now.duration_since(failures.last) < MEMORY);
        }
        if known.len() >= MOST {
            // Under an attack by very many addresses the oldest are let go.
            known.retain(|_, failures| failures.until > now);
        }
        for (key, free) in keys(address, user) {
            let before = known
                .get(&key)
                .filter(|failures| now.duration_since(failures.last) < MEMORY)
                .map_or(0, |failures| failures.count);
            let count = before.saturating_add(1);
            let wait = match count.saturating_sub(free) {
                0 => Duration::ZERO,
                over => Duration::from_secs(1 << over.min(9)).min(LONGEST),
            };
            known.insert(
                key,
                Failures {
                    count,
                    last: now,
                    until: now + wait,
                },
            );
        }
    }

    /// An attempt succeeded: what the address and the person did before is forgotten.
    pub(super) fn succeeded(&self, address: Option<IpAddr>, user: &str) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, _) in keys(address, user) {
            known.remove(&key);
        }
    }
}

fn keys(address: Option<IpAddr>, user: &str) -> [(Key, u32); 2] {
    let user: String = user.chars().take(100).collect();
    [
        (Key::Address(address), FREE_OF_ADDRESS),
        (Key::User(user), FREE_OF_USER),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_with_failures_and_end_with_success() {
        let (throttle, now) = (Throttle::default(), Instant::now());
        let address = Some(IpAddr::from([192, 0, 2, 1]));
        for _ in 0..5 {
            throttle.failed(address, "ann", now);
        }
        assert_eq!(throttle.wait(address, "ann", now), None);
        throttle.failed(address, "ann", now);
        assert_eq!(
            throttle.wait(address, "bob", now),
            Some(Duration::from_secs(2))
        );
        assert_eq!(throttle.wait(None, "ann", now), None);
        for _ in 0..20 {
            throttle.failed(address, "ann", now);
        }
        assert_eq!(throttle.wait(address, "bob", now), Some(LONGEST));
        assert!(throttle.wait(None, "ann", now).is_some());
        assert_eq!(throttle.wait(address, "bob", now + LONGEST), None);
        throttle.succeeded(address, "ann");
        assert_eq!(throttle.wait(address, "ann", now), None);
    }

    #[test]
    fn memory_is_bounded() {
        let (throttle, now) = (Throttle::default(), Instant::now());
        for number in 0..(MOST as u32 + 100) {
            throttle.failed(Some(IpAddr::from(number.to_be_bytes())), "ann", now);
        }
        let known = throttle.0.lock().unwrap();
        assert!(known.len() <= MOST + 2, "{}", known.len());
    }
}
