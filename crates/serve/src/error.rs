//! What a request that cannot be answered gets: one JSON shape, one place.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use labtower_store::StoreError;
use serde::Serialize;
use utoipa::ToSchema;

use crate::overview::Progress;

/// A request that is not answered with data.
///
/// The body is always `{"error": {code, message, hint, ..}}`, never an empty list:
/// a caller can tell "no data" from "no answer".
#[derive(Debug)]
pub(crate) struct ApiError {
    status: StatusCode,
    retry_after: Option<u64>,
    body: Box<ErrorDetail>,
}

/// Body of every error.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ErrorBody {
    /// What went wrong.
    error: ErrorDetail,
}

/// What went wrong, for programs (`code`) and for people (`message`, `hint`).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ErrorDetail {
    /// Stable word for the kind of error, for example `bad_parameter`.
    #[schema(value_type = String)]
    code: &'static str,
    /// One sentence, with the offending name and value in backticks.
    message: String,
    /// What to do about it, when that is known.
    hint: Option<String>,
    /// Parameter at fault; only with `bad_parameter`.
    #[serde(skip_serializing_if = "Option::is_none")]
    parameter: Option<String>,
    /// Value at fault; only with `bad_parameter`.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    /// How far the first backfill is; only with `history_incomplete`.
    #[serde(skip_serializing_if = "Option::is_none")]
    progress: Option<Progress>,
}

impl ApiError {
    fn new(status: StatusCode, code: &'static str, message: String) -> Self {
        Self {
            status,
            retry_after: None,
            body: Box::new(ErrorDetail {
                code,
                message,
                hint: None,
                parameter: None,
                value: None,
                progress: None,
            }),
        }
    }

    /// 400: a parameter whose value is not `expected`.
    pub(crate) fn parameter(name: &str, value: &str, expected: &str) -> Self {
        let mut error = Self::new(
            StatusCode::BAD_REQUEST,
            "bad_parameter",
            format!("`{name}` must be {expected}, not `{value}`"),
        );
        error.body.parameter = Some(name.to_owned());
        error.body.value = Some(value.to_owned());
        error
    }

    /// 404: no such path.
    pub(crate) fn no_such_path(path: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "no_such_path",
            format!("there is nothing at `{path}`"),
        )
        .with_hint("`/api/openapi.json` lists every path")
    }

    /// 401: who asks must say who it is.
    pub(crate) fn unauthorized(message: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", message.to_owned()).with_hint(
            "send the token of `[server.auth]` as `Authorization: Bearer`, or sign in at `/login`",
        )
    }

    /// 404: no secret of webhooks is configured.
    pub(crate) fn webhooks_off() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "webhooks_off",
            "no webhooks are taken".to_owned(),
        )
        .with_hint("set `webhooks.token_file` or `webhooks.signing_token_file`")
    }

    /// 401: a webhook without the secret.
    pub(crate) fn no_webhook_secret() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "unauthorized",
            "the webhook has neither the secret nor a valid signature".to_owned(),
        )
        .with_hint("the webhook's secret token in GitLab must be that of `[webhooks]`")
    }

    /// 400: a body that is no webhook.
    pub(crate) fn webhook(message: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_webhook", message.to_owned())
            .with_hint("a custom template of a webhook must keep `object_kind`")
    }

    /// 413: GitLab sends nothing so large.
    pub(crate) fn webhook_too_large() -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_large",
            "the webhook is larger than 25 MB".to_owned(),
        )
    }

    /// A request that is refused before anybody looks at what it is about.
    pub(crate) fn refused(status: StatusCode, message: &str) -> Self {
        let code = match status {
            StatusCode::PAYLOAD_TOO_LARGE => "too_large",
            StatusCode::UNSUPPORTED_MEDIA_TYPE => "wrong_content_type",
            _ => "bad_request",
        };
        Self::new(status, code, message.to_owned())
    }

    /// 403: who asks may not do this.
    pub(crate) fn forbidden(message: &str, hint: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", message.to_owned()).with_hint(hint)
    }

    /// 409: what a person wants makes no sense any more.
    pub(crate) fn impossible(message: &str) -> Self {
        Self::new(StatusCode::CONFLICT, "impossible", message.to_owned())
    }

    /// 502: GitLab did not do what was asked of it.
    pub(crate) fn gitlab(message: &str, hint: &str) -> Self {
        Self::new(StatusCode::BAD_GATEWAY, "gitlab", message.to_owned()).with_hint(hint)
    }

    /// 404: the path is right, the thing is not stored.
    pub(crate) fn not_stored(what: &str, id: i64) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not_stored",
            format!("{what} `{id}` is not stored"),
        )
    }

    /// 405: the path answers other methods.
    pub(crate) fn wrong_method(method: &str, path: &str) -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "wrong_method",
            format!("`{path}` does not answer `{method}`"),
        )
        .with_hint("the header `Allow` names the methods it answers")
    }

    /// 503: the first backfill is not complete, and half a history is not served.
    pub(crate) fn history_incomplete(progress: Progress) -> Self {
        let mut error = Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "history_incomplete",
            "the first backfill is not complete yet".to_owned(),
        )
        .with_hint("try again after `Retry-After` seconds, watch `/api/sync`, or set `serve_during_backfill = true`");
        // Long enough not to be a burden, short enough to notice the end.
        error.retry_after = Some(progress.eta_seconds.unwrap_or(10).clamp(2, 60));
        error.body.progress = Some(progress);
        error
    }

    /// 503: too many questions at once.
    pub(crate) fn busy() -> Self {
        let mut error = Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "busy",
            "too many requests are being answered".to_owned(),
        );
        error.retry_after = Some(1);
        error
    }

    /// 504: the answer took too long.
    pub(crate) fn timeout(seconds: u64) -> Self {
        Self::new(
            StatusCode::GATEWAY_TIMEOUT,
            "timeout",
            format!("the store did not answer within {seconds} s"),
        )
        .with_hint("narrow the time range or the projects")
    }

    /// 500: our fault; the cause is in the log.
    pub(crate) fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "the request failed inside the server".to_owned(),
        )
        .with_hint("the server's log has the cause")
    }

    /// Adds what to do about it.
    pub(crate) fn with_hint(mut self, hint: &str) -> Self {
        self.body.hint = Some(hint.to_owned());
        self
    }

    /// The status it answers with.
    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    /// The sentence for people.
    pub(crate) fn message(&self) -> &str {
        &self.body.message
    }

    /// The advice, when there is one.
    pub(crate) fn hint(&self) -> Option<&str> {
        self.body.hint.as_deref()
    }
}

impl From<StoreError> for ApiError {
    /// 500; the cause goes to the log, not to the caller.
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "failed to read the store");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "store_failed",
            "the store could not be read".to_owned(),
        )
        .with_hint("the server's log has the cause")
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = ErrorBody { error: *self.body };
        let mut response = (self.status, Json(body)).into_response();
        if let Some(seconds) = self.retry_after {
            let seconds = HeaderValue::from(seconds);
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
        if self.status == StatusCode::UNAUTHORIZED {
            let scheme = HeaderValue::from_static("Bearer realm=\"labtower\"");
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, scheme);
        }
        response
    }
}
