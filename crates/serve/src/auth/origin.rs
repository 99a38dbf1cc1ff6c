//! Where a form was sent from.

use axum::http::{HeaderMap, header};

/// Whether the browser says that a page of another site sent this request.
///
/// A request without such headers comes from a program, which needs no protection from itself, or from a browser too
/// old to tell, which the form's own token protects.
pub(super) fn is_foreign(headers: &HeaderMap, forwarded_host: Option<&str>) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return !matches!(site, "same-origin" | "none");
    }
    let Some(origin) = text(header::ORIGIN.as_str()) else {
        return headers.contains_key(header::ORIGIN);
    };
    let Some((_, authority)) = origin.split_once("://") else {
        // `null`: a page without an origin of its own.
        return true;
    };
    let host = forwarded_host.or_else(|| text(header::HOST.as_str()));
    host.is_none_or(|host| !authority.eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn foreign(pairs: &[(&'static str, &'static str)]) -> bool {
        let headers: HeaderMap = pairs
            .iter()
            .map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            })
            .collect();
        is_foreign(&headers, None)
    }

    #[test]
    fn other_sites_are_told_by_either_header() {
        let host = ("host", "lab.example.com:3000");
        assert!(!foreign(&[host]));
        assert!(!foreign(&[host, ("origin", "http://lab.example.com:3000")]));
        assert!(foreign(&[host, ("origin", "http://lab.example.com")]));
        assert!(foreign(&[host, ("origin", "https://evil.example.com")]));
        assert!(foreign(&[host, ("origin", "null")]));
        assert!(foreign(&[host, ("sec-fetch-site", "cross-site")]));
        assert!(foreign(&[host, ("sec-fetch-site", "same-site")]));
        assert!(!foreign(&[host, ("sec-fetch-site", "same-origin")]));
    }
}
