//! `POST /webhooks/gitlab`: takes what GitLab sends, keeps it as it came, and answers.
//!
//! What it says is read later, by `sync`: GitLab waits for seconds only, and stops sending to who fails too often.

mod proof;

use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use labtower_model::hook_kind;
use labtower_store::Received;
use secrecy::SecretString;
use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use crate::error::{ApiError, ErrorBody};
use crate::state::App;

/// GitLab sends no larger body.
const MOST_BYTES: usize = 25 << 20;

/// Letters of an `Idempotency-Key` that are looked at; GitLab's has 36.
const MOST_KEY: usize = 200;

/// How webhooks prove where they come from; any one proof is enough. Without secrets none is taken.
#[derive(Debug, Clone, Default)]
pub struct WebhookOptions {
    /// What GitLab sends as `X-Gitlab-Token`.
    pub token: Option<SecretString>,
    /// With what GitLab signs, by the rules of Standard Webhooks.
    pub signing_token: Option<SecretString>,
}

impl WebhookOptions {
    /// Whether webhooks are taken at all.
    pub fn is_configured(&self) -> bool {
        self.token.is_some() || self.signing_token.is_some()
    }
}

/// A webhook was kept.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Kept {
    /// `kept`.
    #[schema(value_type = String)]
    status: &'static str,
    /// What it is about, in GitLab's word.
    kind: String,
}

/// Takes a webhook of GitLab: of a project, a group or the whole instance.
///
/// It is kept before this answers, and applied within a second. One that is sent again is kept once.
#[utoipa::path(
    post,
    path = "/webhooks/gitlab",
    tag = "service",
    operation_id = "receive_webhook",
    request_body(content = serde_json::Value, content_type = "application/json", description = "As GitLab sends it, up to 25 MB"),
    params(
        ("X-Gitlab-Token" = Option<String>, Header, description = "The secret of `webhooks.token`; not needed where the webhook is signed"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same when GitLab sends it again"),
    ),
    responses(
        (status = 200, description = "Kept, whatever its kind", body = Kept),
        (status = 400, description = "No JSON, or no webhook of GitLab", body = ErrorBody),
        (status = 401, description = "Neither the secret nor a signature", body = ErrorBody),
        (status = 404, description = "Webhooks are off", body = ErrorBody),
        (status = 413, description = "Larger than 25 MB", body = ErrorBody),
        (status = 500, description = "It could not be kept", body = ErrorBody),
    )
)]
pub(crate) async fn receive(
    State(app): State<App>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Kept>, ApiError> {
    let options = &app.options().webhooks;
    if !options.is_configured() {
        return Err(ApiError::webhooks_off());
    }
    // Who has no secret need not send 25 MB first.
    let by_token = proof::has_token(options, &headers);
    if !by_token && !proof::claims_signature(options, &headers) {
        return Err(ApiError::no_webhook_secret());
    }
    let declared = headers.get(header::CONTENT_LENGTH);
    let declared = declared.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if declared.is_some_and(|length| length > MOST_BYTES) {
        return Err(ApiError::webhook_too_large());
    }
    let body = match to_bytes(body, MOST_BYTES).await {
        Ok(body) => body,
        Err(error) if is_too_large(&error) => return Err(ApiError::webhook_too_large()),
        Err(_) => return Err(ApiError::webhook("the body ended before its end")),
    };
    if !by_token && !proof::is_signed(options, &headers, &body, app.now()) {
        return Err(ApiError::no_webhook_secret());
    }
    let kind = hook_kind(&body).map_err(|error| ApiError::webhook(&error.to_string()))?;
    let kind = word(&kind);
    let received = Received::new(key(&headers, &body), kind.clone(), app.now(), &body);
    let received = received.map_err(|error| {
        tracing::error!(%error, "failed to compress a webhook");
        ApiError::internal()
    })?;
    // A task of its own, so that it is kept even when GitLab hangs up.
    let keeping = tokio::spawn(async move { app.store().receive(received).await });
    keeping.await.map_err(|_| ApiError::internal())??;
    Ok(Json(Kept {
        status: "kept",
        kind,
    }))
}

/// A kind as a word that is safe in labels and logs.
fn word(kind: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '.');
    let kind = kind.chars().take(64);
    kind.map(|letter| if plain(letter) { letter } else { '_' })
        .collect()
}

/// What is the same when GitLab sends it again.
fn key(headers: &HeaderMap, body: &[u8]) -> String {
    let named = ["idempotency-key", "webhook-id"]
        .iter()
        .find_map(|name| headers.get(*name)?.to_str().ok())
        .filter(|key| !key.is_empty() && key.len() <= MOST_KEY);
    match named {
        Some(key) => key.to_owned(),
        None => format!("sha256:{}", STANDARD.encode(Sha256::digest(body))),
    }
}

fn is_too_large(error: &axum::Error) -> bool {
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        if error.is::<http_body_util::LengthLimitError>() {
            return true;
        }
        source = error.source();
    }
    false
}
