//! Who is asking.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri, header};

use crate::config::SimConfig;
use crate::rest::error::ApiError;
use crate::rest::query::Params;

/// What a request's token says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Caller {
    /// Whether it carries a token of ours; without any it is anonymous.
    pub(crate) authenticated: bool,
    /// Whether that may write.
    pub(crate) writes: bool,
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
    pub(crate) fn of(headers: &HeaderMap, uri: &Uri, config: &SimConfig) -> Option<Self> {
        let Some(token) = token(headers, uri) else {
            return Some(Self::default());
        };
        let is_write_token = config.write_token.as_ref() == Some(&token);
        (token == config.token || is_write_token).then_some(Self {
            authenticated: true,
            writes: config.writable || is_write_token,
        })
    }

    /// Refuses a token that may only read.
    pub(crate) fn must_write(self) -> Result<(), ApiError> {
        if self.writes {
            Ok(())
        } else {
            Err(ApiError::insufficient_scope())
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = std::convert::Infallible;

    /// The caller that the outer layer has found.
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(parts.extensions.get::<Self>().copied().unwrap_or_default())
    }
}
