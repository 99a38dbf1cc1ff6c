//! All hooks that callers made, and what became of webhooks.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError, RwLock, RwLockReadGuard};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::hook::{Hook, Owner, Settings};
use super::task::Eyes;
use crate::rest::error::ApiError;
use crate::world::{Moment, Time};

/// Ids of hooks that callers made begin here, far from those of the world's own life.
const FIRST: u64 = 10_000_000;

/// Hooks that callers made, and how their webhooks fared.
#[derive(Debug, Default)]
pub(crate) struct Webhooks {
    hooks: RwLock<Vec<Hook>>,
    next: AtomicU64,
    pub(crate) tally: Tally,
    /// What looks at the world; closed while there is no hook.
    pub(super) eyes: Mutex<Option<Eyes>>,
    /// Up to when everything that happened was looked at.
    told_until: Mutex<Option<Time>>,
    /// Numbers given so far.
    numbers: AtomicU64,
    /// Rung when there is something new to look at.
    pub(crate) bell: tokio::sync::Notify,
    some: AtomicBool,
}

/// How many webhooks there were of each kind.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) delivered: AtomicU64,
    pub(crate) failed: AtomicU64,
    pub(crate) dropped: AtomicU64,
    pub(crate) duplicated: AtomicU64,
    pub(crate) lost: AtomicU64,
    pub(crate) pending: AtomicU64,
}

/// What became of the webhooks so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookCounts {
    /// Requests answered with 2xx or 3xx.
    pub delivered: u64,
    /// Requests answered otherwise, or not.
    pub failed: u64,
    /// Left out by a fault.
    pub dropped: u64,
    /// Sent once more by a fault; counted above too.
    pub duplicated: u64,
    /// Left out because their hook was disabled or removed.
    pub lost: u64,
    /// Still to be sent.
    pub pending: u64,
    /// Everything that happened until then has been sent, or counted above; absent before there is a hook.
    pub told_until: Option<Timestamp>,
}

impl Tally {
    pub(crate) fn count(counter: &AtomicU64) {
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

impl Webhooks {
    /// All of them, oldest first.
    pub(crate) fn all(&self) -> RwLockReadGuard<'_, Vec<Hook>> {
        self.hooks.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether there are any; cheap.
    pub(crate) fn is_some(&self) -> bool {
        self.some.load(Ordering::Relaxed)
    }

    /// Those of one owner, oldest first.
    pub(crate) fn of(&self, owner: Owner) -> Vec<Hook> {
        let hooks = self.all();
        hooks
            .iter()
            .filter(|hook| hook.owner == owner)
            .cloned()
            .collect()
    }

    /// The hook with this id.
    pub(crate) fn get(&self, id: u64) -> Option<Hook> {
        self.all().iter().find(|hook| hook.id == id).cloned()
    }

    /// A number that nothing else has.
    pub(super) fn number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    /// Everything up to then was looked at.
    pub(super) fn told(&self, until: Option<Time>) {
        *self
            .told_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = until;
    }

    /// Makes a hook; returns it. Everything from this moment on is told.
    pub(crate) fn add(&self, moment: &Moment<'_>, owner: Owner, settings: Settings) -> Hook {
        self.open_eyes(moment);
        let created = moment.now;
        let id = FIRST + self.next.fetch_add(1, Ordering::Relaxed);
        let hook = Hook::new(id, owner, created, settings);
        let mut hooks = self.hooks.write().unwrap_or_else(PoisonError::into_inner);
        hooks.push(hook.clone());
        self.some.store(true, Ordering::Relaxed);
        drop(hooks);
        self.bell.notify_one();
        hook
    }

    /// Changes a hook; none: there is no such one.
    ///
    /// # Errors
    /// What `change` says; then nothing has changed.
    pub(crate) fn change(
        &self,
        id: u64,
        change: impl FnOnce(&mut Settings) -> Result<(), ApiError>,
    ) -> Result<Option<Hook>, ApiError> {
        let mut hooks = self.hooks.write().unwrap_or_else(PoisonError::into_inner);
        let Some(hook) = hooks.iter_mut().find(|hook| hook.id == id) else {
            return Ok(None);
        };
        let mut settings = hook.settings.clone();
        change(&mut settings)?;
        hook.settings = settings;
        Ok(Some(hook.clone()))
    }

    /// Removes a hook; whether there was one.
    pub(crate) fn remove(&self, id: u64) -> bool {
        let mut hooks = self.hooks.write().unwrap_or_else(PoisonError::into_inner);
        let before = hooks.len();
        hooks.retain(|hook| hook.id != id);
        if hooks.is_empty() {
            self.some.store(false, Ordering::Relaxed);
            *self.eyes.lock().unwrap_or_else(PoisonError::into_inner) = None;
            self.told(None);
        }
        hooks.len() < before
    }

    /// Keeps how a delivery to a hook ended.
    pub(crate) fn delivered(&self, id: u64, succeeded: bool, now: Time, delivery: Value) {
        let tally = &self.tally;
        Tally::count(if succeeded {
            &tally.delivered
        } else {
            &tally.failed
        });
        let mut hooks = self.hooks.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(hook) = hooks.iter_mut().find(|hook| hook.id == id) {
            hook.delivered(succeeded, now, delivery);
        }
    }

    /// What became of webhooks so far.
    pub(crate) fn counts(&self) -> WebhookCounts {
        let tally = &self.tally;
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let told = self
            .told_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        WebhookCounts {
            delivered: of(&tally.delivered),
            failed: of(&tally.failed),
            dropped: of(&tally.dropped),
            duplicated: of(&tally.duplicated),
            lost: of(&tally.lost),
            pending: of(&tally.pending),
            told_until: told.map(Time::timestamp),
        }
    }
}
