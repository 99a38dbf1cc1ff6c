//! One question of data, from request to response.
//!
//! The order matters: is the history complete, does the caller already hold this answer (304), is it in the
//! cache, and only then the store.

use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use labtower_store::{Reader, StoreError};
use serde::Serialize;

use crate::error::ApiError;
use crate::etag::ETag;
use crate::query::{Cursor, Params};
use crate::state::App;

/// What a request asks for.
#[derive(Debug)]
pub(crate) struct Ask {
    /// Path and query as sent.
    pub(crate) target: String,
    /// The query, decoded.
    pub(crate) params: Params,
    /// Request headers.
    pub(crate) headers: HeaderMap,
}

impl<S: Sync> FromRequestParts<S> for Ask {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let target = parts
            .uri
            .path_and_query()
            .map_or_else(|| parts.uri.path().to_owned(), ToString::to_string);
        let Query(pairs) = Query::try_from_uri(&parts.uri).map_err(|_| {
            ApiError::parameter(
                "query",
                parts.uri.query().unwrap_or_default(),
                "URL-encoded pairs",
            )
        })?;
        Ok(Self {
            target,
            params: Params::new(pairs),
            headers: parts.headers.clone(),
        })
    }
}

/// A finished answer: JSON, and where the next page starts if there is one.
#[derive(Debug, Clone)]
pub(crate) struct Body {
    json: Bytes,
    next: Option<String>,
}

impl Body {
    /// Writes `value` as JSON.
    ///
    /// # Errors
    /// `value` has no JSON form.
    pub(crate) fn json<T: Serialize + ?Sized>(value: &T) -> Result<Self, AnswerError> {
        Ok(Self {
            json: serde_json::to_vec(value)?.into(),
            next: None,
        })
    }

    /// [`Body::json`] for a value whose JSON has about so many bytes: a long one is not moved as it grows.
    ///
    /// # Errors
    /// `value` has no JSON form.
    pub(crate) fn long_json<T: Serialize + ?Sized>(
        value: &T,
        bytes: usize,
    ) -> Result<Self, AnswerError> {
        let mut json = Vec::with_capacity(bytes);
        serde_json::to_writer(&mut json, value)?;
        Ok(Self {
            json: json.into(),
            next: None,
        })
    }

    /// Names the place the next page starts at.
    pub(crate) fn followed_by(mut self, next: Option<Cursor>) -> Self {
        self.next = next.map(|cursor| cursor.to_string());
        self
    }

    /// Bytes it takes.
    pub(crate) fn size(&self) -> usize {
        self.json.len() + self.next.as_ref().map_or(0, String::len)
    }
}

/// Why the store's rows did not become an answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AnswerError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A row has no JSON form.
    #[error("failed to write JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// What was asked for is not there.
    #[error("refused: {}", .0.message())]
    Refused(Box<ApiError>),
}

impl From<ApiError> for AnswerError {
    fn from(error: ApiError) -> Self {
        Self::Refused(Box::new(error))
    }
}

impl From<AnswerError> for ApiError {
    fn from(error: AnswerError) -> Self {
        match error {
            AnswerError::Store(error) => error.into(),
            AnswerError::Json(error) => {
                tracing::error!(%error, "failed to write an answer");
                Self::internal()
            }
            AnswerError::Refused(error) => *error,
        }
    }
}

/// Answers a question of data.
///
/// `window` is whatever the answer depends on beside the data and the query: the default days of a trend.
///
/// # Errors
/// The history is incomplete, the store failed, is busy or too slow.
pub(crate) async fn answer<Q>(
    app: &App,
    ask: &Ask,
    window: &str,
    question: Q,
) -> Result<Response, ApiError>
where
    Q: FnOnce(&Reader<'_>) -> Result<Body, AnswerError> + Send + 'static,
{
    let complete_at = app.history().await?;
    // Read before the rows: an answer may be newer than its tag, never older.
    let tag = ETag::of_data(
        app.store().data_generation(),
        app.rebuild().finished(),
        complete_at,
        window,
    );
    if tag.is_held_by(&ask.headers) {
        return Ok(tag.not_modified());
    }
    if let Some(body) = app.cache().get(&ask.target, tag.as_str()) {
        return Ok(respond(ask, &tag, body));
    }
    let body = app.read(question).await?;
    app.cache().put(&ask.target, tag.as_str(), &body);
    Ok(respond(ask, &tag, body))
}

fn respond(ask: &Ask, tag: &ETag, body: Body) -> Response {
    let mut response = (
        StatusCode::OK,
        [(header::CONTENT_TYPE, "application/json")],
        body.json,
    )
        .into_response();
    tag.put_into(response.headers_mut());
    if let Some(next) = &body.next {
        put_next(response.headers_mut(), &ask.target, next);
    }
    response
}

/// Names the next page in `X-Next-Cursor` and, with the query of this one, in `Link`.
pub(crate) fn put_next(headers: &mut HeaderMap, target: &str, next: &str) {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut link = format!("<{path}?");
    for pair in query.split('&') {
        if !pair.is_empty() && pair.split('=').next() != Some("cursor") {
            link.push_str(pair);
            link.push('&');
        }
    }
    link.push_str("cursor=");
    link.push_str(next);
    link.push_str(">; rel=\"next\"");
    // A target that is no header value would not have come in as a request line.
    if let (Ok(link), Ok(next)) = (HeaderValue::from_str(&link), HeaderValue::from_str(next)) {
        headers.insert(header::LINK, link);
        headers.insert("x-next-cursor", next);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn link_keeps_the_query_and_replaces_the_cursor() {
        let mut headers = HeaderMap::new();
        put_next(
            &mut headers,
            "/api/jobs?limit=2&cursor=9-9&name=a%26b",
            "5-4",
        );
        assert_eq!(
            headers[header::LINK],
            "</api/jobs?limit=2&name=a%26b&cursor=5-4>; rel=\"next\""
        );
        put_next(&mut headers, "/api/jobs", "5-4");
        assert_eq!(
            headers[header::LINK],
            "</api/jobs?cursor=5-4>; rel=\"next\""
        );
        assert_eq!(headers["x-next-cursor"], "5-4");
    }
}
