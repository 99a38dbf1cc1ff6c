//! Which days to compare now; pure.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use labtower_store::CheckedDay;

/// A day that was compared to its end is compared again after this, one day a pass.
const STALE: SignedDuration = SignedDuration::from_hours(24);

const DAY: i64 = 86_400;

/// A stretch of one day (UTC), the second moment exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) day: Timestamp,
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
}

/// The days between two moments that were not compared to their end, the latest first; then the one whose comparison
/// is oldest, where that is long ago.
pub(super) fn due(
    checked: &[CheckedDay],
    from: Timestamp,
    to: Timestamp,
    now: Timestamp,
) -> Vec<Window> {
    let known: HashMap<i64, &CheckedDay> = checked
        .iter()
        .map(|day| (day.day.as_second(), day))
        .collect();
    let mut due = Vec::new();
    let mut stale: Option<(Timestamp, Window)> = None;
    let first = from.as_second().div_euclid(DAY);
    let last = (to.as_second() - 1).div_euclid(DAY);
    for number in (first..=last).rev() {
        let Some(window) = window(number, from, to) else {
            continue;
        };
        match known.get(&(number * DAY)) {
            Some(day) if day.until >= window.to => {
                let older = stale.is_none_or(|(at, _)| day.checked_at < at);
                if older && now.duration_since(day.checked_at) >= STALE {
                    stale = Some((day.checked_at, window));
                }
            }
            _ => due.push(window),
        }
    }
    due.extend(stale.map(|(_, window)| window));
    due
}

/// All days between two moments, the latest first.
pub(super) fn all(from: Timestamp, to: Timestamp) -> Vec<Window> {
    due(&[], from, to, to)
}

/// When the day of a moment began.
pub(super) fn midnight(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second().div_euclid(DAY) * DAY).unwrap_or(at)
}

fn window(number: i64, from: Timestamp, to: Timestamp) -> Option<Window> {
    let day = Timestamp::from_second(number * DAY).ok()?;
    let end = Timestamp::from_second((number + 1) * DAY).ok()?;
    let window = Window {
        day,
        from: day.max(from),
        to: end.min(to),
    };
    (window.from < window.to).then_some(window)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn checked(number: i64, until: i64, checked_at: i64) -> CheckedDay {
        CheckedDay {
            projects: 1,
            ..CheckedDay::new(at(number * DAY), at(until), at(checked_at))
        }
    }

    fn days(windows: &[Window]) -> Vec<i64> {
        windows
            .iter()
            .map(|window| window.day.as_second() / DAY)
            .collect()
    }

    #[test]
    fn a_new_store_is_compared_from_today_back_to_its_beginning() {
        let due = due(&[], at(DAY + 50), at(3 * DAY + 7), at(3 * DAY + 900));
        assert_eq!(days(&due), [3, 2, 1]);
        assert_eq!((due[0].from, due[0].to), (at(3 * DAY), at(3 * DAY + 7)));
        assert_eq!((due[2].from, due[2].to), (at(DAY + 50), at(2 * DAY)));
    }

    #[test]
    fn only_today_and_what_was_left_out_are_due_later() {
        let known = [
            checked(1, 2 * DAY, 3 * DAY),
            checked(3, 3 * DAY + 7, 3 * DAY + 900),
        ];
        let due = due(&known, at(DAY), at(3 * DAY + 3607), at(3 * DAY + 4500));
        assert_eq!(days(&due), [3, 2]);
    }

    #[test]
    fn the_day_compared_longest_ago_is_compared_again() {
        let known = [
            checked(1, 2 * DAY, 4 * DAY + 2),
            checked(2, 3 * DAY, 4 * DAY + 1),
            checked(3, 4 * DAY, 5 * DAY),
        ];
        let now = at(5 * DAY + 1);
        assert_eq!(days(&due(&known, at(DAY), at(4 * DAY), now)), [2]);
        let sooner = at(5 * DAY);
        assert_eq!(days(&due(&known, at(DAY), at(4 * DAY), sooner)), [0_i64; 0]);
    }

    #[test]
    fn nothing_is_due_before_there_is_anything() {
        assert!(due(&[], at(DAY), at(DAY), at(DAY)).is_empty());
        assert!(due(&[], at(2 * DAY), at(DAY), at(DAY)).is_empty());
    }
}
