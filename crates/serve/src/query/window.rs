//! The days a trend covers.

use jiff::{SignedDuration, Timestamp};
use labtower_store::Filter;

use crate::time::midnight;

/// Days of a trend when the request names no beginning.
const DEFAULT_DAYS: i64 = 30;
/// Days of a trend when the request asks for less than one: a single bar is no trend.
const WIDENED_DAYS: i64 = 7;

/// Sets the beginning of a trend.
///
/// Without one it is 30 days before the end; with less than a day it is 7 days before the end.
/// The end is `to`, else now. A beginning set here is a midnight (UTC), so that the oldest bar is a whole day
/// and the same question asked twice within a day is the same question.
pub(crate) fn trend_window(mut filter: Filter, now: Timestamp) -> Filter {
    let end = filter.to.unwrap_or(now);
    match filter.from {
        None => filter.from = Some(days_before(end, DEFAULT_DAYS)),
        Some(from) if end.duration_since(from) < SignedDuration::from_hours(24) => {
            filter.from = Some(days_before(end, WIDENED_DAYS));
        }
        Some(_) => {}
    }
    filter
}

/// The beginning of a trend of whole days that ends at `end`.
fn days_before(end: Timestamp, days: i64) -> Timestamp {
    let earlier = end.checked_sub(SignedDuration::from_hours(24 * days));
    midnight(earlier.unwrap_or(Timestamp::MIN))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(from: Option<&str>, to: Option<&str>) -> (String, Option<String>) {
        let filter = Filter {
            from: from.map(|text| text.parse().unwrap()),
            to: to.map(|text| text.parse().unwrap()),
            ..Filter::default()
        };
        let filter = trend_window(filter, "2026-11-21T07:00:00Z".parse().unwrap());
        (
            filter.from.unwrap().to_string(),
            filter.to.map(|to| to.to_string()),
        )
    }

    #[test]
    fn thirty_days_by_default() {
        assert_eq!(
            window(None, None),
            ("2026-10-22T00:00:00Z".to_owned(), None)
        );
    }

    #[test]
    fn less_than_a_day_is_widened_to_seven() {
        let to = Some("2026-11-10T12:00:00Z");
        let widened = ("2026-11-03T00:00:00Z".to_owned(), to.map(str::to_owned));
        assert_eq!(window(Some("2026-11-10T11:00:00Z"), to), widened);
        assert_eq!(
            window(Some("2026-11-21T06:00:00Z"), None).0,
            "2026-11-14T00:00:00Z"
        );
    }

    #[test]
    fn a_day_or_more_stays_as_asked() {
        let (from, to) = ("2026-11-09T12:00:00Z", "2026-11-10T12:00:00Z");
        assert_eq!(
            window(Some(from), Some(to)),
            (from.to_owned(), Some(to.to_owned()))
        );
    }

    #[test]
    fn the_oldest_instant_does_not_overflow() {
        let filter = Filter {
            to: Some(Timestamp::MIN),
            ..Filter::default()
        };
        assert!(trend_window(filter, Timestamp::MIN).from.is_some());
    }
}
