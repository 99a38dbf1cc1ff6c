//! Instants of the simulated world.

use jiff::Timestamp;

/// An instant: milliseconds since 1970-01-01T00:00:00Z.
///
/// REST shows milliseconds, GraphQL only whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(crate) struct Time(pub(crate) i64);

/// One second, in the unit of [`Time`].
pub(crate) const SECOND: i64 = 1_000;
/// One minute, in the unit of [`Time`].
pub(crate) const MINUTE: i64 = 60 * SECOND;
/// One hour, in the unit of [`Time`].
pub(crate) const HOUR: i64 = 60 * MINUTE;
/// One day, in the unit of [`Time`].
pub(crate) const DAY: i64 = 24 * HOUR;

impl Time {
    /// The instant `ms` milliseconds later (earlier when negative).
    pub(crate) fn plus(self, ms: i64) -> Self {
        Self(self.0 + ms)
    }

    /// Milliseconds from `earlier` to this instant.
    pub(crate) fn since(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }

    /// Whole seconds since 1970.
    pub(crate) fn seconds(self) -> i64 {
        self.0.div_euclid(SECOND)
    }

    /// The same instant for the crate's users.
    pub(crate) fn timestamp(self) -> Timestamp {
        Timestamp::from_millisecond(self.0).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// The same instant, cut to whole seconds as GraphQL shows it.
    pub(crate) fn whole(self) -> Timestamp {
        Timestamp::from_second(self.seconds()).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// `2022-09-21T01:05:07.200Z`, as REST writes it.
    pub(crate) fn rest(self) -> String {
        let (year, month, day) = self.date();
        let ms = self.0.rem_euclid(DAY);
        format!(
            "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{:03}Z",
            ms / HOUR,
            ms / MINUTE % 60,
            ms / SECOND % 60,
            ms % SECOND
        )
    }

    /// `2022-09-21T01:05:07Z`, as GraphQL writes it.
    pub(crate) fn graphql(self) -> String {
        let mut text = self.rest();
        text.truncate(19);
        text.push('Z');
        text
    }

    /// `2022-09-21 01:05:07 UTC`, as webhooks write most times.
    pub(crate) fn hook(self) -> String {
        let text = self.rest();
        format!("{} {} UTC", &text[..10], &text[11..19])
    }

    /// `2022-09-21`.
    pub(crate) fn day(self) -> String {
        let mut text = self.rest();
        text.truncate(10);
        text
    }

    /// `Sat, 21 Nov 2026 07:18:57 GMT`, as HTTP headers write it.
    pub(crate) fn http(self) -> String {
        const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
        const MONTHS: [&str; 12] = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ];
        let (year, month, day) = self.date();
        let ms = self.0.rem_euclid(DAY);
        format!(
            "{}, {day:02} {} {year:04} {:02}:{:02}:{:02} GMT",
            DAYS[self.weekday()],
            MONTHS[(month - 1) as usize],
            ms / HOUR,
            ms / MINUTE % 60,
            ms / SECOND % 60
        )
    }

    /// Day of the week, 0 = Thursday (1970-01-01 was one).
    pub(crate) fn weekday(self) -> usize {
        self.0.div_euclid(DAY).rem_euclid(7) as usize
    }

    /// Reads an ISO 8601 date-time or a plain date (its midnight, UTC).
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if let Ok(at) = text.parse::<Timestamp>() {
            return Some(Self(at.as_millisecond()));
        }
        let text = text.replacen(' ', "T", 1);
        let text = if text.contains('T') {
            format!("{text}Z")
        } else {
            format!("{text}T00:00:00Z")
        };
        let at: Timestamp = text.parse().ok()?;
        Some(Self(at.as_millisecond()))
    }

    /// Year, month and day (UTC), by Howard Hinnant's algorithm `civil_from_days`.
    fn date(self) -> (i64, i64, i64) {
        let days = self.0.div_euclid(DAY) + 719_468;
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted + 2) / 5 + 1;
        let month = if shifted < 10 {
            shifted + 3
        } else {
            shifted - 9
        };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        (year, month, day)
    }
}

impl From<Timestamp> for Time {
    fn from(at: Timestamp) -> Self {
        Self(at.as_millisecond())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_shows_the_same_instant() {
        let at = Time(1_795_245_537_200);
        assert_eq!(at.rest(), "2026-11-21T07:18:57.200Z");
        assert_eq!(at.graphql(), "2026-11-21T07:18:57Z");
        assert_eq!(at.http(), "Sat, 21 Nov 2026 07:18:57 GMT");
        assert_eq!(at.hook(), "2026-11-21 07:18:57 UTC");
        assert_eq!(Time::parse(&at.rest()), Some(at));
    }

    #[test]
    fn plain_dates_and_offsets_are_read() {
        assert_eq!(
            Time::parse("2026-11-21").map(Time::day).as_deref(),
            Some("2026-11-21")
        );
        assert_eq!(
            Time::parse("2026-11-21T09:18:57+02:00")
                .map(Time::graphql)
                .as_deref(),
            Some("2026-11-21T07:18:57Z")
        );
        assert_eq!(Time::parse("yesterday"), None);
    }
}
