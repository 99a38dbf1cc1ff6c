//! Times of webhooks, which are written in two ways.

use jiff::Timestamp;
use jiff::fmt::strtime;
use serde_json::Value;

/// `2016-08-12 15:23:28 UTC`, or RFC 3339; whole seconds, as the API has them.
pub(super) fn time(value: &Value) -> Option<Timestamp> {
    let text = value.as_str()?;
    let at: Timestamp = text.parse().ok().or_else(|| {
        let bare = text.strip_suffix(" UTC")?;
        let at = strtime::parse("%Y-%m-%d %H:%M:%S", bare).ok()?;
        let at = at.to_datetime().ok()?;
        Some(at.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
    })?;
    Timestamp::from_second(at.as_second()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_are_the_same_moment() {
        let read = |text: &str| time(&Value::from(text)).map(|at| at.to_string());
        let expected = Some("2021-02-23T02:41:37Z".to_owned());
        assert_eq!(read("2021-02-23 02:41:37 UTC"), expected);
        assert_eq!(read("2021-02-23T02:41:37.886Z"), expected);
        assert_eq!(read("2021-02-23T04:41:37+02:00"), expected);
        assert_eq!(read("soon"), None);
        assert_eq!(time(&Value::Null), None);
    }
}
