//! Figures kept in memory, because reading them takes long.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

/// How old a figure may be that still changes, while data moves.
pub(super) const FRESH: SignedDuration = SignedDuration::from_secs(60);
/// The same for one that hardly changes.
pub(super) const SETTLED: SignedDuration = SignedDuration::from_hours(1);

/// The state of the data and the present.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Instance {
    pub(crate) now: Timestamp,
    pub(crate) generation: u64,
}

/// A figure, and when and of which data it was read.
#[derive(Debug)]
pub(super) struct Kept<T> {
    pub(super) value: Arc<T>,
    read_at: Timestamp,
    generation: u64,
}

impl<T> Clone for Kept<T> {
    fn clone(&self) -> Self {
        Self {
            value: Arc::clone(&self.value),
            ..*self
        }
    }
}

impl<T> Kept<T> {
    pub(super) fn new(value: T, instance: Instance) -> Self {
        Self {
            value: Arc::new(value),
            read_at: instance.now,
            generation: instance.generation,
        }
    }

    /// Whether it may be shown: the data stands still, or it is young enough.
    pub(super) fn holds(&self, instance: Instance, longest: SignedDuration) -> bool {
        let age = instance.now.duration_since(self.read_at);
        let young = age < longest && !age.is_negative();
        young || self.generation == instance.generation
    }
}

/// Whoever broke off left the figures whole.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_holds_while_data_stands_still_or_it_is_young() {
        let at = |second, generation| Instance {
            now: Timestamp::from_second(second).unwrap(),
            generation,
        };
        let kept = Kept::new(1, at(1000, 7));
        assert!(kept.holds(at(900_000, 7), FRESH));
        assert!(kept.holds(at(1030, 8), FRESH));
        assert!(!kept.holds(at(1100, 8), FRESH));
        assert!(kept.holds(at(1100, 8), SETTLED));
        assert!(!kept.holds(at(9000, 8), SETTLED));
    }
}
