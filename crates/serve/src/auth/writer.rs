//! The one way to a name for handlers that write.

use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};

use super::gate::{to_login, wants_page};
use super::{Caller, Identity, Viewer, origin};
use crate::error::ApiError;
use crate::state::App;
use crate::web;

/// Why somebody may not write.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// A person has to sign in first.
    SignIn(Viewer),
    /// It cannot be, and why.
    Error {
        error: ApiError,
        /// Whether to answer with a page.
        page: bool,
        viewer: Viewer,
    },
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::SignIn(viewer) => to_login(&viewer),
            Self::Error {
                error,
                page: true,
                viewer,
            } => web::fault(&viewer, &error),
            Self::Error { error, .. } => error.into_response(),
        }
    }
}

/// Who writes, if they may: a program with the token, or a person whose form carries their own token and comes from
/// one of our pages.
///
/// `viewer` is the page to come back to, `token` what the form carries.
pub(crate) fn writer(
    app: &App,
    caller: &Caller,
    headers: &HeaderMap,
    viewer: &Viewer,
    token: Option<&str>,
) -> Result<Identity, Box<Refusal>> {
    let page = wants_page(headers);
    let refuse = |error| {
        Box::new(Refusal::Error {
            error,
            page,
            viewer: viewer.clone(),
        })
    };
    let auth = app.auth();
    if !auth.options().is_configured() {
        return Err(refuse(ApiError::forbidden(
            "nobody may write: no user is configured",
            "set `users`, `token` or `trusted_header` in `[server.auth]`; `labtower config hash-password` makes a password's hash",
        )));
    }
    let Some(identity) = &caller.identity else {
        if page && !auth.options().users.is_empty() {
            return Err(Box::new(Refusal::SignIn(viewer.clone())));
        }
        return Err(refuse(ApiError::unauthorized("writing needs a name")));
    };
    if *identity == Identity::Token {
        return Ok(identity.clone());
    }
    let own_form = caller
        .nonce
        .as_deref()
        .zip(token)
        .is_some_and(|(nonce, token)| auth.is_form_token(nonce, token));
    if !own_form || origin::is_foreign(headers, caller.host.as_deref()) {
        return Err(refuse(ApiError::forbidden(
            "this form is not one of ours, or is too old",
            "load the page again and repeat what you did",
        )));
    }
    Ok(identity.clone())
}
