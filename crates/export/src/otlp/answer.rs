//! What an answer means.

use std::time::Duration;

use jiff::Timestamp;
use prost::Message;
use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};

use super::proto::{Refusal, TracesResponse};

/// What became of a request.
#[derive(Debug, PartialEq)]
pub(super) enum Answer {
    /// It was taken.
    Taken {
        /// Spans of it that were not.
        rejected: u64,
        /// Why, or a remark; empty for none.
        message: String,
    },
    /// It will never be taken.
    Refused(String),
    /// It may be taken later.
    Later {
        /// What happened.
        reason: String,
        /// How long the receiver asks to wait.
        after: Option<Duration>,
    },
}

/// Longest text of a receiver that is passed on.
const LONGEST_TEXT: usize = 300;

/// Reads an answer.
///
/// What concerns the way there (credentials, address, a redirect) can be put right without losing data, so it is
/// tried again; what concerns the data is not.
pub(super) fn read(status: StatusCode, headers: &HeaderMap, body: &[u8], now: Timestamp) -> Answer {
    if status.is_success() {
        return taken(headers, body);
    }
    let reason = match text(headers, body) {
        text if text.is_empty() => format!("the receiver answered {status}"),
        text => format!("the receiver answered {status}: {text}"),
    };
    match status.as_u16() {
        429 | 502 | 503 | 504 => Answer::Later {
            reason,
            after: retry_after(headers, now),
        },
        300..=399 | 401 | 403 | 404 | 405 | 407 | 408 => Answer::Later {
            reason,
            after: None,
        },
        _ => Answer::Refused(reason),
    }
}

fn taken(headers: &HeaderMap, body: &[u8]) -> Answer {
    // Some receivers answer in JSON, or with nothing: taken is taken.
    let partial = if is_protobuf(headers) {
        TracesResponse::decode(body)
            .unwrap_or_default()
            .partial_success
    } else {
        None
    };
    let partial = partial.unwrap_or_default();
    Answer::Taken {
        rejected: u64::try_from(partial.rejected_spans).unwrap_or(0),
        message: cut(&partial.error_message),
    }
}

/// What the receiver says is wrong.
fn text(headers: &HeaderMap, body: &[u8]) -> String {
    if is_protobuf(headers) {
        let refusal = Refusal::decode(body).unwrap_or_default();
        return cut(&refusal.message);
    }
    cut(&String::from_utf8_lossy(body))
}

fn is_protobuf(headers: &HeaderMap) -> bool {
    let media = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    media.is_some_and(|media| media.starts_with("application/x-protobuf"))
}

/// A text in one line of bounded length.
fn cut(text: &str) -> String {
    let plain = |letter: char| if letter.is_control() { ' ' } else { letter };
    let line: String = text.trim().chars().map(plain).take(LONGEST_TEXT).collect();
    line.trim_end().to_owned()
}

/// Seconds, or a date.
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    Some(Duration::try_from(at.duration_since(now)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use labtower_model::samples::at;
    use reqwest::header::HeaderValue;

    use super::super::proto::PartialSuccess;
    use super::*;

    fn protobuf() -> HeaderMap {
        HeaderMap::from_iter([(
            CONTENT_TYPE,
            HeaderValue::from_static("application/x-protobuf"),
        )])
    }

    fn answer(status: u16, headers: &HeaderMap, body: &[u8]) -> Answer {
        read(StatusCode::from_u16(status).unwrap(), headers, body, at(0))
    }

    #[test]
    fn a_partial_success_tells_what_was_rejected_and_anything_else_was_taken_whole() {
        let partial = TracesResponse {
            partial_success: Some(PartialSuccess {
                rejected_spans: 3,
                error_message: "too\nold".to_owned(),
            }),
        };
        let taken = |rejected, message: &str| Answer::Taken {
            rejected,
            message: message.to_owned(),
        };
        assert_eq!(
            answer(200, &protobuf(), &partial.encode_to_vec()),
            taken(3, "too old")
        );
        assert_eq!(answer(200, &protobuf(), b""), taken(0, ""));
        assert_eq!(answer(202, &HeaderMap::new(), b"{}"), taken(0, ""));
    }

    #[test]
    fn what_may_pass_later_is_told_from_what_never_will() {
        for status in [429, 502, 503, 504, 301, 401, 403, 404] {
            let answer = answer(status, &HeaderMap::new(), b"");
            assert!(matches!(answer, Answer::Later { .. }), "{status}");
        }
        for status in [400, 413, 415, 422, 500, 501] {
            let answer = answer(status, &HeaderMap::new(), b"");
            assert!(matches!(answer, Answer::Refused(_)), "{status}");
        }
        let refusal = Refusal {
            message: "no such tenant".to_owned(),
        };
        let Answer::Refused(reason) = answer(400, &protobuf(), &refusal.encode_to_vec()) else {
            panic!("400 is final");
        };
        assert_eq!(
            reason,
            "the receiver answered 400 Bad Request: no such tenant"
        );
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        for (text, expected) in [
            ("7", Some(7)),
            ("Fri, 20 Nov 2026 12:00:09 GMT", Some(9)),
            ("Fri, 20 Nov 2026 11:00:00 GMT", Some(0)),
            ("soon", None),
        ] {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_static(text))]);
            let Answer::Later { after, .. } = answer(503, &headers, b"") else {
                panic!("503 passes");
            };
            assert_eq!(after, expected.map(Duration::from_secs), "{text}");
        }
    }
}
