//! How long to wait before a request is repeated.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};

use super::options::Pace;

/// Longest `Retry-After` that is obeyed: a receiver that names next week is asked before.
const LONGEST_ASKED: Duration = Duration::from_secs(300);

/// Delays that double up to a bound, each between half of it and the whole.
pub(super) struct Delays {
    bounds: ExponentialBackoff,
    longest: Duration,
}

impl Delays {
    /// The delays after a first failure.
    pub(super) fn new(pace: &Pace) -> Self {
        let bounds = ExponentialBuilder::default()
            .with_min_delay(pace.first_delay / 2)
            .with_max_delay(pace.longest_delay / 2)
            .with_factor(2.0)
            .with_jitter()
            .without_max_times();
        Self {
            bounds: bounds.build(),
            longest: pace.longest_delay,
        }
    }

    /// The next delay, at least as long as the receiver asked for.
    pub(super) fn next(&mut self, asked: Option<Duration>) -> Duration {
        // backon adds between nothing and the whole delay on top of the delay.
        let ours = self.bounds.next().unwrap_or(self.longest).min(self.longest);
        ours.max(asked.unwrap_or_default().min(LONGEST_ASKED))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_grow_to_a_bound_and_obey_the_receiver_within_reason() {
        let pace = Pace::default();
        let mut delays = Delays::new(&pace);
        let mut bound = pace.first_delay;
        for _ in 0..12 {
            let delay = delays.next(None);
            assert!(
                delay >= bound / 2 && delay <= bound,
                "{delay:?} of {bound:?}"
            );
            bound = (bound * 2).min(pace.longest_delay);
        }
        assert_eq!(
            delays.next(Some(Duration::from_secs(90))),
            Duration::from_secs(90)
        );
        assert_eq!(
            delays.next(Some(Duration::from_secs(604_800))),
            LONGEST_ASKED
        );
    }
}
