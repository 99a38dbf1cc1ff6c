//! How long to wait before a request is repeated.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};

/// Bound of the first delay; it doubles with each further one.
const FIRST: Duration = Duration::from_millis(500);

/// Bound of any delay of our own choosing.
const LONGEST: Duration = Duration::from_secs(30);

/// Longest `Retry-After` we sit out inside one question.
const LONGEST_ASKED: Duration = Duration::from_secs(300);

/// Delays with full jitter: the n-th is anywhere between zero and `FIRST` times 2ⁿ.
pub(crate) struct Delays {
    plain: ExponentialBackoff,
    jittered: ExponentialBackoff,
}

impl Delays {
    pub(crate) fn new() -> Self {
        let plain = ExponentialBuilder::default()
            .with_min_delay(FIRST)
            .with_max_delay(LONGEST)
            .with_factor(2.0)
            .without_max_times();
        Self {
            plain: plain.build(),
            jittered: plain.with_jitter().build(),
        }
    }

    /// The next delay, at least as long as GitLab asked for.
    pub(crate) fn next(&mut self, asked: Option<Duration>) -> Duration {
        // backon adds between nothing and the whole delay on top of the delay; full jitter is that addition alone.
        let plain = self.plain.next().unwrap_or(LONGEST);
        let jittered = self.jittered.next().unwrap_or(LONGEST);
        let ours = jittered.saturating_sub(plain);
        ours.max(asked.unwrap_or_default().min(LONGEST_ASKED))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_stay_below_a_doubling_bound() {
        let mut delays = Delays::new();
        let mut bound = FIRST;
        for _ in 0..12 {
            assert!(delays.next(None) <= bound);
            bound = (bound * 2).min(LONGEST);
        }
    }

    #[test]
    fn delays_differ_between_clients() {
        let firsts: std::collections::BTreeSet<_> =
            (0..20).map(|_| Delays::new().next(None)).collect();
        assert!(firsts.len() > 1);
    }

    #[test]
    fn what_gitlab_asks_is_a_floor() {
        assert!(Delays::new().next(Some(Duration::from_secs(9))) >= Duration::from_secs(9));
    }
}
