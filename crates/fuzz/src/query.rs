//! Query strings and forms, of everything that takes them.

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use url::form_urlencoded::{Serializer, parse};

use crate::server::{Server, TOKEN, WEBHOOK_TOKEN};

/// What is asked for; those that begin with a plus are forms.
const PLACES: [&str; 24] = [
    "/api/pipelines",
    "/api/jobs",
    "/api/projects",
    "/api/refs",
    "/api/stats/summary",
    "/api/stats/projects",
    "/api/stats/trend",
    "/api/sync",
    "/failures",
    "/failures/job/60004",
    "/groups",
    "/pattern",
    "/pipelines",
    "/trends",
    "/health",
    "/jobs/test",
    "/p/platform/tools/builder",
    "/p/platform/tools/builder/-/jobs/test",
    "/metrics",
    "/login",
    "+/actions/assign",
    "+/actions/classify",
    "+/actions/mute",
    "+/actions/merge",
];

/// Longest part of a query.
const LONGEST: usize = 600;

/// The first byte says what is asked for, the rest is a query or a form.
pub(crate) fn run(input: &[u8]) {
    let Some((&place, text)) = input.split_first() else {
        return;
    };
    let text = &text[..text.len().min(LONGEST)];
    let place = PLACES[usize::from(place) % PLACES.len()];
    if let Some(path) = place.strip_prefix('+') {
        let form = Request::post(path)
            .header(header::AUTHORIZATION, format!("Bearer {TOKEN}"))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(text.to_vec()));
        if let Ok(form) = form {
            check(place, &Server::shared().answer(form));
        }
        return;
    }
    let (Some(sent), Some(again)) = (ask(place, &as_sent(text)), ask(place, &rewritten(text)))
    else {
        return;
    };
    check(place, &sent);
    assert_eq!(sent.0, again.0, "{place}: the same pairs, another status");
    // `/api/sync` tells of webhooks that come meanwhile.
    if place.starts_with("/api/") && place != "/api/sync" {
        assert_eq!(sent.2, again.2, "{place}: the same pairs, another answer");
    }
}

fn ask(path: &str, query: &str) -> Option<(StatusCode, HeaderMap, Bytes)> {
    let request = Request::get(format!("{path}?{query}")).body(Body::empty());
    Some(Server::shared().answer(request.ok()?))
}

/// The bytes as an address can have them.
fn as_sent(text: &[u8]) -> String {
    let mut query = String::with_capacity(text.len());
    for byte in text {
        match byte {
            b'!' | b'$'..=b'~'
                if !matches!(byte, b'<' | b'>' | b'`' | b'\\' | b'^' | b'{' | b'|' | b'}') =>
            {
                query.push(char::from(*byte));
            }
            _ => query.extend([
                "%",
                HEX[usize::from(byte >> 4)],
                HEX[usize::from(byte & 15)],
            ]),
        }
    }
    query
}

const HEX: [&str; 16] = [
    "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "A", "B", "C", "D", "E", "F",
];

/// The same pairs, written as a browser would.
fn rewritten(text: &[u8]) -> String {
    let sent = as_sent(text);
    let pairs = parse(sent.as_bytes());
    Serializer::new(String::new()).extend_pairs(pairs).finish()
}

fn check(place: &str, (status, headers, body): &(StatusCode, HeaderMap, Bytes)) {
    assert!(!status.is_server_error(), "{place}: {status}");
    let text = String::from_utf8_lossy(body);
    for secret in [TOKEN, WEBHOOK_TOKEN] {
        assert!(!text.contains(secret), "{place}: a secret shows");
    }
    for name in [
        "content-security-policy",
        "x-content-type-options",
        "referrer-policy",
    ] {
        assert!(headers.contains_key(name), "{place}: no {name}");
    }
    let kind = headers.get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if kind.starts_with("application/json") {
        let value: Result<serde_json::Value, _> = serde_json::from_slice(body);
        let is_error = value.is_ok_and(|value| value["error"]["code"].is_string());
        assert_eq!(
            is_error,
            status.is_client_error(),
            "{place}: {status}: {text}"
        );
    } else {
        assert!(
            !kind.starts_with("text/plain") || status.is_success(),
            "{place}: {text}"
        );
    }
}
