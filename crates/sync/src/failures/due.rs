//! What to ask about failures, and when: from stored state and the time alone.

use jiff::{SignedDuration, Timestamp};
use labtower_store::{TraceTry, Tracker};

/// First wait after a log that could not be read; doubles with each.
const FIRST_RETRY: SignedDuration = SignedDuration::from_secs(60);

/// Longest wait.
const LAST_RETRY: SignedDuration = SignedDuration::from_hours(6);

/// After so many attempts a job is explained without its log.
pub(super) const MOST_TRIES: u32 = 8;

/// A green run is read again after this, if a newer one exists.
const GREEN_AGAIN: SignedDuration = SignedDuration::from_hours(24);

/// Issues of projects with failures are read so often, where none is linked.
const UNLINKED: SignedDuration = SignedDuration::from_hours(6);

/// Refused issues are asked for again after this.
const REFUSED: SignedDuration = SignedDuration::from_hours(24);

/// When a log that could not be read for the `tries`-th time is tried again.
pub(super) fn next_try(now: Timestamp, tries: u32) -> Timestamp {
    let doublings = tries.saturating_sub(1).min(16);
    let wait = (FIRST_RETRY * 2_i32.pow(doublings)).min(LAST_RETRY);
    now.saturating_add(wait).unwrap_or(now)
}

/// An attempt that failed, as it is stored.
pub(super) fn failed_try(
    job_id: labtower_model::JobId,
    tries: u32,
    now: Timestamp,
    error: String,
) -> TraceTry {
    TraceTry {
        job_id,
        tries,
        next_at: next_try(now, tries),
        error,
    }
}

/// Whether a green run that was read then is old enough for a newer one to be read.
pub(super) fn green_is_old(now: Timestamp, read_at: Timestamp) -> bool {
    now.duration_since(read_at) >= GREEN_AGAIN
}

/// Whether to read a project's issues now. `often`: failures are linked to them, or the user wants it.
pub(super) fn issues(
    now: Timestamp,
    tracker: Option<&Tracker>,
    often: bool,
    interval: SignedDuration,
) -> bool {
    let Some(tracker) = tracker else { return true };
    let age = now.duration_since(tracker.tried_at);
    if tracker.failures > 0 {
        let doublings = (tracker.failures - 1).min(10);
        return age >= (FIRST_RETRY * 2_i32.pow(doublings)).min(LAST_RETRY);
    }
    if tracker.refused.is_some() {
        return age >= REFUSED;
    }
    age >= if often {
        interval
    } else {
        interval.max(UNLINKED)
    }
}

#[cfg(test)]
mod tests {
    use labtower_model::samples::at;

    use super::*;

    const MINUTE: i64 = 60;
    const HOUR: i64 = 3600;

    #[test]
    fn tries_wait_ever_longer_up_to_six_hours() {
        let waits: Vec<i64> = [1, 2, 3, 20]
            .map(|tries| next_try(at(0), tries).as_second() - at(0).as_second())
            .to_vec();
        assert_eq!(waits, [MINUTE, 2 * MINUTE, 4 * MINUTE, 6 * HOUR]);
    }

    #[test]
    fn linked_issues_are_read_often_and_others_seldom() {
        let tracker = Tracker {
            project_path: "g/p".to_owned(),
            watermark: Some(at(0)),
            tried_at: at(0),
            refused: None,
            last_error: None,
            failures: 0,
        };
        let interval = SignedDuration::from_mins(10);
        let due = |now, often| issues(at(now), Some(&tracker), often, interval);
        assert!(issues(at(0), None, false, interval));
        assert!(!due(9 * MINUTE, true) && due(10 * MINUTE, true));
        assert!(!due(5 * HOUR, false) && due(6 * HOUR, false));
        let refused = Tracker {
            refused: Some("404".to_owned()),
            ..tracker.clone()
        };
        assert!(!issues(at(23 * HOUR), Some(&refused), true, interval));
        let failed = Tracker {
            failures: 2,
            ..tracker.clone()
        };
        assert!(issues(at(2 * MINUTE), Some(&failed), false, interval));
    }
}
