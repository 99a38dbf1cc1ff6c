//! Page sizes that follow what GitLab can bear.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// An answer slower than this does not make the page grow.
const QUICK: Duration = Duration::from_secs(5);

/// Quick answers asked for before a size that failed is tried again; doubles with each failure.
const PATIENCE: u32 = 8;

/// Most quick answers asked for before a size that failed is tried again.
const MOST_PATIENCE: u32 = 256;

/// A page size shared by all who ask the same kind of question: doubles while answers are quick, halves when one fails.
pub(crate) struct Size {
    largest: usize,
    state: Mutex<State>,
}

struct State {
    size: usize,
    patience: u32,
    waiting: u32,
}

impl Size {
    /// A size that starts at `start` and never exceeds `largest`.
    pub(crate) fn new(start: usize, largest: usize) -> Self {
        Self {
            largest,
            state: Mutex::new(State {
                size: start.min(largest),
                patience: 0,
                waiting: 0,
            }),
        }
    }

    /// The size to ask for now.
    pub(crate) fn get(&self) -> usize {
        self.lock().size
    }

    /// A page of `asked` came after `took`.
    pub(crate) fn succeeded(&self, asked: usize, took: Duration) {
        let mut state = self.lock();
        // Pages asked for before the size changed say nothing about it.
        if took >= QUICK || asked < state.size {
            return;
        }
        if state.waiting > 0 {
            state.waiting -= 1;
        } else {
            state.size = (state.size * 2).min(self.largest);
        }
    }

    /// A page of `asked` was too much; returns the size to try instead, at least 1.
    pub(crate) fn failed(&self, asked: usize) -> usize {
        let less = (asked / 2).max(1);
        let mut state = self.lock();
        if less < state.size {
            state.size = less;
            state.patience = (state.patience * 2).clamp(PATIENCE, MOST_PATIENCE);
        }
        state.waiting = state.patience;
        less
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAST: Duration = Duration::from_millis(100);

    #[test]
    fn quick_answers_double_up_to_the_largest() {
        let size = Size::new(20, 100);
        for expected in [40, 80, 100, 100] {
            size.succeeded(size.get(), FAST);
            assert_eq!(size.get(), expected);
        }
    }

    #[test]
    fn slow_answer_leaves_the_size() {
        let size = Size::new(20, 100);
        size.succeeded(20, QUICK);
        assert_eq!(size.get(), 20);
    }

    #[test]
    fn failure_halves_and_is_not_forgotten_at_once() {
        let size = Size::new(100, 100);
        assert_eq!(size.failed(100), 50);
        for _ in 0..PATIENCE {
            size.succeeded(50, FAST);
            assert_eq!(size.get(), 50);
        }
        size.succeeded(50, FAST);
        assert_eq!(size.get(), 100);
    }

    #[test]
    fn size_never_falls_below_one() {
        let size = Size::new(2, 100);
        assert_eq!(size.failed(2), 1);
        assert_eq!(size.failed(1), 1);
        assert_eq!(size.get(), 1);
    }

    #[test]
    fn late_answer_to_a_smaller_page_does_not_grow_the_size() {
        let size = Size::new(40, 100);
        size.succeeded(20, FAST);
        assert_eq!(size.get(), 40);
    }
}
