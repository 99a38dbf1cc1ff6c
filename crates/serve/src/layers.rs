//! What happens to every request and response, whatever the path.

use std::any::Any;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::timeout::RequestBodyTimeoutLayer;

use crate::error::ApiError;

/// Own assets only: no inline style or script, no foreign host, no frame.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
                      connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Pages of many rows become half as large as with the fastest one, for a few milliseconds.
const LEVEL: CompressionLevel = CompressionLevel::Precise(4);

/// Longest pause between two pieces of a request's body.
const PAUSE: Duration = Duration::from_secs(30);

/// Wraps a router: panics become 500, bodies are compressed, browsers are told what not to do.
pub(crate) fn wrap(router: Router) -> Router {
    router
        .layer(RequestBodyTimeoutLayer::new(PAUSE))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn(harden))
        .layer(CompressionLayer::new().quality(LEVEL))
}

/// The panic's own message went to the log through the panic hook's output; callers get 500.
fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let message = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("without a message");
    tracing::error!(panic = message, "a request handler broke off");
    ApiError::internal().into_response()
}

async fn harden(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    // What does not say how long it lasts tells the present.
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // Not `no-referrer`: forms would come without an origin, and could not be told from those of others.
        (header::REFERRER_POLICY, "same-origin"),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::http::StatusCode;
    use axum::routing::get;
    use tower::ServiceExt;

    use super::*;

    async fn break_off() -> &'static str {
        panic!("on purpose");
    }

    #[tokio::test]
    async fn a_handler_that_breaks_off_is_500_in_the_usual_shape() {
        let router = wrap(Router::new().route("/", get(break_off)));
        let request = Request::new(Body::empty());
        let response = router.oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(
            response.headers()[header::X_CONTENT_TYPE_OPTIONS],
            "nosniff"
        );
        let body = to_bytes(response.into_body(), 10_000).await.unwrap();
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body["error"]["code"], "internal");
    }
}
