//! Which day a run belongs to, for people who look at nights.

use jiff::civil::{Date, Time};
use jiff::{Timestamp, ToSpan, tz::TimeZone};

/// Days as columns of a grid: in a time zone, beginning at a given time of day.
///
/// A day is named after the calendar day that holds most of it: with a beginning of 18:00 the night from Thursday to Friday
/// is one column, `Friday`; with a beginning of 06:00 it is `Thursday`. At 12:00 it is the later one.
#[derive(Debug, Clone)]
pub struct Nights {
    zone: TimeZone,
    starts_at: Time,
}

impl Nights {
    /// Days of `zone` that begin at `starts_at`.
    pub fn new(zone: TimeZone, starts_at: Time) -> Self {
        Self { zone, starts_at }
    }

    /// The day that `at` belongs to.
    pub fn day_of(&self, at: Timestamp) -> Date {
        let guess = self.zone.to_datetime(at).date();
        // Compared with the bounds themselves: on days when clocks change, the time of day alone does not tell.
        [guess.tomorrow(), Ok(guess)]
            .into_iter()
            .flatten()
            .find(|day| self.start_of(*day) <= at)
            .or_else(|| guess.yesterday().ok())
            .unwrap_or(guess)
    }

    /// When a day begins. A time of day that clocks skip is taken as much later as they skip;
    /// of one that comes twice, the first is meant.
    pub fn start_of(&self, day: Date) -> Timestamp {
        let date = if self.is_named_after_its_end() {
            day.yesterday().unwrap_or(day)
        } else {
            day
        };
        self.zone
            .to_ambiguous_zoned(date.to_datetime(self.starts_at))
            .compatible()
            .map_or(Timestamp::MIN, |zoned| zoned.timestamp())
    }

    /// When a day begins and when the next does; on days when clocks change that is not 24 hours.
    pub fn bounds(&self, day: Date) -> (Timestamp, Timestamp) {
        let end = day
            .tomorrow()
            .map_or(Timestamp::MAX, |next| self.start_of(next));
        (self.start_of(day), end)
    }

    /// The last `count` days up to the one that holds `now`, oldest first.
    pub fn last(&self, count: u16, now: Timestamp) -> Vec<Date> {
        let today = self.day_of(now);
        (0..i32::from(count))
            .rev()
            .filter_map(|ago| today.checked_sub(ago.days()).ok())
            .collect()
    }

    fn is_named_after_its_end(&self) -> bool {
        self.starts_at.hour() >= 12
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date, time};

    use super::*;

    /// Central Europe and the east of America, as rules: a machine without a time zone database runs these tests too.
    const PARIS: &str = "CET-1CEST,M3.5.0,M10.5.0/3";
    const NEW_YORK: &str = "EST5EDT,M3.2.0,M11.1.0";

    fn nights(zone: &str, starts_at: Time) -> Nights {
        Nights::new(TimeZone::posix(zone).unwrap(), starts_at)
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_night_that_spans_midnight_is_one_day() {
        let nights = nights(PARIS, time(18, 0, 0, 0));
        // 19 Nov 18:00 to 20 Nov 18:00 in Paris.
        for inside in [
            "2026-11-19T17:00:00Z",
            "2026-11-19T23:30:00Z",
            "2026-11-20T16:59:59Z",
        ] {
            assert_eq!(nights.day_of(at(inside)), date(2026, 11, 20), "{inside}");
        }
        assert_eq!(
            nights.day_of(at("2026-11-20T17:00:00Z")),
            date(2026, 11, 21)
        );
        let bounds = nights.bounds(date(2026, 11, 20));
        assert_eq!(
            bounds,
            (at("2026-11-19T17:00:00Z"), at("2026-11-20T17:00:00Z"))
        );
    }

    #[test]
    fn midnight_makes_calendar_days_and_morning_belongs_to_the_day_before() {
        let calendar = nights(NEW_YORK, Time::midnight());
        assert_eq!(
            calendar.day_of(at("2026-11-20T04:59:59Z")),
            date(2026, 11, 19)
        );
        assert_eq!(
            calendar.day_of(at("2026-11-20T05:00:00Z")),
            date(2026, 11, 20)
        );
        let early = nights("UTC0", time(6, 0, 0, 0));
        assert_eq!(early.day_of(at("2026-11-20T05:59:59Z")), date(2026, 11, 19));
        assert_eq!(early.day_of(at("2026-11-20T06:00:00Z")), date(2026, 11, 20));
    }

    #[test]
    fn days_when_clocks_change_have_23_or_25_hours() {
        let nights = nights(PARIS, time(18, 0, 0, 0));
        let hours = |day| {
            let (start, end) = nights.bounds(day);
            end.duration_since(start).as_hours()
        };
        assert_eq!(hours(date(2026, 3, 29)), 23, "clocks went forward at 02:00");
        assert_eq!(hours(date(2026, 10, 25)), 25, "clocks went back at 03:00");
        assert_eq!(hours(date(2026, 10, 26)), 24);
    }

    /// 02:30 does not exist on one night and comes twice on another.
    #[test]
    fn every_instant_belongs_to_the_day_whose_bounds_hold_it() {
        for starts_at in [
            time(2, 30, 0, 0),
            time(18, 0, 0, 0),
            Time::midnight(),
            time(12, 0, 0, 0),
        ] {
            let nights = nights(PARIS, starts_at);
            for first in ["2026-03-27T00:00:00Z", "2026-10-23T00:00:00Z"] {
                let mut instant = at(first);
                for _ in 0..96 * 5 {
                    let (start, end) = nights.bounds(nights.day_of(instant));
                    assert!(start <= instant && instant < end, "{instant} {starts_at}");
                    instant += 15.minutes();
                }
            }
        }
    }

    #[test]
    fn the_last_days_end_with_the_one_that_is_going_on() {
        let nights = nights("UTC0", time(18, 0, 0, 0));
        let days = nights.last(3, at("2026-11-21T20:00:00Z"));
        assert_eq!(
            days,
            [date(2026, 11, 20), date(2026, 11, 21), date(2026, 11, 22)]
        );
    }
}
