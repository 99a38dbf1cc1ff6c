//! What happens before any handler: who is it, and may they read.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::{Caller, Viewer};
use crate::error::ApiError;
use crate::state::App;

/// Paths that never need a name: whether the process lives, what the page to sign in is made of, and webhooks, which
/// have a secret of their own.
fn is_open(path: &str) -> bool {
    matches!(path, "/healthz" | "/readyz" | "/login" | "/webhooks/gitlab")
        || path.starts_with("/static/")
}

/// Finds out who asks, for all handlers; turns away who may not read.
pub(crate) async fn identify(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let caller = Caller::of(&parts, app.auth(), app.now());
    request = Request::from_parts(parts, body);
    let needs_name = app.auth().options().require_auth_for_read && !is_open(request.uri().path());
    if needs_name && caller.identity.is_none() {
        return turn_away(request.method(), request.headers(), request.uri());
    }
    request.extensions_mut().insert(caller);
    next.run(request).await
}

/// People are sent to sign in, programs get 401.
fn turn_away(method: &Method, headers: &HeaderMap, uri: &axum::http::Uri) -> Response {
    if method == Method::GET && wants_page(headers) && !is_api(uri.path()) {
        return to_login(&Viewer::at(uri));
    }
    ApiError::unauthorized("reading needs a name").into_response()
}

fn is_api(path: &str) -> bool {
    path == "/metrics" || path == "/api" || path.starts_with("/api/")
}

/// Whether a browser asks for something to look at.
pub(crate) fn wants_page(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"))
}

/// Sends a reader to sign in, and back here after it.
pub(super) fn to_login(viewer: &Viewer) -> Response {
    let next = utf8_percent_encode(viewer.target(), NON_ALPHANUMERIC);
    let location = format!("{}login?next={next}", viewer.root());
    (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response()
}
