//! Who is asking.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri, header};

use crate::rest::query::Params;

/// What a request's token says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Caller {
    /// Whether it carries our token; without any it is anonymous.
    pub(crate) authenticated: bool,
}

/// The token of a request, from a header or a parameter.
fn token(headers: &HeaderMap, uri: &Uri) -> Option<String> {
    let header = |name: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned)
    };
    let bearer = || {
        let value = header(header::AUTHORIZATION.as_str())?;
        value.strip_prefix("Bearer ").map(str::to_owned)
    };
    let params = Params::of(uri);
    let param = |name: &str| params.get(name).map(str::to_owned);
    header("private-token")
        .or_else(bearer)
        .or_else(|| param("private_token"))
        .or_else(|| param("access_token"))
}

impl Caller {
    /// The caller, or nothing if there is a token and it is wrong.
    pub(crate) fn of(headers: &HeaderMap, uri: &Uri, accepted: &str) -> Option<Self> {
        match token(headers, uri) {
            None => Some(Self {
                authenticated: false,
            }),
            Some(token) if token == accepted => Some(Self {
                authenticated: true,
            }),
            Some(_) => None,
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = std::convert::Infallible;

    /// The caller that the outer layer has found.
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(parts.extensions.get::<Self>().copied().unwrap_or(Self {
            authenticated: false,
        }))
    }
}
