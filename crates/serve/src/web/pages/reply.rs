//! One page, from request to response: HTML for people, JSON or CSV for programs.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use labtower_store::Reader;
use serde::Serialize;
use serde_json::Value;

use super::link;
use crate::answer::{AnswerError, Ask};
use crate::auth::Viewer;
use crate::error::ApiError;
use crate::query::Params;
use crate::state::App;
use crate::web::{csv, fault, frame::Frame, reading::read};

/// What a page is made of.
pub(crate) trait Shown: Serialize + Send + 'static {
    /// Names of the columns of `?format=csv`: fields of its rows.
    const COLUMNS: &'static [&'static str];
    /// Seconds after which a reader's page is fetched anew; 0 for never.
    const REFRESH_SECONDS: u64 = 0;

    /// What the page is about, for the window's title.
    fn subject(&self) -> String;

    /// Rows of `?format=csv`; each has the fields named by [`Shown::COLUMNS`].
    fn rows(&self) -> Vec<Value>;

    /// The page for people.
    fn html(self, ground: Ground) -> Response;
}

/// What a page for people stands on.
#[derive(Debug)]
pub(crate) struct Ground {
    /// Head, header and footer.
    pub(crate) frame: Frame,
    /// Path and query as sent.
    pub(crate) target: String,
    /// The present.
    pub(crate) now: Timestamp,
}

/// The same page for programs.
#[derive(Debug)]
pub(crate) struct Formats {
    pub(crate) json: String,
    pub(crate) csv: String,
}

impl Ground {
    /// The same page for programs.
    pub(crate) fn formats(&self) -> Formats {
        Formats {
            json: link::with(&self.target, &[("format", "json")]),
            csv: link::with(&self.target, &[("format", "csv")]),
        }
    }
}

/// How a page is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Html,
    Json,
    Csv,
}

impl Format {
    fn of(params: &Params) -> Result<Self, ApiError> {
        match params.one("format") {
            None | Some("html") => Ok(Self::Html),
            Some("json") => Ok(Self::Json),
            Some("csv") => Ok(Self::Csv),
            Some(other) => Err(ApiError::parameter(
                "format",
                other,
                "`html`, `json` or `csv`",
            )),
        }
    }
}

/// Answers with what `question` finds.
pub(crate) async fn show<T, Q>(app: &App, viewer: &Viewer, ask: &Ask, question: Q) -> Response
where
    T: Shown,
    Q: FnOnce(&Reader<'_>, Timestamp) -> Result<T, AnswerError> + Send + 'static,
{
    let format = match Format::of(&ask.params) {
        Ok(format) => format,
        Err(error) => return error.into_response(),
    };
    match answer(app, viewer, ask, format, question).await {
        Ok(response) => response,
        Err(error) if format == Format::Html => fault(viewer, &error),
        Err(error) => error.into_response(),
    }
}

/// An error in the form that was asked for.
pub(crate) fn refuse(viewer: &Viewer, ask: &Ask, error: ApiError) -> Response {
    match Format::of(&ask.params) {
        Ok(Format::Html) => fault(viewer, &error),
        _ => error.into_response(),
    }
}

async fn answer<T, Q>(
    app: &App,
    viewer: &Viewer,
    ask: &Ask,
    format: Format,
    question: Q,
) -> Result<Response, ApiError>
where
    T: Shown,
    Q: FnOnce(&Reader<'_>, Timestamp) -> Result<T, AnswerError> + Send + 'static,
{
    let now = app.now();
    if format != Format::Html {
        app.history().await?;
        let shown = app.read(move |reader| question(reader, now)).await?;
        return if format == Format::Json {
            json(&shown)
        } else {
            Ok(table(&shown))
        };
    }
    let (overview, shown) = match read(app, viewer, move |reader| question(reader, now)).await {
        Ok(rows) => rows,
        Err(instead) => return Ok(instead),
    };
    let subject = shown.subject();
    let frame = Frame::new(app, viewer, &overview, subject, T::REFRESH_SECONDS, now);
    Ok(shown.html(Ground {
        frame,
        target: ask.target.clone(),
        now,
    }))
}

fn json<T: Serialize>(value: &T) -> Result<Response, ApiError> {
    let text = serde_json::to_vec(value).map_err(AnswerError::from)?;
    Ok(([(header::CONTENT_TYPE, "application/json")], text).into_response())
}

fn table<T: Shown>(shown: &T) -> Response {
    let mut text = String::new();
    csv::line(&mut text, T::COLUMNS.iter().map(|name| (*name).to_owned()));
    for row in shown.rows() {
        csv::line(&mut text, T::COLUMNS.iter().map(|name| cell(&row[*name])));
    }
    (
        StatusCode::OK,
        [(header::CONTENT_TYPE, "text/csv; charset=utf-8")],
        text,
    )
        .into_response()
}

/// A value as a cell.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => csv::field(text),
        other => csv::quoted(&other.to_string()),
    }
}

/// Values with the fields of `rows`.
pub(crate) fn values<T: Serialize>(rows: &[T]) -> Vec<Value> {
    rows.iter()
        .filter_map(|row| serde_json::to_value(row).ok())
        .collect()
}
