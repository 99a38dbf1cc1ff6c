//! GitLab's user quota as its headers show it.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::headers::RateLimit;

/// Added to the end of a window: better a blink late than a 429.
const MARGIN: Duration = Duration::from_millis(30);

/// Length assumed for a window whose end the headers do not tell.
const UNKNOWN_LENGTH: Duration = Duration::from_secs(60);

/// Two ends closer than this belong to one window: both clocks are whole seconds.
const SAME_WINDOW_SECONDS: i64 = 1;

/// Below this `RateLimit-Reset` is a number of seconds from now, not a date.
const EARLIEST_DATE: i64 = 100_000_000;

/// One window of the throttle.
#[derive(Debug)]
pub(super) struct Quota {
    /// Requests of a whole window, as far as known.
    size: u64,
    limit: Option<u64>,
    remaining: u64,
    /// End of the window on GitLab's clock: unix seconds.
    reset: Option<i64>,
    /// End of the window on ours.
    ends: Instant,
    /// Whether somebody had to wait for the end of this window.
    drained: bool,
    /// Whether the window the headers showed is over and this one is only supposed.
    supposed: bool,
    /// Permits from this number on were given in this window.
    first: u64,
}

/// Whether a request may go as far as the quota is concerned.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Room {
    Yes,
    /// Not before the window ends, or an answer shows more.
    Until(Instant),
    /// The window that was used up is over: let one request see what the new one holds.
    Probe,
}

/// The quota, for status pages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct QuotaView {
    pub(crate) limit: Option<u64>,
    pub(crate) remaining: Option<u64>,
    pub(crate) reset: Option<i64>,
}

impl Quota {
    /// The window an answer's headers show. `permit` is the answered request's number, `date` the answer's.
    pub(super) fn seen(
        seen: RateLimit,
        date: Option<Timestamp>,
        now: Instant,
        permit: u64,
    ) -> Self {
        Self {
            size: seen.remaining + seen.observed.unwrap_or(1),
            limit: seen.limit,
            remaining: seen.remaining,
            reset: seen.reset,
            ends: ends(seen, date, now),
            drained: false,
            supposed: false,
            first: permit,
        }
    }

    /// Takes in what another answer shows.
    pub(super) fn update(
        &mut self,
        seen: RateLimit,
        date: Option<Timestamp>,
        now: Instant,
        permit: u64,
    ) {
        let later = match (self.reset, seen.reset) {
            (Some(known), Some(new)) => new - known,
            _ => 0,
        };
        let known_is_over = self.supposed
            || now >= self.ends
            || matches!((self.reset, date), (Some(reset), Some(date)) if date.as_second() >= reset);
        let own = permit >= self.first;
        if later > SAME_WINDOW_SECONDS || (known_is_over && own) {
            *self = Self::seen(seen, date, now, permit);
        } else if own || (later >= 0 && !self.supposed) {
            // Answers overtake each other: the lowest number is the newest.
            self.remaining = self.remaining.min(seen.remaining);
            self.ends = self.ends.min(ends(seen, date, now));
        }
        // Else it is a straggler of the window before.
    }

    /// A request got no answer: GitLab may have counted it.
    pub(super) fn lost_one(&mut self) {
        self.remaining = self.remaining.saturating_sub(1);
    }

    /// Whether one more may go while `awaiting` are under way and `spare` are kept for others.
    /// `next` is the number the next permit would have.
    pub(super) fn room(&mut self, now: Instant, awaiting: u64, spare: u64, next: u64) -> Room {
        if now >= self.ends {
            if self.drained {
                return Room::Probe;
            }
            // The window passed by with room left, so the next one will hardly be empty:
            // go on as if it were whole until an answer tells.
            self.remaining = self.size;
            self.ends = now + UNKNOWN_LENGTH;
            self.supposed = true;
            self.first = next;
        }
        if self.remaining > awaiting + spare {
            Room::Yes
        } else {
            self.drained = true;
            Room::Until(self.ends)
        }
    }

    /// Requests of a whole window.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    pub(super) fn view(&self) -> QuotaView {
        QuotaView {
            limit: self.limit,
            remaining: Some(self.remaining),
            reset: self.reset,
        }
    }
}

/// When the window ends on our monotonic clock.
fn ends(seen: RateLimit, date: Option<Timestamp>, now: Instant) -> Instant {
    let left = match (seen.reset, date) {
        (Some(reset), _) if reset < EARLIEST_DATE => u64::try_from(reset).ok(),
        (Some(reset), Some(date)) => Some(u64::try_from(reset - date.as_second()).unwrap_or(0)),
        _ => None,
    };
    now + left.map_or(UNKNOWN_LENGTH, |left| Duration::from_secs(left) + MARGIN)
}
