//! What happens to every request and response, whatever the path.

use std::any::Any;
use std::time::Duration;

use axum::Router;
use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::{Next, from_fn, map_response};
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
    wrap_patiently(router, PAUSE)
}

fn wrap_patiently(router: Router, pause: Duration) -> Router {
    router
        .layer(RequestBodyTimeoutLayer::new(pause))
        .layer(map_response(shape))
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

/// Bytes of a refusal that is put into the usual shape; the router's own are one sentence.
const REFUSAL: usize = 4096;

/// What the router refuses of its own accord (a path that is no UTF-8, a body that is no form or too long) in the
/// shape of every error; handlers have it already.
async fn shape(response: Response) -> Response {
    let status = response.status();
    let kind = response.headers().get(header::CONTENT_TYPE);
    let plain = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/plain"));
    if !status.is_client_error() || !plain {
        return response;
    }
    let said = to_bytes(response.into_body(), REFUSAL).await;
    let said = said.unwrap_or_default();
    ApiError::refused(status, &String::from_utf8_lossy(&said)).into_response()
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
        // For browsers that know nothing of `frame-ancestors`.
        (header::X_FRAME_OPTIONS, "DENY"),
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
    use axum::body::Bytes;
    use axum::body::{Body, to_bytes};
    use axum::http::StatusCode;
    use axum::routing::{get, post};
    use tower::ServiceExt;

    use super::*;

    async fn break_off() -> &'static str {
        panic!("on purpose");
    }

    #[tokio::test]
    async fn a_body_that_never_ends_is_not_waited_for() {
        let router = Router::new().route("/", post(async |_: Bytes| "read"));
        let router = wrap_patiently(router, Duration::from_millis(50));
        let body = Body::from_stream(futures::stream::pending::<Result<Bytes, std::io::Error>>());
        let request = Request::post("/").body(body).unwrap();
        let response = router.oneshot(request).await.unwrap();
        assert!(response.status().is_client_error(), "{}", response.status());
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
