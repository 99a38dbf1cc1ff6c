//! The response headers we act on.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

/// Quota of the user throttle as one answer shows it.
///
/// Source: `RateLimit-*`; on all answers while the throttle is on, absent otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RateLimit {
    /// Requests per minute, rounded; not the window's size.
    pub(crate) limit: Option<u64>,
    /// Requests already counted in this window.
    pub(crate) observed: Option<u64>,
    /// Requests left in this window.
    pub(crate) remaining: u64,
    /// When the window ends: unix seconds on GitLab's clock.
    pub(crate) reset: Option<i64>,
}

/// Reads `RateLimit-*`, if there.
pub(crate) fn rate_limit(headers: &HeaderMap) -> Option<RateLimit> {
    Some(RateLimit {
        limit: number(headers, "ratelimit-limit"),
        observed: number(headers, "ratelimit-observed"),
        remaining: number(headers, "ratelimit-remaining")?,
        reset: number(headers, "ratelimit-reset"),
    })
}

/// Reads `Date`: GitLab's clock, whole seconds.
pub(crate) fn date(headers: &HeaderMap) -> Option<Timestamp> {
    http_date(text(headers, DATE.as_str())?)
}

/// Reads `Retry-After`: seconds, or a date relative to the answer's own `Date`.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = text(headers, RETRY_AFTER.as_str())?;
    if let Ok(seconds) = value.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let at = http_date(value)?;
    let now = date(headers)?;
    Some(Duration::try_from(at.duration_since(now)).unwrap_or_default())
}

/// Reads `X-Request-Id`.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<String> {
    text(headers, "x-request-id").map(|id| id.chars().take(80).collect())
}

/// Query of the next page, from `Link: <…>; rel="next"`, without the host: GitLab builds links
/// with its configured address, which need not be the one we reach it by.
pub(crate) fn next_link_query(headers: &HeaderMap) -> Option<String> {
    let link = text(headers, "link")?;
    let next = link
        .split(',')
        .find(|part| part.contains("rel=\"next\"") || part.contains("rel=next"))?;
    let target = next.split_once('<')?.1.split_once('>')?.0;
    Some(target.split_once('?')?.1.to_owned())
}

/// A number in a header.
pub(crate) fn number<T: std::str::FromStr>(headers: &HeaderMap, name: &str) -> Option<T> {
    text(headers, name)?.parse().ok()
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

fn http_date(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::DateTimeParser::new()
        .parse_timestamp(text)
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| {
                (
                    reqwest::header::HeaderName::from_static(name),
                    value.parse().unwrap(),
                )
            })
            .collect()
    }

    #[test]
    fn date_is_read_in_http_form() {
        let found = date(&headers(&[("date", "Fri, 20 Nov 2026 12:00:00 GMT")]));
        assert_eq!(found, Some("2026-11-20T12:00:00Z".parse().unwrap()));
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        assert_eq!(
            retry_after(&headers(&[("retry-after", "7")])),
            Some(Duration::from_secs(7))
        );
        let dated = headers(&[
            ("date", "Fri, 20 Nov 2026 12:00:00 GMT"),
            ("retry-after", "Fri, 20 Nov 2026 12:00:09 GMT"),
        ]);
        assert_eq!(retry_after(&dated), Some(Duration::from_secs(9)));
    }

    #[test]
    fn next_link_is_found_among_others() {
        let found = next_link_query(&headers(&[(
            "link",
            "<https://x/api/v4/a?page=1>; rel=\"prev\", <https://x/api/v4/a?page=3&per_page=100>; rel=\"next\", \
             <https://x/api/v4/a?page=1>; rel=\"first\"",
        )]));
        assert_eq!(found.as_deref(), Some("page=3&per_page=100"));
    }

    #[test]
    fn absent_throttle_is_none() {
        assert_eq!(rate_limit(&headers(&[("ratelimit-limit", "60")])), None);
    }
}
