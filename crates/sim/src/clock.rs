//! The simulated clock.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::config::SimClock;
use crate::world::Time;

/// What time it is at GitLab, before any skew.
#[derive(Debug)]
pub(crate) struct Clock {
    start: Time,
    /// Simulated seconds per real second; 0 for a manual clock.
    speed: f64,
    began: Instant,
    /// Milliseconds moved by hand.
    moved: Mutex<i64>,
}

impl Clock {
    /// A clock as configured.
    #[expect(
        clippy::disallowed_methods,
        reason = "the simulator has a clock of its own, and this is where it starts"
    )]
    pub(crate) fn new(clock: SimClock) -> Self {
        let (start, speed) = match clock {
            SimClock::Manual { start } => (start, 0.0),
            SimClock::Running { start, speed } => (start, speed),
            SimClock::Real { speed } => (Timestamp::now(), speed),
        };
        Self {
            start: start.into(),
            speed,
            began: Instant::now(),
            moved: Mutex::new(0),
        }
    }

    /// When the clock began.
    pub(crate) fn start(&self) -> Time {
        self.start
    }

    /// The current instant.
    pub(crate) fn now(&self) -> Time {
        let moved = *self.moved.lock().unwrap_or_else(PoisonError::into_inner);
        let ran = self.began.elapsed().as_secs_f64() * self.speed * 1_000.0;
        self.start.plus(moved + ran as i64)
    }

    /// Moves the clock on.
    pub(crate) fn advance(&self, by: Duration) {
        *self.moved.lock().unwrap_or_else(PoisonError::into_inner) += by.as_millis() as i64;
    }
}
