//! What happens to every API request around its handler, in GitLab's order.
//!
//! Count, wait (latency), the user's limit, the token, the endpoint's limit, drawn faults; then
//! the handler; then the headers every answer carries.

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::auth::Caller;
use crate::fault::{Mishap, body};
use crate::graphql::refuse;
use crate::limit::Standing;
use crate::rest::error::ApiError;
use crate::world::Time;

/// The layer around all API routes.
pub(crate) async fn guard(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let began = Instant::now();
    let number = app.next_request();
    let route = route(&app, &request);
    let graphql = route.ends_with("/api/graphql");
    app.counter.add(route.clone());
    let faults = app.faults();
    if !faults.latency.is_zero() {
        tokio::time::sleep(faults.latency).await;
    }
    let mishap = Mishap::draw(&faults, app.config.seed, number);
    let standing = app.limiter.user(Instant::now());
    let caller = Caller::of(request.headers(), request.uri(), &app.config);
    let mut response = if standing.is_some_and(|standing| standing.exceeded()) {
        app.limiter.refused();
        (
            StatusCode::TOO_MANY_REQUESTS,
            [(header::CONTENT_TYPE, "text/plain")],
            "Retry later\n",
        )
            .into_response()
    } else if let Some(caller) = caller.filter(|caller| caller.authenticated || graphql) {
        if mishap.too_many_requests || !app.limiter.application(&route, Instant::now()) {
            app.limiter.refused();
            let mut refused = too_many_requests(graphql);
            if let Some(wait) = faults.retry_after {
                let seconds = wait.as_secs().to_string();
                set(refused.headers_mut(), header::RETRY_AFTER, seconds);
            }
            refused
        } else if let Some(broken) = mishap.server_error() {
            broken
        } else {
            request.extensions_mut().insert(caller);
            request.extensions_mut().insert(mishap.draw);
            let response = next.run(request).await;
            body::spoil(response, &mishap).await
        }
    } else if graphql {
        refuse(StatusCode::UNAUTHORIZED, "Invalid token")
    } else {
        ApiError::unauthorized().into_response()
    };
    let headers = response.headers_mut();
    common(headers, app.now(), number, began);
    if let Some(standing) = standing {
        limits(headers, app.now(), &standing);
    }
    response
}

/// Name of the route, as it is counted: `GET /projects/:id/pipelines`.
fn route(app: &App, request: &Request) -> String {
    let method = request.method();
    let Some(matched) = request.extensions().get::<MatchedPath>() else {
        return format!("{method} (no route)");
    };
    let path = matched.as_str();
    let path = path
        .strip_prefix(app.config.base_path.trim_end_matches('/'))
        .unwrap_or(path);
    let path = path.strip_prefix("/api/v4").unwrap_or(path);
    format!("{method} {}", path.replace('{', ":").replace('}', ""))
}

fn too_many_requests(graphql: bool) -> Response {
    if graphql {
        refuse(
            StatusCode::TOO_MANY_REQUESTS,
            "This endpoint has been requested too many times. Try again later.",
        )
    } else {
        ApiError::too_many_requests().into_response()
    }
}

/// Headers of every answer.
fn common(headers: &mut HeaderMap, now: Time, number: u64, began: Instant) {
    let id = crate::world::sha(number);
    set(headers, header::DATE, now.http());
    set(
        headers,
        HeaderName::from_static("x-request-id"),
        format!("01{}", id[..24].to_uppercase()),
    );
    set(
        headers,
        HeaderName::from_static("x-runtime"),
        format!("{:.6}", began.elapsed().as_secs_f64()),
    );
    set(
        headers,
        header::CACHE_CONTROL,
        "max-age=0, private, must-revalidate".to_owned(),
    );
}

/// Headers of the user's limit; with `Retry-After` if it was exceeded.
fn limits(headers: &mut HeaderMap, now: Time, standing: &Standing) {
    let seconds = standing.resets_in.as_secs_f64().ceil() as i64;
    let reset = now.plus(seconds * 1_000);
    set(
        headers,
        HeaderName::from_static("ratelimit-name"),
        "throttle_authenticated_api".to_owned(),
    );
    set(
        headers,
        HeaderName::from_static("ratelimit-limit"),
        standing.limit.to_string(),
    );
    set(
        headers,
        HeaderName::from_static("ratelimit-observed"),
        standing.observed.to_string(),
    );
    set(
        headers,
        HeaderName::from_static("ratelimit-remaining"),
        standing.remaining().to_string(),
    );
    set(
        headers,
        HeaderName::from_static("ratelimit-reset"),
        reset.seconds().to_string(),
    );
    if standing.exceeded() {
        set(
            headers,
            HeaderName::from_static("ratelimit-resettime"),
            reset.http(),
        );
        set(headers, header::RETRY_AFTER, seconds.max(1).to_string());
    }
}

/// Sets a header; values are ours, so they always fit.
fn set(headers: &mut HeaderMap, name: HeaderName, value: String) {
    if let Ok(value) = HeaderValue::from_str(&value) {
        headers.insert(name, value);
    }
}
