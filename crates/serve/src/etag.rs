//! Tags by which a caller's copy is known to be current.

use std::fmt::Write;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;

/// A weak entity tag.
///
/// Weak, because the same answer goes out plain or compressed: equal in meaning, not in bytes.
/// It is made of this program's version, the data generation, rebuilds of statistics, when the history became complete (so that a store
/// made anew is not mistaken for the old one) and what else the answer depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ETag(String);

impl ETag {
    /// Tag of an answer made from data alone.
    pub(crate) fn of_data(
        generation: u64,
        rebuilds: u64,
        complete_at: Option<Timestamp>,
        window: &str,
    ) -> Self {
        let complete_at = complete_at.map_or(0, Timestamp::as_second);
        let mut tag = format!(
            "W/\"{}-{generation:x}-{rebuilds:x}-{complete_at:x}",
            env!("CARGO_PKG_VERSION")
        );
        if !window.is_empty() {
            // Writing to a string does not fail.
            let _ = write!(tag, "-{window}");
        }
        tag.push('"');
        Self(tag)
    }

    /// The tag as it stands in headers.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether `If-None-Match` names it, or anything at all (`*`). Strong and weak spellings compare equal.
    pub(crate) fn is_held_by(&self, headers: &HeaderMap) -> bool {
        let own = opaque(&self.0);
        headers
            .get_all(header::IF_NONE_MATCH)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .map(str::trim)
            .any(|tag| tag == "*" || opaque(tag) == own)
    }

    /// 304 with the tag.
    pub(crate) fn not_modified(&self) -> Response {
        let mut response = StatusCode::NOT_MODIFIED.into_response();
        self.put_into(response.headers_mut());
        let vary = HeaderValue::from_static("accept-encoding");
        response.headers_mut().insert(header::VARY, vary);
        response
    }

    /// Adds the tag, and that a copy must be checked before it is used again.
    pub(crate) fn put_into(&self, headers: &mut HeaderMap) {
        if let Ok(value) = HeaderValue::from_str(&self.0) {
            headers.insert(header::ETAG, value);
        }
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    }
}

fn opaque(tag: &str) -> &str {
    tag.strip_prefix("W/").unwrap_or(tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asking(tag: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::IF_NONE_MATCH, HeaderValue::from_str(tag).unwrap());
        headers
    }

    #[test]
    fn any_of_several_tags_may_match_in_either_spelling() {
        let tag = ETag::of_data(7, 0, None, "");
        let strong = tag.as_str().trim_start_matches("W/").to_owned();
        assert!(tag.is_held_by(&asking(tag.as_str())));
        assert!(tag.is_held_by(&asking(&format!("\"old\", {strong}"))));
        assert!(tag.is_held_by(&asking("*")));
        assert!(!tag.is_held_by(&asking("\"old\"")));
        assert!(!tag.is_held_by(&HeaderMap::new()));
    }

    #[test]
    fn tag_moves_with_everything_the_answer_depends_on() {
        let tag = ETag::of_data(7, 0, None, "");
        assert_ne!(tag, ETag::of_data(8, 0, None, ""));
        assert_ne!(tag, ETag::of_data(7, 1, None, ""));
        assert_ne!(tag, ETag::of_data(7, 0, Some(Timestamp::MAX), ""));
        assert_ne!(tag, ETag::of_data(7, 0, None, "2026-11-01"));
    }
}
