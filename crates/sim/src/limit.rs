//! GitLab's two rate limiters.
//!
//! One counts all requests of the user and shows itself in `RateLimit-*` headers; the other counts
//! per class of endpoint and shows itself only when it says no.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use crate::config::{Limits, Throttle};

/// Both limiters; windows are fixed and run on real time.
#[derive(Debug)]
pub(crate) struct Limiter {
    limits: RwLock<Limits>,
    windows: Mutex<HashMap<String, Window>>,
    throttled: AtomicU64,
}

#[derive(Debug, Clone, Copy)]
struct Window {
    began: Instant,
    used: u64,
}

/// How the user's limit stands after a request.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Standing {
    pub(crate) limit: u64,
    /// Requests in this window, the refused ones included.
    pub(crate) observed: u64,
    /// Real time until the window ends.
    pub(crate) resets_in: Duration,
}

impl Standing {
    /// Requests left in this window.
    pub(crate) fn remaining(&self) -> u64 {
        self.limit.saturating_sub(self.observed)
    }

    /// Whether the request was one too many.
    pub(crate) fn exceeded(&self) -> bool {
        self.observed > self.limit
    }
}

/// GitLab.com's limits per class of endpoint: class, route, requests, seconds.
const CLASSES: &[(&str, &str, u64, u64)] = &[
    ("projects_api", "GET /projects", 2_000, 600),
    ("project_api", "GET /projects/:id", 400, 60),
    ("group_projects_api", "GET /groups/:id/projects", 600, 60),
    ("groups_api", "GET /groups", 50, 60),
    ("group_api", "GET /groups/:id", 400, 60),
    ("jobs_index", "GET /projects/:id/jobs", 600, 60),
    (
        "project_members_api",
        "GET /projects/:id/members/all",
        200,
        60,
    ),
    ("user_api", "GET /users/:id", 300, 600),
];

impl Limiter {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits: RwLock::new(limits),
            windows: Mutex::default(),
            throttled: AtomicU64::new(0),
        }
    }

    /// Changes the limits; windows start anew.
    pub(crate) fn set(&self, limits: Limits) {
        *self.limits.write().unwrap_or_else(PoisonError::into_inner) = limits;
        self.windows
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    /// Counts a request against the user's limit; none if there is no such limit.
    pub(crate) fn user(&self, now: Instant) -> Option<Standing> {
        let throttle = self
            .limits
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .user?;
        Some(self.count("user", throttle, now))
    }

    /// Counts a request against the limit of its endpoint's class; whether it is allowed.
    pub(crate) fn application(&self, route: &str, now: Instant) -> bool {
        let Some((class, _, requests, seconds)) = CLASSES.iter().find(|(_, of, ..)| *of == route)
        else {
            return true;
        };
        let throttle = {
            let limits = self.limits.read().unwrap_or_else(PoisonError::into_inner);
            let default = Throttle {
                requests: *requests,
                window: Duration::from_secs(*seconds),
            };
            limits
                .classes
                .get(*class)
                .copied()
                .or(limits.application.then_some(default))
        };
        throttle.is_none_or(|throttle| !self.count(class, throttle, now).exceeded())
    }

    /// Counts a refusal.
    pub(crate) fn refused(&self) {
        self.throttled.fetch_add(1, Ordering::Relaxed);
    }

    /// How many requests were refused.
    pub(crate) fn throttled(&self) -> u64 {
        self.throttled.load(Ordering::Relaxed)
    }

    fn count(&self, key: &str, throttle: Throttle, now: Instant) -> Standing {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let window = windows.entry(key.to_owned()).or_insert(Window {
            began: now,
            used: 0,
        });
        if now.duration_since(window.began) >= throttle.window {
            *window = Window {
                began: now,
                used: 0,
            };
        }
        window.used += 1;
        Standing {
            limit: throttle.requests,
            observed: window.used,
            resets_in: throttle
                .window
                .saturating_sub(now.duration_since(window.began)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn per_minute(requests: u64) -> Throttle {
        Throttle {
            requests,
            window: Duration::from_secs(60),
        }
    }

    #[test]
    fn the_users_limit_refuses_one_too_many_and_forgets_with_its_window() {
        let limiter = Limiter::new(Limits {
            user: Some(per_minute(2)),
            ..Limits::default()
        });
        let start = Instant::now();
        assert_eq!(
            limiter.user(start).map(|standing| standing.remaining()),
            Some(1)
        );
        assert!(
            limiter
                .user(start)
                .is_some_and(|standing| !standing.exceeded())
        );
        assert!(
            limiter
                .user(start)
                .is_some_and(|standing| standing.exceeded())
        );
        let later = start + Duration::from_secs(60);
        assert!(
            limiter
                .user(later)
                .is_some_and(|standing| !standing.exceeded())
        );
    }

    #[test]
    fn a_class_has_its_own_limit_and_others_have_none() {
        let classes = [("groups_api".to_owned(), per_minute(1))].into();
        let limiter = Limiter::new(Limits {
            classes,
            ..Limits::default()
        });
        let now = Instant::now();
        assert!(limiter.application("GET /groups", now));
        assert!(!limiter.application("GET /groups", now));
        assert!(limiter.application("GET /projects", now));
        assert_eq!(limiter.user(now), None);
    }
}
