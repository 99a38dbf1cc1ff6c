//! The page where there is none.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::{assets, frame};

#[derive(Template)]
#[template(path = "not_found.html")]
struct NotFound<'a> {
    path: &'a str,
    assets: &'static str,
}

/// 404 for people.
pub(crate) fn not_found(path: &str) -> Response {
    let page = NotFound {
        path,
        assets: assets::version(),
    };
    frame::respond(StatusCode::NOT_FOUND, &page)
}
