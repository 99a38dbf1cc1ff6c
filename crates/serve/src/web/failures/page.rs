//! `GET /failures`: the grid of nights, as grid, table, JSON or CSV.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use labtower_store::Grid;
use serde::Serialize;

use super::category::Kind;
use super::csv;
use super::grid::{Content, GridView};
use super::query::{Choice, Form};
use super::summary::{Figure, figures};
use super::toolbar::Toolbar;
use crate::answer::{Ask, Body, answer};
use crate::auth::Viewer;
use crate::error::ApiError;
use crate::state::App;
use crate::web::fault;
use crate::web::format::count;
use crate::web::frame::{self, Frame};
use crate::web::reading::read;

/// Seconds between looks at the page; failures of the night do not move faster.
const REFRESH_SECONDS: u64 = 60;

#[derive(Template)]
#[template(path = "failures.html")]
struct FailuresPage {
    frame: Frame,
    bar: Toolbar,
    figures: Vec<Figure>,
    /// `87 of 1,024 projects`.
    shown: String,
    nights: usize,
    grid: GridView,
    table: Option<Vec<csv::Line>>,
    /// Where the next and the previous window are, from the root.
    next: Option<String>,
    previous: Option<String>,
    window: String,
    other_view: (String, &'static str),
    json: String,
    csv: String,
    kinds: &'static [Kind],
    narrowed: bool,
    /// The row of the audit trail of what was just done.
    done: Option<i64>,
    /// This page, for forms to come back to.
    here: String,
}

/// The page, or the data behind it.
pub(crate) async fn failures(State(app): State<App>, viewer: Viewer, ask: Ask) -> Response {
    let now = app.now();
    match Choice::read(&ask.params, &app.options().failures, now) {
        Ok(choice) => match choice.form {
            Form::Json => json(&app, &ask, choice).await.into_response(),
            Form::Csv => table(&app, &viewer, choice).await,
            Form::Grid | Form::Table => {
                let done = ask.params.one("done").and_then(|id| id.parse().ok());
                page(&app, &viewer, choice, done).await
            }
        },
        Err(error) if ask.params.one("format").is_some() => error.into_response(),
        Err(error) => fault(&viewer.back_to("/failures"), &error),
    }
}

async fn page(app: &App, viewer: &Viewer, choice: Choice, done: Option<i64>) -> Response {
    let now = choice.filter.now;
    let (filter, offset, limit) = (choice.filter.clone(), choice.offset, choice.limit);
    let rows = read(app, viewer, move |reader| {
        Ok(reader.grid(&filter, offset, limit)?)
    })
    .await;
    let (overview, grid) = match rows {
        Ok(rows) => rows,
        Err(instead) => return instead,
    };
    let root = viewer.root();
    let total = grid.totals.rows;
    let last = (offset + grid.rows.len()).min(total);
    let link = |offset: usize| {
        choice.with(
            "offset",
            &if offset == 0 {
                String::new()
            } else {
                offset.to_string()
            },
        )
    };
    let as_table = choice.form == Form::Table;
    let page = FailuresPage {
        bar: Toolbar::new(&choice, &app.options().failures),
        figures: figures(&grid.totals, &choice),
        shown: format!(
            "{} of {} projects",
            count(total as u64),
            count(grid.totals.projects as u64)
        ),
        nights: grid.days.len(),
        next: (last < total).then(|| link(offset + limit)),
        previous: (offset > 0).then(|| link(offset.saturating_sub(limit))),
        window: format!("{} to {}", count(offset as u64 + 1), count(last as u64)),
        other_view: if as_table {
            (choice.with("view", ""), "Grid")
        } else {
            (choice.with("view", "table"), "Table")
        },
        json: choice.with("format", "json"),
        csv: choice.with("format", "csv"),
        kinds: Kind::ALL,
        narrowed: choice.is_narrowed(),
        done,
        here: format!("/{}", choice.here()),
        table: as_table.then(|| csv::lines(&grid)),
        grid: GridView::new(grid, &choice, &root),
        frame: Frame::new(app, viewer, &overview, "Failures", REFRESH_SECONDS, now),
    };
    frame::respond(StatusCode::OK, &page)
}

/// A window of the grid for programs.
#[derive(Serialize)]
struct GridJson {
    #[serde(flatten)]
    grid: Grid,
    /// `offset` of the next window.
    next: Option<usize>,
}

async fn json(app: &App, ask: &Ask, choice: Choice) -> Result<Response, ApiError> {
    let (filter, offset, limit) = (choice.filter, choice.offset, choice.limit);
    // The answer depends on which night is the last one.
    let window = filter.now.strftime("%Y%m%d%H%M").to_string();
    answer(app, ask, &window, move |reader| {
        let grid = reader.grid(&filter, offset, limit)?;
        let end = offset + grid.rows.len();
        Body::json(&GridJson {
            next: (end < grid.totals.rows && !grid.rows.is_empty()).then_some(end),
            grid,
        })
    })
    .await
}

/// Every failed job of the filter, all windows together.
async fn table(app: &App, viewer: &Viewer, choice: Choice) -> Response {
    let filter = choice.filter;
    if let Err(error) = app.history().await {
        return error.into_response();
    }
    let rows = read(app, viewer, move |reader| {
        Ok(reader.grid(&filter, 0, usize::MAX)?)
    })
    .await;
    let grid = match rows {
        Ok((_, grid)) => grid,
        Err(instead) => return instead,
    };
    let mut headers = HeaderMap::new();
    headers.insert(
        header::CONTENT_TYPE,
        header::HeaderValue::from_static("text/csv; charset=utf-8"),
    );
    headers.insert(
        header::CONTENT_DISPOSITION,
        header::HeaderValue::from_static("attachment; filename=\"failures.csv\""),
    );
    (headers, csv::text(&csv::lines(&grid))).into_response()
}
