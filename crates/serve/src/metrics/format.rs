//! The two text formats, and which of them a scraper asks for.

use axum::http::{HeaderMap, header};

/// A text format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// OpenMetrics 1.0.
    OpenMetrics,
    /// Prometheus text 0.0.4.
    Prometheus,
}

impl Format {
    /// Its media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Prometheus => "text/plain; version=0.0.4; charset=utf-8",
        }
    }

    /// What `Accept` asks for: OpenMetrics if it is named and nothing else is wanted more, Prometheus text otherwise.
    pub(crate) fn accepted(headers: &HeaderMap) -> Self {
        let (mut openmetrics, mut text) = (0.0_f32, 0.0_f32);
        for (media, quality) in weighted(headers, header::ACCEPT) {
            let mut parts = media.split(';').map(str::trim);
            let kind = parts.next().unwrap_or_default().to_ascii_lowercase();
            let version = parts.find_map(|part| part.strip_prefix("version="));
            match (kind.as_str(), version) {
                ("application/openmetrics-text", None | Some("1.0.0" | "0.0.1")) => {
                    openmetrics = openmetrics.max(quality);
                }
                ("text/plain", None | Some("0.0.4")) | ("text/*" | "*/*", _) => {
                    text = text.max(quality);
                }
                _ => {}
            }
        }
        if openmetrics > 0.0 && openmetrics >= text {
            Self::OpenMetrics
        } else {
            Self::Prometheus
        }
    }
}

/// Whether `Accept-Encoding` allows gzip.
pub(crate) fn accepts_gzip(headers: &HeaderMap) -> bool {
    weighted(headers, header::ACCEPT_ENCODING)
        .any(|(coding, quality)| matches!(coding.trim(), "gzip" | "*") && quality > 0.0)
}

/// The items of a header with their quality.
fn weighted(headers: &HeaderMap, name: header::HeaderName) -> impl Iterator<Item = (&str, f32)> {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|item| {
            let quality = item
                .split(';')
                .find_map(|part| part.trim().strip_prefix("q=")?.parse().ok());
            let item = item.split(";q=").next().unwrap_or(item);
            (
                item.split("; q=").next().unwrap_or(item),
                quality.unwrap_or(1.0),
            )
        })
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn asking(accept: &'static str) -> Format {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
        Format::accepted(&headers)
    }

    #[test]
    fn prometheus_gets_openmetrics_and_browsers_get_text() {
        let old = "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,\
                   text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
        let new = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,\
                   text/plain;version=1.0.0;escaping=allow-utf-8;q=0.5,text/plain;version=0.0.4;q=0.4,*/*;q=0.3";
        assert_eq!(asking(old), Format::OpenMetrics);
        assert_eq!(asking(new), Format::OpenMetrics);
        let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        assert_eq!(asking(browser), Format::Prometheus);
        assert_eq!(asking("*/*"), Format::Prometheus);
        assert_eq!(
            asking("application/openmetrics-text; q=0"),
            Format::Prometheus
        );
        assert_eq!(
            asking("application/openmetrics-text;q=0.2, text/plain"),
            Format::Prometheus
        );
        assert_eq!(Format::accepted(&HeaderMap::new()), Format::Prometheus);
    }

    #[test]
    fn gzip_is_sent_to_those_who_take_it() {
        let mut headers = HeaderMap::new();
        assert!(!accepts_gzip(&headers));
        let value = HeaderValue::from_static("deflate, gzip;q=0.5");
        headers.insert(header::ACCEPT_ENCODING, value);
        assert!(accepts_gzip(&headers));
        let value = HeaderValue::from_static("gzip;q=0, identity");
        headers.insert(header::ACCEPT_ENCODING, value);
        assert!(!accepts_gzip(&headers));
    }
}
