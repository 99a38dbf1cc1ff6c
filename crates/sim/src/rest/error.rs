//! Error answers, as GitLab words them.

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// An answer other than success.
#[derive(Debug)]
pub(crate) struct ApiError {
    status: StatusCode,
    body: Value,
    /// `Location`, `Retry-After` and the like.
    header: Option<(header::HeaderName, String)>,
}

impl ApiError {
    /// `{"message": …}`.
    pub(crate) fn message(status: StatusCode, message: impl Into<Value>) -> Self {
        Self {
            status,
            body: json!({ "message": message.into() }),
            header: None,
        }
    }

    /// `{"error": …}`.
    pub(crate) fn error(status: StatusCode, error: impl Into<Value>) -> Self {
        Self {
            status,
            body: json!({ "error": error.into() }),
            header: None,
        }
    }

    /// 400 for a parameter that has no such value.
    pub(crate) fn invalid(parameter: &str) -> Self {
        Self::error(
            StatusCode::BAD_REQUEST,
            format!("{parameter} does not have a valid value"),
        )
    }

    /// 400 for parameters that do not go together.
    pub(crate) fn bad_request(message: &str) -> Self {
        Self::message(
            StatusCode::BAD_REQUEST,
            format!("400 Bad request - {message}"),
        )
    }

    /// 401.
    pub(crate) fn unauthorized() -> Self {
        Self::message(StatusCode::UNAUTHORIZED, "401 Unauthorized")
    }

    /// 403 for a token whose scopes are too few.
    pub(crate) fn insufficient_scope() -> Self {
        Self {
            status: StatusCode::FORBIDDEN,
            body: json!({
                "error": "insufficient_scope",
                "error_description": "The request requires higher privileges than provided by the access token.",
                "scope": "api",
            }),
            header: None,
        }
    }

    /// 403.
    pub(crate) fn forbidden() -> Self {
        Self::message(StatusCode::FORBIDDEN, "403 Forbidden")
    }

    /// 404 for a `what` such as `Project`; an empty `what` gives `404 Not Found`.
    pub(crate) fn not_found(what: &str) -> Self {
        let text = if what.is_empty() {
            "404 Not Found".to_owned()
        } else {
            format!("404 {what} Not Found")
        };
        Self::message(StatusCode::NOT_FOUND, text)
    }

    /// 405 for keyset paging where there is none.
    pub(crate) fn no_keyset() -> Self {
        Self::error(
            StatusCode::METHOD_NOT_ALLOWED,
            "Keyset pagination is not yet available for this type of request",
        )
    }

    /// 405 for an offset that is too large for rows of type `what`.
    pub(crate) fn offset_too_large(limit: usize, what: &str) -> Self {
        Self::error(
            StatusCode::METHOD_NOT_ALLOWED,
            format!(
                "Offset pagination has a maximum allowed offset of {limit} for requests that return objects of type {what}. Remaining records can be retrieved using keyset pagination."
            ),
        )
    }

    /// 429 of the limiter per endpoint.
    pub(crate) fn too_many_requests() -> Self {
        Self::message(
            StatusCode::TOO_MANY_REQUESTS,
            json!({ "error": "This endpoint has been requested too many times. Try again later." }),
        )
    }

    /// 500.
    pub(crate) fn internal() -> Self {
        Self::message(
            StatusCode::INTERNAL_SERVER_ERROR,
            "500 Internal Server Error",
        )
    }

    /// 301 to where a renamed project lives now.
    pub(crate) fn moved(url: String) -> Self {
        Self {
            status: StatusCode::MOVED_PERMANENTLY,
            body: Value::String(format!("This resource has been moved permanently to {url}")),
            header: Some((header::LOCATION, url)),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = match self.body {
            Value::String(text) => (self.status, text).into_response(),
            body => (self.status, Json(body)).into_response(),
        };
        if let Some((name, value)) = self.header
            && let Ok(value) = value.parse()
        {
            response.headers_mut().insert(name, value);
        }
        response
    }
}
