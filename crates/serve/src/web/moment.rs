//! Instants as people read them.

use jiff::Timestamp;

use super::format::duration;
use crate::time::Time;

/// An instant in three spellings: for machines, in UTC, and relative to now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Moment {
    /// `2026-11-21T07:14:00+00:00`
    pub(crate) machine: String,
    /// `07:14` today, `20 Nov 07:14` before, with the year when it is another one.
    pub(crate) utc: String,
    /// `3 min ago`
    pub(crate) relative: String,
}

impl Moment {
    /// `at` as seen from `now`.
    pub(crate) fn new(at: Timestamp, now: Timestamp) -> Self {
        let pattern = if at.strftime("%F").to_string() == now.strftime("%F").to_string() {
            "%H:%M"
        } else if at.strftime("%Y").to_string() == now.strftime("%Y").to_string() {
            "%-d %b %H:%M"
        } else {
            "%-d %b %Y %H:%M"
        };
        Self {
            machine: Time(at).text(),
            utc: at.strftime(pattern).to_string(),
            relative: relative(now.duration_since(at).as_secs()),
        }
    }
}

/// How long ago, in one unit; an instant that lies ahead is `in` so long.
fn relative(seconds: i64) -> String {
    let span = match seconds.abs() {
        0..5 => return "just now".to_owned(),
        span @ 5..60 => duration(span),
        span @ 60..3600 => format!("{} min", span / 60),
        span @ 3600..86_400 => format!("{} h", span / 3600),
        span => format!("{} d", span / 86_400),
    };
    if seconds > 0 {
        format!("{span} ago")
    } else {
        format!("in {span}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(at: &str) -> Moment {
        Moment::new(at.parse().unwrap(), "2026-11-21T07:14:00Z".parse().unwrap())
    }

    #[test]
    fn the_day_is_named_when_it_is_not_today() {
        assert_eq!(moment("2026-11-21T07:00:00Z").utc, "07:00");
        assert_eq!(moment("2026-11-20T23:59:59Z").utc, "20 Nov 23:59");
        assert_eq!(moment("2025-11-20T23:59:59Z").utc, "20 Nov 2025 23:59");
    }

    #[test]
    fn distance_has_one_unit_and_a_direction() {
        assert_eq!(moment("2026-11-21T07:13:58Z").relative, "just now");
        assert_eq!(moment("2026-11-21T07:13:20Z").relative, "40 s ago");
        assert_eq!(moment("2026-11-21T07:00:00Z").relative, "14 min ago");
        assert_eq!(moment("2026-11-18T07:00:00Z").relative, "3 d ago");
        assert_eq!(moment("2026-11-21T09:14:00Z").relative, "in 2 h");
    }
}
