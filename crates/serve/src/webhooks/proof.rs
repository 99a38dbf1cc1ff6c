//! Whether a webhook comes from who knows the secret.

use axum::http::HeaderMap;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::WebhookOptions;

/// A signature older or newer than this is refused, so that one that was overheard is of no use later.
const TOLERANCE: SignedDuration = SignedDuration::from_mins(5);

/// Begins a secret of Standard Webhooks; the rest is base64.
const PREFIX: &str = "whsec_";

/// Whether `X-Gitlab-Token` is the secret; takes the same time wherever they differ.
pub(super) fn has_token(options: &WebhookOptions, headers: &HeaderMap) -> bool {
    let (Some(token), Some(sent)) = (&options.token, headers.get("x-gitlab-token")) else {
        return false;
    };
    token
        .expose_secret()
        .as_bytes()
        .ct_eq(sent.as_bytes())
        .into()
}

/// Whether it says that it is signed.
pub(super) fn claims_signature(options: &WebhookOptions, headers: &HeaderMap) -> bool {
    options.signing_token.is_some() && headers.contains_key("webhook-signature")
}

/// Whether one of its signatures is ours: `v1,` and base64 of HMAC-SHA256 over `{id}.{timestamp}.{body}`.
pub(super) fn is_signed(
    options: &WebhookOptions,
    headers: &HeaderMap,
    body: &[u8],
    now: Timestamp,
) -> bool {
    let text = |name: &str| headers.get(name)?.to_str().ok();
    let (Some(secret), Some(id), Some(timestamp), Some(signatures)) = (
        &options.signing_token,
        text("webhook-id"),
        text("webhook-timestamp"),
        text("webhook-signature"),
    ) else {
        return false;
    };
    let at = timestamp.parse().ok().map(Timestamp::from_second);
    let Some(Ok(at)) = at else { return false };
    if now.duration_since(at).abs() > TOLERANCE {
        return false;
    }
    let expected: Vec<[u8; 32]> = keys(secret)
        .iter()
        .map(|key| sign(key, id, timestamp, body))
        .collect();
    signatures
        .split(' ')
        .filter_map(|signature| STANDARD.decode(signature.strip_prefix("v1,")?).ok())
        .any(|signature| {
            let same = |key: &[u8; 32]| bool::from(key.as_slice().ct_eq(&signature));
            expected.iter().any(same)
        })
}

/// The bytes that a secret may stand for: GitLab's text says not whether it is meant as it is or as base64.
fn keys(secret: &SecretString) -> Vec<Vec<u8>> {
    let text = secret.expose_secret();
    let mut keys = vec![text.as_bytes().to_vec()];
    let coded = text.strip_prefix(PREFIX).unwrap_or(text);
    keys.extend(STANDARD.decode(coded).ok());
    keys
}

fn sign(key: &[u8], id: &str, timestamp: &str, body: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key)
        .unwrap_or_else(|_| unreachable!("HMAC takes a key of any length"));
    for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn options() -> WebhookOptions {
        WebhookOptions {
            token: Some("a secret".into()),
            signing_token: Some("whsec_MDEyMzQ1Njc4OWFiY2RlZg==".into()),
        }
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let pairs = pairs.iter();
        pairs
            .map(|(name, value)| ((*name).parse().unwrap(), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn only_the_whole_token_counts() {
        let sent = |token| has_token(&options(), &headers(&[("x-gitlab-token", token)]));
        assert!(sent("a secret"));
        assert!(!sent("a secre") && !sent("a secret ") && !sent(""));
        assert!(!has_token(&options(), &HeaderMap::new()));
        let none = WebhookOptions::default();
        assert!(!has_token(&none, &headers(&[("x-gitlab-token", "")])));
    }

    #[test]
    fn a_signature_is_of_this_body_this_id_and_this_time() {
        let now = Timestamp::from_second(NOW).unwrap();
        let signed = |id: &str, at: i64, body: &[u8], key: &[u8], prefix: &str| {
            let at = at.to_string();
            let made = STANDARD.encode(sign(key, "one", &NOW.to_string(), b"{}"));
            let made = format!("v1,AAAA v2,x {prefix}{made}");
            let headers = headers(&[
                ("webhook-id", id),
                ("webhook-timestamp", &at),
                ("webhook-signature", &made),
            ]);
            assert!(claims_signature(&options(), &headers));
            is_signed(&options(), &headers, body, now)
        };
        let key = b"0123456789abcdef";
        assert!(signed("one", NOW, b"{}", key, "v1,"));
        assert!(signed(
            "one",
            NOW,
            b"{}",
            b"whsec_MDEyMzQ1Njc4OWFiY2RlZg==",
            "v1,"
        ));
        assert!(!signed("two", NOW, b"{}", key, "v1,"));
        assert!(!signed("one", NOW + 1, b"{}", key, "v1,"));
        assert!(!signed("one", NOW, b"{ }", key, "v1,"));
        assert!(!signed("one", NOW, b"{}", b"another key", "v1,"));
        assert!(!signed("one", NOW, b"{}", key, "v1a,"));
    }

    #[test]
    fn an_old_signature_is_of_no_use() {
        let timestamp = NOW.to_string();
        let made = format!(
            "v1,{}",
            STANDARD.encode(sign(b"0123456789abcdef", "one", &timestamp, b"{}"))
        );
        let headers = headers(&[
            ("webhook-id", "one"),
            ("webhook-timestamp", &timestamp),
            ("webhook-signature", &made),
        ]);
        let at = |seconds: i64| Timestamp::from_second(NOW + seconds).unwrap();
        assert!(is_signed(&options(), &headers, b"{}", at(299)));
        assert!(!is_signed(&options(), &headers, b"{}", at(301)));
        assert!(!is_signed(&options(), &headers, b"{}", at(-301)));
    }
}
