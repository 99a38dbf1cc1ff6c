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
use crate::overview::Overview;
use crate::query::Params;
use crate::state::App;
use crate::web::{fault, frame::Frame, progress};

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
    let partial = app.options().serve_during_backfill;
    if format != Format::Html {
        app.history().await?;
        let shown = app.read(move |reader| question(reader, now)).await?;
        return if format == Format::Json {
            json(&shown)
        } else {
            Ok(csv(&shown))
        };
    }
    let (overview, shown) = app
        .read(move |reader| {
            let overview = Overview::brief(reader)?;
            if overview.history_complete_at.is_some() || partial {
                return Ok((overview, Some(question(reader, now)?)));
            }
            Ok((Overview::read(reader)?, None))
        })
        .await?;
    Ok(match shown {
        None => progress::page(app, viewer, &overview, now),
        Some(shown) => {
            let subject = shown.subject();
            let frame = Frame::new(app, viewer, &overview, subject, T::REFRESH_SECONDS, now);
            shown.html(Ground {
                frame,
                target: ask.target.clone(),
                now,
            })
        }
    })
}

fn json<T: Serialize>(value: &T) -> Result<Response, ApiError> {
    let text = serde_json::to_vec(value).map_err(AnswerError::from)?;
    Ok(([(header::CONTENT_TYPE, "application/json")], text).into_response())
}

fn csv<T: Shown>(shown: &T) -> Response {
    let mut text = String::new();
    line(&mut text, T::COLUMNS.iter().map(|name| (*name).to_owned()));
    for row in shown.rows() {
        line(&mut text, T::COLUMNS.iter().map(|name| cell(&row[*name])));
    }
    (
        StatusCode::OK,
        [(header::CONTENT_TYPE, "text/csv; charset=utf-8")],
        text,
    )
        .into_response()
}

fn line(text: &mut String, cells: impl Iterator<Item = String>) {
    for (place, cell) in cells.enumerate() {
        if place > 0 {
            text.push(',');
        }
        text.push_str(&cell);
    }
    text.push_str("\r\n");
}

/// A value as a cell. What a spreadsheet would take for a formula gets an apostrophe before it.
fn cell(value: &Value) -> String {
    let text = match value {
        Value::Null => return String::new(),
        Value::String(text) if text.starts_with(['=', '+', '-', '@', '\t', '\r']) => {
            format!("'{text}")
        }
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

/// Values with the fields of `rows`.
pub(crate) fn values<T: Serialize>(rows: &[T]) -> Vec<Value> {
    rows.iter()
        .filter_map(|row| serde_json::to_value(row).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn cells_are_quoted_and_no_formula_gets_through() {
        assert_eq!(cell(&json!("a,\"b\"")), "\"a,\"\"b\"\"\"");
        assert_eq!(cell(&json!("=HYPERLINK(1)")), "'=HYPERLINK(1)");
        assert_eq!(cell(&json!(-3)), "-3");
        assert_eq!(cell(&Value::Null), "");
    }
}
