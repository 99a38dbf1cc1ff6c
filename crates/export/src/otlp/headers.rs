//! Headers of each request, in the form that `OTEL_EXPORTER_OTLP_HEADERS` has.

use percent_encoding::percent_decode_str;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};

/// Whether the headers can be sent; the message says which cannot, by its position.
pub fn check_headers(text: &SecretString) -> Result<(), String> {
    headers(text).map(drop)
}

/// Reads `name=value,name=value`; values may be percent-encoded. Messages quote neither.
pub(super) fn headers(text: &SecretString) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    let pairs = text.expose_secret().split(',').map(str::trim);
    for (index, pair) in pairs.filter(|pair| !pair.is_empty()).enumerate() {
        let number = index + 1;
        let (name, value) = pair
            .split_once('=')
            .ok_or_else(|| format!("header {number} is not `name=value`"))?;
        let name = HeaderName::try_from(name.trim())
            .map_err(|_| format!("header {number} has no name a header can have"))?;
        let value = percent_decode_str(value.trim()).decode_utf8_lossy();
        let mut value = HeaderValue::from_str(&value)
            .map_err(|_| format!("header {number} has characters no header can have"))?;
        value.set_sensitive(true);
        headers.append(name, value);
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<HeaderMap, String> {
        headers(&SecretString::from(text))
    }

    #[test]
    fn pairs_are_read_and_percent_decoded() {
        let read = read(" authorization=Bearer%20a=b , x-tenant = ci,").unwrap();
        assert_eq!(read["authorization"], "Bearer a=b");
        assert_eq!(read["x-tenant"], "ci");
        assert!(read.values().all(HeaderValue::is_sensitive));
        assert!(super::headers(&SecretString::from("")).unwrap().is_empty());
    }

    #[test]
    fn what_cannot_be_sent_is_named_by_position_and_never_quoted() {
        for text in ["a=b,hush", "a=b,hu sh=c", "a=b,c=hush%0A"] {
            let message = read(text).unwrap_err();
            assert!(message.contains("header 2"), "{message}");
            assert!(!message.contains("hush"), "{message}");
        }
    }
}
