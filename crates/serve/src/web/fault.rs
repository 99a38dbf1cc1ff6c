//! The page where something could not be done.

use askama::Template;
use axum::response::Response;

use super::{assets, frame};
use crate::auth::Viewer;
use crate::error::ApiError;

#[derive(Template)]
#[template(path = "fault.html")]
struct Fault<'a> {
    assets: &'static str,
    root: String,
    message: &'a str,
    hint: Option<&'a str>,
    /// Where the reader came from.
    back: &'a str,
}

/// An error for people; with the error's own status.
pub(crate) fn fault(viewer: &Viewer, error: &ApiError) -> Response {
    let page = Fault {
        assets: assets::version(),
        root: viewer.root(),
        message: error.message(),
        hint: error.hint(),
        back: viewer.target().trim_start_matches('/'),
    };
    frame::respond(error.status(), &page)
}
