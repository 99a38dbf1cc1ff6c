//! When schedules run: cron's five fields, as GitLab takes them.

use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};

/// Times of a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cron {
    /// Bit n: minute n.
    minutes: u64,
    /// Bit n: hour n.
    hours: u64,
    /// Bit n: day n of the month.
    days: u64,
    /// Bit n: month n.
    months: u64,
    /// Bit n: day n of the week, 0 = Sunday.
    weekdays: u64,
    /// Days of the month and of the week are both given: either will do.
    either: bool,
}

/// Names of months, from 1.
const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

/// Names of days of the week, from 0.
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

impl Cron {
    /// Reads `minute hour day month weekday`, or a name such as `@daily`; `None` for what is neither.
    pub fn parse(text: &str) -> Option<Self> {
        let text = match text.trim() {
            "@hourly" => "0 * * * *",
            "@daily" | "@midnight" => "0 0 * * *",
            "@weekly" => "0 0 * * 0",
            "@monthly" => "0 0 1 * *",
            "@yearly" | "@annually" => "0 0 1 1 *",
            other => other,
        };
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minute, hour, day, month, weekday] = fields.as_slice() else {
            return None;
        };
        let weekdays = field(weekday, 0, 7, &WEEKDAYS, 0)?;
        Some(Self {
            minutes: field(minute, 0, 59, &[], 0)?,
            hours: field(hour, 0, 23, &[], 0)?,
            days: field(day, 1, 31, &[], 0)?,
            months: field(month, 1, 12, &MONTHS, 1)?,
            // Both 0 and 7 are Sunday.
            weekdays: (weekdays | (weekdays >> 7)) & 0x7f,
            either: !day.starts_with('*') && !weekday.starts_with('*'),
        })
    }

    /// The first time from (inclusive) to (exclusive), by the clocks of a time zone.
    pub fn first_between(
        &self,
        from: Timestamp,
        to: Timestamp,
        zone: &TimeZone,
    ) -> Option<Timestamp> {
        let mut date = zone.to_datetime(from).date();
        let last = zone.to_datetime(to).date();
        while date <= last {
            if self.runs_on(date) {
                let times = self.times(date, zone);
                if let Some(at) = times.into_iter().find(|at| *at >= from) {
                    return (at < to).then_some(at);
                }
            }
            date = date.checked_add(1.day()).ok()?;
        }
        None
    }

    fn runs_on(&self, date: Date) -> bool {
        let bit = |bits: u64, number: i8| bits >> number & 1 == 1;
        let day = bit(self.days, date.day());
        let weekday = bit(self.weekdays, date.weekday().to_sunday_zero_offset());
        let day = if self.either {
            day || weekday
        } else {
            day && weekday
        };
        day && bit(self.months, date.month())
    }

    /// Times on a day, in order.
    fn times(&self, date: Date, zone: &TimeZone) -> Vec<Timestamp> {
        let hours = (0..24).filter(|hour| self.hours >> hour & 1 == 1);
        let mut times: Vec<Timestamp> = hours
            .flat_map(|hour| {
                (0..60)
                    .filter(|minute| self.minutes >> minute & 1 == 1)
                    .map(move |minute| date.at(hour, minute, 0, 0))
            })
            .filter_map(|at| zone.to_ambiguous_timestamp(at).compatible().ok())
            .collect();
        times.sort_unstable();
        times
    }
}

/// The bits of one field: `*`, `5`, `1-5`, `*/15`, `10-40/10`, names, and lists of those.
fn field(text: &str, low: u64, high: u64, names: &[&str], first: u64) -> Option<u64> {
    let number = |text: &str| {
        let named = names
            .iter()
            .position(|name| name.eq_ignore_ascii_case(text));
        let number = match named {
            Some(index) => index as u64 + first,
            None => text.parse().ok()?,
        };
        (low..=high).contains(&number).then_some(number)
    };
    let mut bits = 0;
    for part in text.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, Some(step.parse::<usize>().ok().filter(|n| *n > 0)?)),
            None => (part, None),
        };
        let (from, to) = match range.split_once('-') {
            _ if range == "*" => (low, high),
            Some((from, to)) => (number(from)?, number(to)?),
            // `5/10` is every tenth from 5 on.
            None if step.is_some() => (number(range)?, high),
            None => (number(range)?, number(range)?),
        };
        if from > to {
            return None;
        }
        for number in (from..=to).step_by(step.unwrap_or(1)) {
            bits |= 1 << number;
        }
    }
    Some(bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn first(cron: &str, from: &str, to: &str, zone: &str) -> Option<String> {
        let zone = TimeZone::posix(zone).unwrap();
        let cron = Cron::parse(cron).unwrap();
        cron.first_between(at(from), at(to), &zone)
            .map(|at| at.to_string())
    }

    #[test]
    fn nightly_runs_once_a_day_by_its_own_clock() {
        let found = first(
            "30 2 * * *",
            "2026-11-20T00:00:00Z",
            "2026-11-21T00:00:00Z",
            "UTC0",
        );
        assert_eq!(found.as_deref(), Some("2026-11-20T02:30:00Z"));
        let found = first(
            "30 2 * * *",
            "2026-11-20T00:00:00Z",
            "2026-11-21T00:00:00Z",
            "JST-9",
        );
        assert_eq!(found.as_deref(), Some("2026-11-20T17:30:00Z"));
    }

    #[test]
    fn working_days_leave_out_the_weekend() {
        let saturday = ("2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z");
        assert_eq!(first("0 4 * * 1-5", saturday.0, saturday.1, "UTC0"), None);
        assert!(first("0 4 * * 6,7", saturday.0, saturday.1, "UTC0").is_some());
        assert!(first("0 4 * * SAT", saturday.0, saturday.1, "UTC0").is_some());
    }

    #[test]
    fn day_of_month_or_of_week_will_do_when_both_are_given() {
        let friday_13 = ("2026-11-13T00:00:00Z", "2026-11-14T00:00:00Z");
        assert!(first("0 4 1 * 5", friday_13.0, friday_13.1, "UTC0").is_some());
        assert!(first("0 4 13 * 1", friday_13.0, friday_13.1, "UTC0").is_some());
        assert_eq!(first("0 4 1 * 1", friday_13.0, friday_13.1, "UTC0"), None);
    }

    #[test]
    fn end_is_exclusive_and_steps_count_from_the_lowest() {
        let found = first(
            "*/20 * * * *",
            "2026-11-20T00:01:00Z",
            "2026-11-20T00:20:00Z",
            "UTC0",
        );
        assert_eq!(found, None);
        let found = first(
            "*/20 * * * *",
            "2026-11-20T00:01:00Z",
            "2026-11-20T00:20:01Z",
            "UTC0",
        );
        assert_eq!(found.as_deref(), Some("2026-11-20T00:20:00Z"));
    }

    #[test]
    fn what_is_no_schedule_is_refused() {
        for text in [
            "",
            "every night",
            "60 * * * *",
            "* * * *",
            "5-1 * * * *",
            "*/0 * * * *",
            "* * 0 * *",
        ] {
            assert_eq!(Cron::parse(text), None, "{text}");
        }
    }
}
