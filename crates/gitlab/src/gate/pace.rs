//! Our own ceiling: so many requests per second, evenly.

use std::time::Duration;

use tokio::time::Instant;

/// How far ahead of its turn a request may go: absorbs late timers without making bursts.
const TOLERANCE: Duration = Duration::from_millis(10);

/// Turns at even distances; fractions of a request per second are distances above one second.
#[derive(Debug)]
pub(super) struct Pace {
    distance: Duration,
    next: Option<Instant>,
}

impl Pace {
    /// Turns `per_second` times a second; `None` unless that is a positive number.
    pub(super) fn new(per_second: f64) -> Option<Self> {
        let distance = Duration::try_from_secs_f64(1.0 / per_second).ok()?;
        (per_second > 0.0).then_some(Self {
            distance,
            next: None,
        })
    }

    /// When the next turn is; `None` means now.
    pub(super) fn wait_until(&self, now: Instant) -> Option<Instant> {
        let next = self.next?;
        (now + TOLERANCE < next).then_some(next)
    }

    /// Takes the turn.
    pub(super) fn take(&mut self, now: Instant) {
        let turn = self.next.map_or(now, |next| next.max(now));
        self.next = Some(turn + self.distance);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn turns_are_even_and_may_be_fractions() {
        let start = Instant::now();
        let mut pace = Pace::new(0.5).unwrap();
        assert_eq!(pace.wait_until(start), None);
        pace.take(start);
        let second = start + Duration::from_secs(2);
        assert_eq!(pace.wait_until(start), Some(second));
        assert_eq!(pace.wait_until(second), None);
    }

    #[tokio::test]
    async fn idle_time_is_not_saved_up() {
        let start = Instant::now();
        let mut pace = Pace::new(1.0).unwrap();
        pace.take(start);
        let later = start + Duration::from_secs(60);
        pace.take(later);
        assert!(pace.wait_until(later).is_some());
    }

    #[test]
    fn nonsense_is_no_pace() {
        for per_second in [0.0, -1.0, f64::NAN] {
            assert!(Pace::new(per_second).is_none());
        }
    }
}
