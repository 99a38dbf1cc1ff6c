//! Paging: offset pages with their headers, keyset pages with their `Link`.

use axum::Json;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::error::ApiError;
use super::query::Params;
use crate::app::App;
use crate::fault::Draw;

/// The page a request asks for.
///
/// An extractor: take it in a handler, build all rows of the list in order, and answer with
/// [`Paging::respond`]. For keyset lists see [`Paging::is_keyset`] and [`Paging::respond_keyset`].
#[derive(Debug)]
pub(crate) struct Paging {
    /// From 1.
    pub(crate) page: usize,
    /// From 1 to 100.
    pub(crate) per_page: usize,
    pub(crate) params: Params,
    /// Address of the list without parameters.
    url: String,
    totals_limit: usize,
    offset_limit: usize,
    draw: Draw,
}

/// Whether a list tells how long it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Totals {
    /// `X-Total` and `X-Total-Pages`, unless the list is too long.
    Shown,
    /// Never.
    Hidden,
}

impl FromRequestParts<App> for Paging {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let params = Params::of(&parts.uri);
        let number = |name: &str, default: usize| match params.get(name) {
            None => Ok(default),
            Some(text) => text
                .parse::<usize>()
                .ok()
                .filter(|number| *number > 0)
                .ok_or_else(|| {
                    ApiError::error(
                        axum::http::StatusCode::BAD_REQUEST,
                        format!("{name} is invalid"),
                    )
                }),
        };
        Ok(Self {
            page: number("page", 1)?,
            per_page: number("per_page", 20)?.min(100),
            url: format!("{}/api/v4{}", app.url, parts.uri.path()),
            totals_limit: app.config.totals_limit,
            offset_limit: app.config.offset_limit,
            draw: parts.extensions.get::<Draw>().copied().unwrap_or_default(),
            params,
        })
    }
}

impl Paging {
    /// Whether keyset paging is asked for.
    pub(crate) fn is_keyset(&self) -> bool {
        self.params.get("pagination") == Some("keyset")
    }

    /// Answers with the asked page of `rows`, which are the whole list in order; 405 for keyset.
    ///
    /// `render` is called for the rows of the page only.
    pub(crate) fn respond<T>(
        &self,
        rows: &[T],
        render: impl FnMut(&T) -> Value,
    ) -> Result<Response, ApiError> {
        if self.is_keyset() {
            return Err(ApiError::no_keyset());
        }
        Ok(self.offset(rows, Totals::Shown, render))
    }

    /// [`Paging::respond`] for types whose offset is limited; `what` is the type's name in Ruby.
    pub(crate) fn check_offset(&self, what: &str) -> Result<(), ApiError> {
        if self.page.saturating_mul(self.per_page) > self.offset_limit {
            return Err(ApiError::offset_too_large(self.offset_limit, what));
        }
        Ok(())
    }

    /// The asked offset page of `rows`, with headers.
    pub(crate) fn offset<T>(
        &self,
        rows: &[T],
        totals: Totals,
        render: impl FnMut(&T) -> Value,
    ) -> Response {
        let total = rows.len();
        let start = self.draw.shift(self.page, self.per_page);
        let shown = rows
            .get(start.min(total)..(start + self.per_page).min(total))
            .unwrap_or_default();
        let pages = total.div_ceil(self.per_page).max(1);
        let next = (self.page < pages).then_some(self.page + 1);
        let previous = (self.page > 1).then(|| self.page - 1);
        let totals = totals == Totals::Shown && total <= self.totals_limit;
        let mut headers = HeaderMap::new();
        set(&mut headers, "x-per-page", self.per_page.to_string());
        set(&mut headers, "x-page", self.page.to_string());
        set(
            &mut headers,
            "x-next-page",
            next.map(|page| page.to_string()).unwrap_or_default(),
        );
        set(
            &mut headers,
            "x-prev-page",
            previous.map(|page| page.to_string()).unwrap_or_default(),
        );
        let mut links = Vec::new();
        links.extend(previous.map(|page| self.link(page, "prev")));
        links.extend(next.map(|page| self.link(page, "next")));
        links.push(self.link(1, "first"));
        if totals {
            set(&mut headers, "x-total", total.to_string());
            set(&mut headers, "x-total-pages", pages.to_string());
            links.push(self.link(pages, "last"));
        }
        set(&mut headers, "link", links.join(", "));
        (
            headers,
            Json(Value::Array(shown.iter().map(render).collect())),
        )
            .into_response()
    }

    /// A keyset page; `next` are the parameters that lead to the following page, if there is one.
    pub(crate) fn respond_keyset(
        &self,
        rows: Vec<Value>,
        next: Option<(&str, String)>,
    ) -> Response {
        let mut headers = HeaderMap::new();
        if let Some((name, value)) = next {
            let url = format!("{}?{}", self.url, self.params.with(&[(name, &value)]));
            set(&mut headers, "link", format!("<{url}>; rel=\"next\""));
        }
        (headers, Json(Value::Array(rows))).into_response()
    }

    fn link(&self, page: usize, rel: &str) -> String {
        let params = self.params.with(&[
            ("page", &page.to_string()),
            ("per_page", &self.per_page.to_string()),
        ]);
        format!("<{}?{params}>; rel=\"{rel}\"", self.url)
    }
}

/// Sets a header; values are ours, so they always fit.
fn set(headers: &mut HeaderMap, name: &'static str, value: String) {
    if let Ok(value) = HeaderValue::from_str(&value) {
        headers.insert(HeaderName::from_static(name), value);
    }
}
